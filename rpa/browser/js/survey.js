// One trip surveys every control of a region: what it is, which caption a person would read beside it, what it
// offers and what it holds.
/** @import { Box, Details, Found, Handle, Region, Wanted } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { captionsOf, groupsOf, labelsOf, leading, tied, titleOf, TOOLS } from "./captions.js";
import { beginSurvey, elementOf, handleOf } from "./handles.js";
import {
  chips,
  choicesOf,
  enhancement,
  holdsOf,
  isPicked,
  isShown,
  isWritable,
  kindOf,
  markText,
  optionNamed,
  optionsOf,
  optionText,
  radiosWith,
} from "./kinds.js";
import { limit } from "./limits.js";
import { gives, tidy } from "./names.js";
import { region } from "./regions.js";
import { all, body, closest, CONTROLS, shown, wordsIn } from "./tree.js";

const MOST_CONTROLS = 1500, MOST_MILLISECONDS = 3000;

/** @type {(element: Box, selectors: string[]) => string[]} */
const chosenBy = (element, selectors) =>
  selectors.filter((css) => {
    try {
      return ask(element, "matches", css);
    } catch {
      return false;
    } // no selector: it chooses nothing
  });
/** @type {(element: Box, kind: string, selectors: string[]) => Found} */
const foundAs = (element, kind, selectors) => ({
  handle: handleOf(element),
  kind,
  captions: captionsOf(element),
  tied: Boolean(tied(element)),
  within: groupsOf(element),
  holds: holdsOf(element, kind),
  options: kind === "listbox" ? optionsOf(element).map((each) => wordsIn(each)) : [],
  shown: isShown(element, kind),
  enhanced: false,
  widget: null,
  writable: isWritable(element),
  chosen_by: chosenBy(element, selectors),
  option_handles: [],
});
/** Note the script's own control in front of a hidden native one. The native one is still what the form sends.
 * Returns the elements of that control.
 * @type {(entry: Found, element: Box) => Box[]} */
const noteWidget = (entry, element) => {
  const own = enhancement(element);
  entry.enhanced = Boolean(own) || shown(propertyOf(element, "parentElement") || element);
  if (!own?.widget) return [];
  const typed = [own.widget, ...all(own.widget, "input, textarea")].find((each) =>
    ask(each, "matches", "input, textarea")
  );
  entry.widget = handleOf(typed || own.widget);
  if (!entry.captions.length) entry.captions = captionsOf(own.widget);
  return [own.widget, ...all(own.widget, CONTROLS)];
};
/** One entry for all radios that are one control, by what its first radio was found as.
 * @type {(entry: Found, element: Box, key: Box) => Found} */
const radioGroup = (entry, element, key) => {
  const box = closest(element, "[role=radiogroup]"), title = box && titleOf(box);
  const captions = title ? [title] : entry.within.length ? [entry.within[0]] : leading(element);
  return { ...entry, handle: handleOf(key), within: entry.within.slice(1), captions, shown: false };
};
const HIDDEN = new Set(["select", "select_many", "file", "checkbox"]); // kinds that scripts hide behind their own
/** An element as it is found, and the elements of a control that a script puts in front of it.
 * @type {(element: Box, kind: string, selectors: string[]) => { entry: Found, own: Box[] }} */
const entryOf = (element, kind, selectors) => {
  const entry = foundAs(element, kind, selectors);
  const own = HIDDEN.has(kind) && !entry.shown && entry.writable ? noteWidget(entry, element) : [];
  return { entry, own };
};
/** A control as a survey would find it now.
 * @type {(element: Box, selectors: string[]) => Found} */
export const foundNow = (element, selectors) => {
  const { entry } = entryOf(element, kindOf(element), selectors);
  return entry.kind === "radio" ? radioGroup(entry, element, element) : entry;
};

/** @type {(element: Box) => boolean} */
const isInEditor = (element) => {
  const parent = propertyOf(element, "parentElement");
  return Boolean(parent && propertyOf(parent, "isContentEditable"));
};
/** Every control of a region; null where there is no such region. Throws where there are too many.
 * @type {(where: Region) => Found[] | null} */
