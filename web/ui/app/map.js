// @ts-check
/**
 * The geometry of the map: the world as a square of side 1 (Mercator), what is seen of it, its land, and places that lie close
 * together as one.
 */

/** What is seen: the middle, and how many pixels the world is wide. @typedef {{x: number, y: number, scale: number}} View */
/** @typedef {{x: number, y: number}} Point */

/** The land is drawn on a square of this side. */
export const LAND = 4096;
const STEEPEST = 85.05;
const WIDEST = 2 ** 27;
const CLOSE = 56;

/** @param {number} latitude @param {number} longitude @returns {Point} */
export function project(latitude, longitude) {
  const radians = (Math.max(-STEEPEST, Math.min(STEEPEST, latitude)) * Math.PI) / 180;
  return { x: (longitude + 180) / 360, y: (1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2 };
}

/** @param {Point} point */
export function unproject({ x, y }) {
  return { latitude: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI, longitude: ((((x * 360) % 360) + 360) % 360) - 180 };
}

/** A view that the window can show: never smaller than the world, never beyond its upper and lower edge. @param {View} view @param {number} width @param {number} height @returns {View} */
export function bounded({ x, y, scale }, width, height) {
  const fits = Math.max(Math.min(WIDEST, scale), Math.min(width, height * 2), 1);
  const half = Math.min(0.5, height / 2 / fits);
  return { x: Math.max(0, Math.min(1, x)), y: Math.max(half, Math.min(1 - half, y)), scale: fits };
}

/** The view in which all these points are seen. @param {Point[]} points @param {number} width @param {number} height @returns {View} */
export function fitted(points, width, height) {
  if (!points.length) return bounded({ x: 0.5, y: 0.38, scale: 0 }, width, height);
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const [left, right, top, bottom] = [least(xs), -least(xs.map((x) => -x)), least(ys), -least(ys.map((y) => -y))];
  // Land alone shows nothing of a single street: one place is shown with the country around it.
  if (right - left < 1e-6 && bottom - top < 1e-6) return bounded({ x: left, y: top, scale: width * 50 }, width, height);
  const scale = Math.min((width - 110) / Math.max(right - left, 1e-4), (height - 110) / Math.max(bottom - top, 1e-4));
  return bounded({ x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.max(1, scale) }, width, height);
}

const least = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);

/** The view scaled by a factor, while what is under a pixel stays there. @param {View} view @param {number} factor @param {number} dx from the middle @param {number} dy */
export function zoomed({ x, y, scale }, factor, dx = 0, dy = 0) {
  const to = Math.min(WIDEST, scale * factor);
  return { x: x + dx / scale - dx / to, y: y + dy / scale - dy / to, scale: to };
}

/**
 * Points in sight, those that lie close together as one.
 * @template T @param {(T & Point)[]} points @param {View} view @param {number} width @param {number} height
 * @returns {{key: string, left: number, top: number, members: (T & Point)[]}[]}
 */
export function clustered(points, view, width, height) {
  /** @type {Map<string, {key: string, left: number, top: number, members: (T & Point)[]}>} */
  const cells = new Map();
  for (const point of points) {
    const left = (point.x - view.x) * view.scale + width / 2;
    const top = (point.y - view.y) * view.scale + height / 2;
    if (left < -CLOSE || top < -CLOSE || left > width + CLOSE || top > height + CLOSE) continue;
    // Cells lie in the world, not in the window: a drag does not break clusters up.
    const key = `${Math.floor((point.x * view.scale) / CLOSE)} ${Math.floor((point.y * view.scale) / CLOSE)}`;
    const cell = cells.get(key);
    if (!cell) cells.set(key, { key, left, top, members: [point] });
    else {
      cell.left += (left - cell.left) / (cell.members.length + 1);
      cell.top += (top - cell.top) / (cell.members.length + 1);
      cell.members.push(point);
    }
  }
  return [...cells.values()];
}

/** A round distance that fits into so many pixels: its length in metres and pixels. @param {View} view @param {number} most */
export function yardstick(view, most) {
  const metres = (40_075_016 * Math.cos((unproject(view).latitude * Math.PI) / 180)) / view.scale;
  const wide = metres * most;
  const power = 10 ** Math.floor(Math.log10(wide));
  const length = [5, 2, 1].map((step) => step * power).find((step) => step <= wide) ?? power;
  return { metres: length, pixels: length / metres };
}

/** @type {Promise<string> | null} */
let land = null;

/** The outline of the land as an SVG path on a square of side `LAND`; fetched once. */
export function landPath() {
  land ??= fetch(new URL("../vendor/land-110m.json", import.meta.url)).then(async (response) => outline(await response.json()));
  return land;
}

/**
 * The rings of a TopoJSON object (the format's specification 1.0, sections 2.1 and 2.2: arcs are deltas on a grid, and shared).
 * A ring that crosses 180 degrees goes on beyond the edge of the world, where the next copy of it begins.
 * @param {{arcs: [number, number][][], transform: {scale: [number, number], translate: [number, number]},
 *   objects: {land: {geometries: {arcs: number[][][]}[]}}}} topology
 */
export function outline({ arcs, transform: { scale, translate }, objects }) {
  const lines = arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => project((y += dy) * scale[1] + translate[1], (x += dx) * scale[0] + translate[0]));
  });
  const line = (/** @type {number} */ index) => (index < 0 ? [...lines[~index]].reverse() : lines[index]);
  const ring = (/** @type {number[]} */ indices) => {
    const points = unwrapped(indices.flatMap((index, place) => line(index).slice(place ? 1 : 0)));
    const [first, last] = [points[0], points[points.length - 1]];
    // Round a pole: closed along the edge of the square.
    if (Math.abs(last.x - first.x) > 0.5) points.push({ x: last.x, y: 1 }, { x: first.x, y: 1 });
    return `M${points.map(({ x, y }) => `${(x * LAND).toFixed(2)},${(y * LAND).toFixed(2)}`).join("L")}Z`;
  };
  return objects.land.geometries.flatMap((geometry) => geometry.arcs.flatMap((polygon) => polygon.map(ring))).join("");
}

/** @param {Point[]} points @returns {Point[]} */
function unwrapped(points) {
  let turns = 0;
  return points.map(({ x, y }, place) => {
    const step = place ? x - points[place - 1].x : 0;
    if (Math.abs(step) > 0.5) turns -= Math.sign(step);
    return { x: x + turns, y };
  });
}
