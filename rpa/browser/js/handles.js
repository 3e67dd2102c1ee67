// Handles of elements. An element has one number for as long as its document lasts. A handle is that number in one
// survey: once another survey was taken, it is refused, as the page may have put the element to another use
// meanwhile.
/** @import { Box, Handle } from "./types.d.ts" */
import { propertyOf } from "./dom.js";
import { viewOf } from "./tree.js";

/** Thrown for a handle of an earlier survey, or of another document. `isolated_world.py` knows it by its name. */
export class OutdatedHandle extends Error {}

/** @type {WeakMap<Element, number>} */
const numbers = new WeakMap();
/** @type {Box[]} */
const elements = [];
let current = { document: "", survey: 0 };

/** Say by which identity the browser knows this document.
 * @type {(identity: string) => void} */
export const identify = (identity) => {
  current.document = identity;
};
/** Begin a survey: handles of those before it are refused from now on. */
export const beginSurvey = () => {
  current = { ...current, survey: current.survey + 1 };
};

/** The handle of an element in the survey that was taken last.
 * @type {(element: Box) => Handle} */
export const handleOf = (element) => {
  const index = numbers.get(element) ?? elements.push(element) - 1;
  numbers.set(element, index);
  return { ...current, index };
};
/** The element of a handle; null when it has gone from the page. Throws for a handle of another survey.
 * @type {(handle: Handle) => Box | null} */
export const elementOf = (handle) => {
  if (handle.document !== current.document || handle.survey !== current.survey) throw new OutdatedHandle();
  return lastKnown(handle);
};
/** The same for any survey of this document: to compare what an element holds, never to key it.
 * @type {(handle: Handle) => Box | null} */
export const lastKnown = ({ document, index }) => {
  const element = document === current.document ? elements[index] : null;
  // An element of a page that its frame showed before is still connected, but no window shows it any more.
  return element && propertyOf(element, "isConnected") && viewOf(element) ? element : null;
};
