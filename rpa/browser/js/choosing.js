// Chooses from what a script offers: a list that opens by typing or by a click, anywhere on the page.
/** @import { Box, Handle } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { elementOf, handleOf, lastKnown } from "./handles.js";
import { click, strike, type } from "./key.js";
import { isWritable } from "./kinds.js";
import { reachable } from "./pointing.js";
import { all, body, closest, deepest, isFlat, isWithin, shown, wordsIn } from "./tree.js";
import { once } from "./waiting.js";

const OPTION = "[role=option], [role=menuitem], [role=menuitemradio], [role=treeitem], li";
/** Whether an element contains the letters of a text in their order: if not, its words need not be read.
 * @type {(element: Box, letters: string[]) => boolean} */
const hasLetters = (element, letters) => {
  const there = propertyOf(element, "textContent") || "";
  let from = 0;
  for (const letter of letters) {
    const at = there.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
};
const NO_OPTION = "option, script, style, label, input, select, textarea";
/** The innermost elements that are shown and have exactly that text.
 * @type {(text: string) => Box[]} */
const saying = (text) => {
  const letters = [...text.replace(/\s/g, "")], flat = isFlat(body());
  /** @type {(each: Box) => boolean} */
  const says = (each) =>
    (propertyOf(each, "textContent") || "").length < 500 + text.length && !ask(each, "matches", NO_OPTION) &&
    (!flat || Boolean(ask(each, "querySelector", "img")) || hasLetters(each, letters)) && wordsIn(each) === text &&
    shown(each);
  return all(body(), "*").filter(says)
    .filter((each, _, list) => !list.some((other) => other !== each && isWithin(other, each)));
};
/** A control -> the elements that had the text before its list was opened.
 * @type {WeakMap<Box, Set<Box>>} */
const saidBefore = new WeakMap();

/** @type {(element: Box) => boolean} */
const isInput = (element) => ask(element, "matches", "input, textarea") && !propertyOf(element, "readOnly");
/** Remembers where the text is on the page before a control's list is opened; false where it cannot be written.
 * @type {(handle: Handle, text: string) => boolean} */
export const note = (handle, text) => {
  const element = elementOf(handle);
  if (!element || !isWritable(element)) return false;
  saidBefore.set(element, new Set(saying(text)));
  return true;
};
/** Opens a control's list, by typing the text where possible.
 * @type {(element: Box, text: string) => void} */
const open = (element, text) => {
  if (isInput(element)) type(element, text);
  else if (ask(element, "getAttribute", "aria-expanded") !== "true") click(element);
};
const SEARCH = "[type=search], [role=searchbox], [role=combobox], [aria-autocomplete]";
/** Types into the search box of the list that opened, once that has the keyboard.
 * @type {(element: Box | null, text: string) => void} */
const search = (element, text) => {
  const box = deepest();
  if (!box || box === element || !isInput(box) || box.value === text) return;
  if (ask(box, "matches", SEARCH) || (element && isWithin(box, element))) type(box, text);
};
/** The options of exactly that text that are offered and can be reached.
 * @type {(element: Box | null, text: string) => Box[]} */
const offered = (element, text) => {
  const before = (element && saidBefore.get(element)) || new Set();
  const options = new Set(
    saying(text).filter((each) => !element || !isWithin(each, element))
      .filter((each) => !before.has(each) || closest(each, "[role=option]"))
      .map((each) => closest(each, OPTION) || each),
  );
  return [...options].filter((each) => ask(each, "getAttribute", "aria-disabled") !== "true" && reachable(each));
};
/** The same, once there is one.
 * @type {(handle: Handle, text: string) => Handle[] | null} */
export const offers = (handle, text) => {
  const element = elementOf(handle);
  search(element, text);
  const options = offered(element, text);
  return options.length ? options.map(handleOf) : null;
};
/** As a person does: open or type, wait until the one option of that name is offered, click it.
 * @type {(handle: Handle, text: string, milliseconds: number) => Promise<boolean>} */
export const pick = async (handle, text, milliseconds) => {
  const element = elementOf(handle);
  if (!element || !note(handle, text)) return false;
  open(element, text);
  const options = await once(() => {
    const there = lastKnown(handle);
    search(there, text);
    const found = offered(there, text);
    return found.length ? found : null;
  }, milliseconds) || [];
  if (options.length === 1) click(options[0]);
  if (ask(element, "getAttribute", "aria-expanded") === "true" || closest(element, "[aria-expanded=true]")) {
    strike(deepest() || element, "Escape", 27, ["keydown"]);
  }
  ask(element, "blur");
  return options.length === 1;
};
