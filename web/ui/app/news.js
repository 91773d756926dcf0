// @ts-check
/** Something of a charger has changed, and whoever shows it reads it again. */
import { useEffect, useState } from "preact/hooks";
import { alsoHear, hear, mayHaveMissed } from "./live.js";

/** A number that grows with every event of a family (``reservation``) that is of this charger. @param {string} id @param {string} family */
export function useNews(id, family) {
  const [news, setNews] = useState(0);
  useEffect(() => {
    const unhear = hear((events) => {
      if (events.some((event) => mayHaveMissed(event) || (event.type.startsWith(`${family}.`) && event.data.charger_id === id))) setNews((before) => before + 1);
    });
    const unlisten = alsoHear(`${family}s`);
    return () => {
      unhear();
      unlisten();
    };
  }, [id, family]);
  return news;
}
