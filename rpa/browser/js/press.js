// Buttons and links by the names that people see. The press that saves is made only on the page that was
// confirmed.
/** @import { Box, Confirmed, Held, Press, Region } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { captionsOf, namedBy } from "./captions.js";
import { lastKnown } from "./handles.js";
import { gives, nameIn } from "./names.js";
import { reachable } from "./pointing.js";
import { record } from "./read.js";
import { region, rowsOf, table, tableIn } from "./regions.js";
import { foundNow } from "./survey.js";
import { all, shown, wordsIn } from "./tree.js";
import { isComplete, once } from "./waiting.js";

const PRESSED = "button, input:is([type=submit], [type=button], [type=image]), a[href], summary, [role=button], " +
  "[role=link], [role=menuitem], [role=tab]";
/** The name of a button as a person sees it, without what is hidden from screen readers.
 * @type {(button: Box) => string} */
const nameOf = (button) =>
  nameIn(
    namedBy(button) ||
      (ask(button, "matches", "input")
        ? button.value || button.alt
        : wordsIn(button, "[aria-hidden=true]") || propertyOf(button, "title")),
  );
/** What a button does: two that lead to the same address, or send the same form in the same way, are one.
 * @type {(button: Box) => Box | string} */
const purposeOf = (button) => {
  if (ask(button, "matches", "a[href]")) {
    return ask(button, "getAttribute", "href")?.startsWith("#") ? button : `link ${button.href}`;
  }
  if (!button.form || button.type !== "submit") return button;
  const place = [...propertyOf(document, "forms")].indexOf(button.form);
  return place < 0 ? button : `send ${place} ${button.formAction} ${button.name} ${button.value}`;
};
/** Buttons and links by the first pattern of their name that any has. Of several with one purpose, the first that
 * can be pressed.
 * @type {(root: Box, patterns: string[]) => Box[]} */
const buttons = (root, patterns) => {
  const named = all(root, PRESSED).filter(shown).map((each) => ({ each, text: nameOf(each) }));
  const chosen = patterns.map((pattern) => named.filter(({ text }) => gives(text, pattern)))
    .find((found) => found.length) || [];
  /** @type {Map<Box | string, Box>} */
  const purposes = new Map();
  for (const { each } of chosen) {
    const there = purposes.get(purposeOf(each));
    if (!there || (propertyOf(there, "disabled") && !propertyOf(each, "disabled"))) {
      purposes.set(purposeOf(each), each);
    }
  }
  return [...purposes.values()];
};
/** @type {(where: Region, patterns: string[]) => Box[]} */
const buttonsIn = (where, patterns) => {
  const root = region(where);
  return root ? buttons(root, patterns) : [];
};
/** Press the button if it is the only one; how many there are.
 * @type {(found: Box[]) => number} */
const pressOnly = (found) => {
  if (found.length === 1) ask(found[0], "click");
  return found.length;
};

/** Whether two values are the same, in whatever order their properties come.
 * @type {(one: unknown, other: unknown) => boolean} */
const isEqual = (one, other) => {
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return one === other;
  const [mine, theirs] = [Object.entries(one), new Map(Object.entries(other))];
  return Array.isArray(one) === Array.isArray(other) && mine.length === theirs.size &&
    mine.every(([name, value]) => theirs.has(name) && isEqual(value, theirs.get(name)));
};
/** Whether a control still is what it was found as, to a person too, and holds what it was seen to hold.
 * @type {(held: Held) => boolean} */
const isHeld = ({ handle, kind, captions, within, holds, chosen_by }) => {
  const element = lastKnown(handle);
  if (!element) return false;
  const now = foundNow(element, chosen_by);
  return now.kind === kind && captions.every((each) => now.captions.includes(each)) &&
    isEqual([now.within, now.chosen_by, now.holds], [within, chosen_by, holds]);
};
/** Press the one button of that name. Returns how many there are; -1, with nothing pressed, when a control no
 * longer holds what was confirmed.
 * @type {(where: Region, patterns: string[], controls: Held[]) => number} */
export const press = (where, patterns, controls) =>
  controls.every(isHeld) ? pressOnly(buttonsIn(where, patterns)) : -1;
/** The same as soon as exactly one is there, on a page that is complete; in the whole page where it has no such
 * region.
 * @type {(where: Region, patterns: string[], milliseconds: number) => Promise<number>} */
