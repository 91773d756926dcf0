// @ts-check
/** Work that many things ask for: done soon, once for all that asked meanwhile, and never twice at a time. */

/**
 * ``soon`` asks for it; ``stop`` takes back what was asked for and has not begun.
 * @param {() => unknown} work @param {number | (() => number)} calmMs how long after it was first asked for @returns {{soon: () => void, stop: () => void}}
 */
export function calmly(work, calmMs) {
  let timer = 0;
  let isWorking = false;
  let isAskedAgain = false;
  const begin = async () => {
    timer = 0;
    isWorking = true;
    try {
      await work();
    } finally {
      isWorking = false;
      if (isAskedAgain) {
        isAskedAgain = false;
        soon();
      }
    }
  };
  const soon = () => {
    if (isWorking) isAskedAgain = true;
    else timer ||= setTimeout(begin, typeof calmMs === "number" ? calmMs : calmMs());
  };
  const stop = () => {
    clearTimeout(timer);
    timer = 0;
    isAskedAgain = false;
  };
  return { soon, stop };
}
