// @ts-check
/** How the tiles of a wall lie: all of them in sight and as large as they can be, or, where they would get too small to read, page by page. */

/** Pixels of a tile. */
const LEAST = { width: 96, height: 46 };
const MOST = { width: 600, height: 340 };
/** How much wider than high a tile is at best. */
const SHAPE = 1.7;

/** Pages of ``perPage`` tiles in ``columns``, each at most so wide and high, with ``gap`` between them; all in pixels. @typedef {{columns: number, perPage: number, width: number, height: number, gap: number}} Laid */

/** @param {number} tiles @param {number} width of the area @param {number} height of the area @returns {Laid} */
export function laid(tiles, width, height) {
  const gap = width < 720 ? 6 : 10;
  const fitting = (/** @type {number} */ room, /** @type {number} */ least) => Math.max(1, Math.floor((room + gap) / (least + gap)));
  const share = (/** @type {number} */ room, /** @type {number} */ parts) => (room - gap * (parts - 1)) / parts;
  const mostColumns = fitting(width, LEAST.width);
  const perPage = Math.max(1, Math.min(tiles, mostColumns * fitting(height, LEAST.height)));
  /** @type {Laid | null} */
  let best = null;
  for (let columns = 1; columns <= mostColumns; columns++) {
    const one = { columns, perPage, gap, width: Math.min(MOST.width, share(width, columns)), height: Math.min(MOST.height, share(height, Math.ceil(perPage / columns))) };
    if (one.height >= LEAST.height && (!best || size(one) > size(best))) best = one;
  }
  return best ?? { columns: mostColumns, perPage, gap, width: share(width, mostColumns), height: LEAST.height };
}

/** @param {Laid} one */
function size({ width, height }) {
  return Math.min(width, height * SHAPE);
}