export const pressWhenThere = async (where, patterns, milliseconds) => {
  let number = 0;
  await once(() => {
    if (!isComplete()) return null;
    const found = buttonsIn(region(where) ? where : {}, patterns);
    number = found.length;
    return number === 1 ? pressOnly(found) : null;
  }, milliseconds);
  return number;
};
/** Press the one button of that name in a row (from 0) of a region's table. Returns how many there are.
 * @type {(where: Region, row: number, patterns: string[]) => number} */
export const pressInRow = (where, row, patterns) => {
  const root = region(where), box = root && tableIn(root), there = box && rowsOf(box)[row];
  return there ? pressOnly(buttons(there, patterns)) : 0;
};

/** @type {(button: Box) => boolean} */
const isPressable = (button) =>
  !ask(button, "matches", ":disabled") && ask(button, "getAttribute", "aria-disabled") !== "true" &&
  reachable(button);
/** The browser's own rules in our words: its messages may quote what a control holds.
 * @type {[rule: keyof ValidityState, words: string][]} */
const RULES = [
  ["valueMissing", "has no value and needs one"],
  ["typeMismatch", "is not of its type"],
  ["patternMismatch", "does not match its pattern"],
  ["tooLong", "is too long"],
  ["tooShort", "is too short"],
  ["rangeUnderflow", "is below its least value"],
  ["rangeOverflow", "is above its greatest value"],
  ["stepMismatch", "is not one of the allowed steps"],
  ["badInput", "cannot be read"],
  ["customError", "is refused by the page"],
];
/** The caption of each control that the browser would not send, and why.
 * @type {(button: Box) => string[][]} */
const invalidIn = (button) => {
  const form = /** @type {HTMLFormElement | null} */ (button.form || ask(button, "closest", "form"));
  if (!form || ask(form, "hasAttribute", "novalidate")) return [];
  if (button.formNoValidate || button.type !== "submit") return [];
  return /** @type {HTMLInputElement[]} */ ([...propertyOf(form, "elements")])
    .filter((each) => each.willValidate && !each.validity.valid).map((each) => [
      captionsOf(each)[0] || "",
      RULES.filter(([rule]) => each.validity[rule]).map(([, words]) => words).join(", "),
    ]);
};
const SENDING = "button, input:is([type=submit], [type=button]), [role=button]";
const LISTED = "li, table:has(thead) tr, [role=row], [role=listitem], [role=option]";
const LONGEST_NAME = 60;
/** The names of the buttons that a person could press in a region, those that send a form before any other. What
 * is in a list, or has a date or number, names a person or a thing.
 * @type {(where: Region) => string[]} */
const insteadIn = (where) => {
  const root = region(where);
  const found = root
    ? all(root, SENDING).filter((each) => shown(each) && isPressable(each) && !ask(each, "closest", LISTED))
    : [];
  const senders = found.filter((each) => each.form && each.type === "submit");
  return [...new Set((senders.length ? senders : found).map(nameOf))]
    .filter((text) => text && text.length <= LONGEST_NAME && !/[0-9]/.test(text));
};
/** How many buttons of exactly that name a person could press, and what the browser itself would stop them with.
 * Of none: whether one is there, and what could be pressed instead.
 * @type {(where: Region, patterns: string[]) => Press} */
const pressableNow = (where, patterns) => {
  const there = buttonsIn(where, patterns), found = there.filter(isPressable);
  return {
    number: found.length,
    invalid: found.length === 1 ? invalidIn(found[0]) : [],
    there: there.length > 0,
    instead: there.length ? [] : insteadIn(where),
  };
};
/** The same as soon as one can be pressed: a list that closes, or a message that fades, is in front for a moment.
 * @type {(where: Region, patterns: string[], milliseconds: number) => Promise<Press>} */
export const pressable = async (where, patterns, milliseconds) =>
  await once(() => {
    const now = pressableNow(where, patterns);
    return now.number === 1 ? now : null;
  }, milliseconds) || pressableNow(where, patterns);
/** Press the one button of exactly that name that saves, if every control, table and review is as it was
 * confirmed. Compared and pressed in one trip, so that nothing can come between. Returns why it was not pressed.
 * @type {(where: Region, patterns: string[], confirmed: Confirmed) => string} */
export const pressConfirmed = (where, patterns, { controls, tables, review }) => {
  const differ = controls.filter((each) => !isHeld(each)).length;
  if (differ) return `${differ} controls do not hold what was confirmed`;
  if (
    !tables.every((each) => isEqual(table(each.region), each.rows)) ||
    (review && !isEqual(record(review.layout), review.page))
  ) return "the page does not show what was confirmed";
  const found = buttonsIn(where, patterns).filter(isPressable);
  if (pressOnly(found) !== 1) return `${found.length} buttons of that name can be pressed`;
  return "";
};
