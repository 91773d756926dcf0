// @ts-check
/** The wall alone, for a screen that everybody sees: whether the address asks for it, and the ways there and back. */
import { computed } from "@preact/signals";
import { go, place, setQuery } from "./router.js";

export const isKiosk = computed(() => place.value.path === "/chargers" && place.value.query.has("kiosk"));

/** The wall of the chargers that are shown now, or of all. */
export function enterKiosk() {
  if (isKiosk.value) return;
  const query = new URLSearchParams(place.value.path === "/chargers" ? place.value.query : "");
  for (const name of ["view", "add", "import"]) query.delete(name);
  const others = query.toString();
  go(`/chargers?kiosk${others && `&${others}`}`);
}

export const leaveKiosk = () => setQuery({ kiosk: null, view: "wall" });
