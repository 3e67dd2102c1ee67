// Makes a control ready for real input by keyboard and mouse.
/** @import { Box, Handle, Point } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { labelsOf } from "./captions.js";
import { elementOf } from "./handles.js";
import { isWritable } from "./kinds.js";
import { deepest, editable, frameOf, isElement, parentOf, shadowRootOf, shown, viewOf } from "./tree.js";

// A robot sends a form only by its buttons. It uses Enter to end a token or take an option, and here the browser
// is kept from sending the form with it, or from pressing its first button.
let entered = false;
/** @type {(event: Event) => void} */
const stop = (event) => {
  const isMouse = event.type === "click" && /** @type {MouseEvent} */ (event).detail > 0;
  const pressed = /** @type {Node | null} */ (event.target);
  const isButton = isElement(pressed) && Boolean(ask(pressed, "closest", "button, input"));
  if (!entered || (event.type === "click" && (isMouse || !isButton))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
};
window.addEventListener("keypress", (event) => {
  if (event.key !== "Enter") return;
  entered = true;
  setTimeout(() => {
    entered = false;
  }, 0);
}, true);
for (const each of ["click", "submit"]) window.addEventListener(each, stop, true);

/** @type {(element: HTMLElement) => void} */
const selectAll = (element) => {
  if (!propertyOf(element, "isContentEditable")) {
    /** @type {Box} */ (element).select?.();
    return;
  }
  const selection = viewOf(element)?.getSelection(),
    range = ask(propertyOf(element, "ownerDocument"), "createRange");
  range.selectNodeContents(element);
  selection?.removeAllRanges();
  selection?.addRange(range);
};
/** Puts the keyboard into a control with all its text selected, so that what is typed replaces it. Throws where
 * that cannot be.
 * @type {(handle: Handle) => boolean} */
export const focusOn = (handle) => {
  const element = elementOf(handle);
  if (!element || !isWritable(element)) throw new Error("cannot be written");
  const place = editable(element) || element;
  ask(element, "scrollIntoView", { block: "center", inline: "nearest", behavior: "instant" });
  ask(place, "focus", { preventScroll: true });
  selectAll(place);
  const active = deepest();
  if (active !== place && !ask(place, "contains", active)) throw new Error("takes no keys");
  return true;
};
/** Whether a mouse at a point of an element's own document would hit it, in components too.
 * @type {(element: Box, x: number, y: number) => boolean} */
const meets = (element, x, y) => {
  let hit = ask(propertyOf(element, "ownerDocument"), "elementFromPoint", x, y);
  for (let root = hit && shadowRootOf(hit); root; root = shadowRootOf(hit)) {
    const inner = root.elementFromPoint(x, y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  for (let box = /** @type {Box | null} */ (hit); box; box = parentOf(box)) if (box === element) return true;
  return false;
};
/** @type {(element: Box) => [x: number, y: number]} */
const middle = (element) => {
  const { left, top, width, height } = ask(element, "getClientRects")[0];
  return [left + width / 2, top + height / 2];
};
/** Whether a mouse could press an element where it is.
 * @type {(element: Box) => boolean} */
export const reachable = (element) => {
  ask(element, "scrollIntoView", { block: "nearest", inline: "nearest", behavior: "instant" });
  return shown(element) && meets(element, ...middle(element));
};
/** The middle of an element in the browser's own window. Throws where a mouse could not press it.
 * @type {(handle: Handle) => Point} */
export const pointOf = (handle) => {
  const given = elementOf(handle);
  const element = given && !shown(given) ? labelsOf(given).find(shown) : given;
  if (!element) throw new Error("it is not shown");
  ask(element, "scrollIntoView", { block: "center", inline: "nearest", behavior: "instant" });
  if (!shown(element) || !meets(element, ...middle(element))) throw new Error("it cannot be reached");
  let [x, y] = middle(element);
  for (
    let frame = propertyOf(element, "ownerDocument") === document ? null : frameOf(element);
    frame;
    frame = frameOf(frame)
  ) {
    const box = ask(frame, "getBoundingClientRect");
    x += box.left + frame.clientLeft;
    y += box.top + frame.clientTop;
  }
  return { x, y };
};
