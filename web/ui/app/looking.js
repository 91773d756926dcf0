// @ts-check
/** What is looked at again and again while its page is in sight. */
import { useEffect, useState } from "preact/hooks";

/**
 * Fetch now, every ``everyMs`` while the page is visible, and whenever ``inputs`` change. What came last stays while an error passes.
 * @template T @param {() => Promise<T>} fetcher @param {number} everyMs @param {unknown[]} inputs
 * @returns {{value?: T, error?: unknown, again: () => Promise<void>}}
 */
export function useLooking(fetcher, everyMs, inputs) {
  const [state, setState] = useState(/** @type {{value?: T, error?: unknown}} */ ({}));
  const [look, setLook] = useState(() => async () => {});
  useEffect(() => {
    let current = true;
    let busy = false;
    const once = async () => {
      if (busy) return;
      busy = true;
      try {
        const value = await fetcher();
        if (current) setState({ value });
      } catch (error) {
        if (current) setState((before) => ({ ...before, error }));
      }
      busy = false;
    };
    setLook(() => once);
    void once();
    const timer = setInterval(() => !document.hidden && once(), everyMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, inputs);
  return { ...state, again: look };
}
