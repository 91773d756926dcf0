// @ts-check
/** Elements made by hand: text is always text, never HTML. */

/** @typedef {Node | string | null | undefined | false} Child */

/** @param {string} tag @param {Record<string, string>} [attributes] @param {Child[]} children */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child)));
  return made;
}

/** A text of the API's, which is English, with `code` and line breaks of its own; nothing else of it is markup. @param {string} text */
export function prose(text) {
  const paragraphs = text.split(/\n\n+/).map((paragraph) => {
    const parts = paragraph.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
    return element("p", {}, ...parts);
  });
  return element("div", { class: "prose", lang: "en" }, ...paragraphs);
}

/** A table with a caption for those who do not see it. @param {string} caption @param {string[]} heads @param {Child[][]} rows */
export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))),
  );
  const made = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", { lang: "en" }, ...body));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}