export const survey = (where) => {
  const root = region(where);
  if (!root) return null;
  beginSurvey();
  const began = performance.now(), selectors = where.selectors || [];
  /** @type {Map<Box, Found>} */
  const radios = new Map();
  /** @type {Set<Box>} */
  const widgets = new Set();
  /** @type {Map<Box, Found>} */
  const out = new Map();
  for (const element of all(root, CONTROLS)) {
    limit(performance.now() - began, MOST_MILLISECONDS, "milliseconds of controls to read");
    const kind = kindOf(element);
    if (!kind || isPicked(element) || isInEditor(element) || closest(element, TOOLS)) {
      continue;
    }
    const { entry, own } = entryOf(element, kind, selectors);
    for (const each of own) widgets.add(each);
    if (kind !== "radio") {
      out.set(element, entry);
      continue;
    }
    const key = radiosWith(element)[0] || element, group = radios.get(key) || radioGroup(entry, element, key);
    if (!radios.has(key)) {
      radios.set(key, group);
      out.set(key, group);
    }
    group.options.push(markText(element));
    group.option_handles.push(handleOf(element));
    group.shown ||= entry.shown || shown(labelsOf(element)[0] || element);
  }
  limit(out.size, MOST_CONTROLS, "controls");
  return [...out].filter(([element]) => !widgets.has(element)).map(([, entry]) => entry);
};

/** @type {(element: Box) => string} */
const selectorOf = (element) => {
  const named = [
    propertyOf(element, "id") && `#${CSS.escape(propertyOf(element, "id"))}`,
    propertyOf(element, "name") && `[name="${CSS.escape(propertyOf(element, "name") || "")}"]`,
  ];
  return named.find((css) => css && css.isWellFormed() && all(body(), css).length === 1) || "";
};
/** More about a control, for a person who writes a profile.
 * @type {(handle: Handle) => Details} */
export const details = (handle) => {
  const element = elementOf(handle);
  if (!element) return { limit: null, required: false, options: [], selector: "" };
  return {
    selector: selectorOf(element),
    limit: element.maxLength && element.maxLength > 0 ? element.maxLength : null,
    required: Boolean(element.required) || ask(element, "getAttribute", "aria-required") === "true",
    options: choicesOf(element).filter((each) => each.value !== "").map((each) => tidy(optionText(each))),
  };
};
/** Whether a native list offers an option of exactly that text.
 * @type {(handle: Handle, text: string) => boolean} */
export const hasOption = (handle, text) => {
  const element = elementOf(handle);
  return Boolean(element && optionNamed(element, text));
};
/** The texts beside a control: chips, or a choice that is shown outside of its input.
 * @type {(handle: Handle) => string[]} */
export const tokens = (handle) => {
  const element = elementOf(handle);
  return element ? [...new Set(chips(element))] : [];
};

/** @type {(each: Found, wanted: Wanted) => boolean} */
const isWanted = (each, { label, within, option, css }) => {
  const element = elementOf(each.handle);
  const isCalled = css
    ? each.chosen_by.includes(css)
    : each.captions.some((text) => gives(text, label)) || each.within.some((box) => gives(box, label));
  return (each.shown || each.enhanced) && each.writable && isCalled &&
    (!within || [...each.within, ...each.captions].some((box) => gives(box, within))) &&
    (!option || each.kind !== "select" || Boolean(element && optionNamed(element, option)));
};
/** The survey, once every wanted control is there to be keyed.
 * @type {(where: Region, wanted: Wanted[]) => Found[] | null} */
export const ready = (where, wanted) => {
  const seen = survey(where);
  return seen?.length && wanted.every((one) => seen.some((each) => isWanted(each, one))) ? seen : null;
};
/** The survey, once there is anything.
 * @type {(where: Region) => Found[] | null} */
export const nonEmptySurvey = (where) => {
  const seen = survey(where);
  return seen?.length ? seen : null;
};
