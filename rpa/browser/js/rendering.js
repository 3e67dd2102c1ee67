// The text of an element as it is rendered: with the line breaks that a person sees, and with runs of spaces as
// one.
/** @import { Box } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { holdsOf, kindOf } from "./kinds.js";
import { childrenOf, CONTROLS, isElement, isText } from "./tree.js";

const KEEPS_BLANKS = /^(pre|break-spaces)/;
const NO_TEXT = "script, style, template, button";

/** `text` with the next words after it.
 * @type {(text: string, words: string, keeps: boolean) => string} */
const withWords = (text, words, keeps) => {
  if (keeps) return text + words.replace(/\r\n?/g, "\n");
  const tidied = words.replace(/[^\S\n]+/g, " ");
  if (tidied.trim()) return text + (/(^|\s)$/.test(text) ? tidied.trimStart() : tidied);
  return text && !/\s$/.test(text) ? `${text} ` : text;
};
/** @type {(element: Box) => string} */
export const rendered = (element) => {
  let text = "";
  const line = () => {
    if (text && !text.endsWith("\n")) text += "\n";
  };
  /** @type {(child: Box) => void} */
  const readElement = (child) => {
    const { display, visibility, whiteSpace } = getComputedStyle(child);
    if (display === "none" || visibility === "hidden") return;
    if (propertyOf(child, "localName") === "br") {
      text += "\n";
      return;
    }
    if (ask(child, "matches", CONTROLS) && kindOf(child)) {
      text += String(holdsOf(child));
      return;
    }
    const apart = !/^(inline|contents)/.test(display);
    if (apart) line();
    read(child, KEEPS_BLANKS.test(whiteSpace));
    if (apart) line();
  };
  /** @type {(node: Box, keeps: boolean) => void} */
  const read = (node, keeps) => {
    for (const child of Array.from(childrenOf(node))) {
      if (isText(child)) text = withWords(text, child.data, keeps);
      else if (isElement(child) && !ask(child, "matches", NO_TEXT)) readElement(child);
    }
  };
  read(element, KEEPS_BLANKS.test(getComputedStyle(element).whiteSpace));
  return text.toWellFormed().replace(/\u00a0/g, " ").trim();
};
