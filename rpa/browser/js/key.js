// Keys many controls in one trip, by native setters and the events that frameworks listen to.
/** @import { Box, Found, Handle, Job, Region } from "./types.d.ts" */
import { ask, propertyOf, setProperty } from "./dom.js";
import { elementOf } from "./handles.js";
import { choicesOf, isChecked, isWritable, optionNamed, optionsOf, optionText, pickedBeside } from "./kinds.js";
import { tidy } from "./names.js";
import { editable, wordsIn } from "./tree.js";
import { settled } from "./waiting.js";

/** @type {Map<string, (value: string) => void>} */
const setters = new Map([HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement].map((kind) => [
  kind.name.slice("HTML".length, -"Element".length).toLowerCase(),
  /** @type {(value: string) => void} */ (Object.getOwnPropertyDescriptor(kind.prototype, "value")?.set),
]));
/** @type {(element: Box, value: string) => void} */
const set = (element, value) => setters.get(propertyOf(element, "localName"))?.call(element, value);
/** @type {(element: Box, ...types: string[]) => void} */
const tell = (element, ...types) =>
  types.forEach((type) => ask(element, "dispatchEvent", new Event(type, { bubbles: true, composed: true })));
const TYPED = { bubbles: true, composed: true, inputType: "insertText" };
/** @type {(element: Box, value: string) => void} */
const write = (element, value) => {
  ask(element, "focus", { preventScroll: true });
  set(element, value);
  tell(element, "input", "change");
  ask(element, "blur");
};
/** @type {(element: Box, text: string) => void} */
export const type = (element, text) => {
  ask(element, "focus", { preventScroll: true });
  set(element, text);
  ask(element, "dispatchEvent", new InputEvent("input", TYPED));
};
/** Gives an editor its text with the same events as when a person types it.
 * @type {(editor: HTMLElement, value: string) => void} */
const rewrite = (editor, value) => {
  ask(editor, "focus");
  setProperty(editor, "innerText", value);
  ask(editor, "dispatchEvent", new InputEvent("input", TYPED));
  ask(editor, "dispatchEvent", new FocusEvent("focusout", { bubbles: true }));
  ask(editor, "blur");
};
/** @type {(element: Box, types: string[]) => void} */
const mouse = (element, types) =>
  types.forEach((each) =>
    ask(
      element,
      "dispatchEvent",
      new PointerEvent(each, {
        bubbles: true,
        cancelable: true,
        composed: true,
        view: window,
        button: 0,
        buttons: /down/.test(each) ? 1 : 0,
        pointerId: 1,
        isPrimary: true,
        pointerType: "mouse",
      }),
    )
  );
const CLICK = [
  "pointerover",
  "mouseover",
  "mousemove",
  "pointerdown",
  "mousedown",
  "pointerup",
  "mouseup",
  "click",
];
/** @type {(element: Box) => void} */
export const click = (element) => mouse(element, CLICK);
/** Press a key that prints nothing, such as Enter.
 * @type {(element: Box, key: string, code: number, types: string[]) => void} */
export const strike = (element, key, code, types) =>
  types.forEach((each) =>
    ask(
      element,
      "dispatchEvent",
      new KeyboardEvent(
        each,
        { key, code: key, keyCode: code, which: code, bubbles: true, cancelable: true, composed: true },
      ),
    )
  );

/** @type {(select: Box, texts: string[]) => boolean} */
const choose = (select, texts) => {
  const wanted = texts.map((text) => optionNamed(select, text));
  if (wanted.some((option) => !option)) return false;
  for (const option of choicesOf(select)) option.selected = wanted.includes(option);
  tell(select, "input", "change");
  return true;
};
/** Moves options from the list of what is offered to the list of what is chosen, as by a double click.
 * @type {(select: Box, picked: Box, texts: string[]) => boolean} */
const move = (select, picked, texts) => {
  const there = choicesOf(picked).map((each) => tidy(optionText(each)));
  for (const text of texts.filter((each) => !there.includes(each))) {
    if (!choose(select, [text])) return false;
    const option = optionNamed(select, text);
    if (option) mouse(option, ["dblclick"]);
  }
  return true;
};
/** @type {(list: Box, texts: string[]) => boolean} */
const mark = (list, texts) => {
  const options = optionsOf(list).map((each) => ({ each, text: wordsIn(each) }));
  if (texts.some((text) => options.filter((option) => option.text === text).length !== 1)) return false;
  for (const { each, text } of options) {
    if ((ask(each, "getAttribute", "aria-selected") === "true") !== texts.includes(text)) click(each);
  }
  return true;
};
/** @type {(element: Box, texts: string[]) => boolean} */
const chooseMany = (element, texts) => {
  if (propertyOf(element, "localName") !== "select") return mark(element, texts);
  const picked = pickedBeside(element);
  return picked ? move(element, picked, texts) : choose(element, texts);
};
/** @type {(select: Box, value: string) => boolean} */
const chooseOne = (select, value) => {
  const option = value ? optionNamed(select, value) : choicesOf(select).find((each) => each.value === "");
  if (option) write(select, option.value);
  return Boolean(option);
};
/** Do a job; false when it could not even be tried.
 * @type {(element: Box, job: Job) => boolean} */
const done = (element, job) => {
  switch (job.kind) {
    case "text":
      if (!setters.has(propertyOf(element, "localName"))) return false;
      write(element, job.value);
      return true;
    case "select":
      return chooseOne(element, job.value);
    case "select_many":
      return chooseMany(element, job.value);
    case "check":
      if (isChecked(element) !== job.value) ask(element, "click");
      return true;
    case "editor":
      rewrite(editable(element) || element, job.value);
      return true;
  }
};
/** Do the jobs; returns the places (from 0) of those that could not even be tried. One outdated handle refuses
 * all.
 * @type {(jobs: Job[]) => number[]} */
export const key = (jobs) => {
  const elements = jobs.map((job) => elementOf(job.handle));
  return jobs.flatMap((job, place) => {
    const element = elements[place];
    return element && propertyOf(element, "isConnected") && isWritable(element) && done(element, job)
      ? []
      : [place];
  });
};
/** The same, and then the survey of a region, taken once the page is at rest; null when it makes way for another.
 * @type {(jobs: Job[], where: Region, quiet: number, milliseconds: number) =>
 *   Promise<{ refused: number[], survey: Found[] | null }>} */
export const keyAndSurvey = async (jobs, where, quiet, milliseconds) => ({
  refused: key(jobs),
  survey: await settled(where, quiet, milliseconds),
});

/** Enters tokens as a person does: type, press Enter, repeat.
 * @type {(handle: Handle, texts: string[]) => boolean} */
export const enter = (handle, texts) => {
  const element = elementOf(handle);
  if (!element) throw new Error("it has gone");
  for (const text of texts) {
    type(element, text);
    strike(element, "Enter", 13, ["keydown", "keypress", "keyup"]);
  }
  ask(element, "blur");
  return true;
};
/** Chooses a file, given as bytes in base64, under the name that the report has for it.
 * @type {(handle: Handle, name: string, mime: string, base64: string) => boolean} */
export const setFile = (handle, name, mime, base64) => {
  const element = elementOf(handle);
  if (element?.type !== "file" || propertyOf(element, "disabled")) throw new Error("it takes no file");
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: mime }));
  element.files = carried.files;
  tell(element, "input", "change");
  return true;
};
