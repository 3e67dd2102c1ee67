// What is a control, of what kind, and what it holds: a table, read from the top.
/** @import { Box, Holds } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { captionsOf, labelsOf } from "./captions.js";
import { nameIn, tidy } from "./names.js";
import {
  all,
  body,
  closest,
  CONTROLS,
  editable,
  isLarge,
  isText,
  parentOf,
  shown,
  SILENT,
  walk,
  WIDGETS,
  wordsIn,
} from "./tree.js";

const NATIVE = "input:not([type=hidden]), select, textarea";
/** @type {(list: Box) => boolean} */
const isPopup = (list) =>
  !shown(list) || !ask(list, "querySelector", "[role=option]") ||
  all(body(), "[aria-controls], [aria-owns]").some((each) =>
    `${ask(each, "getAttribute", "aria-controls")} ${ask(each, "getAttribute", "aria-owns")}`.split(" ").includes(
      propertyOf(list, "id"),
    )
  );
/** @type {[kind: string, css: string, when?: (element: Box) => boolean][]} */
const KINDS = [
  ["rich_text", "iframe", (frame) => Boolean(editable(frame))],
  ["", "iframe, input:is([type=submit], [type=button], [type=image], [type=reset], [type=range], [type=color])"],
  ["", "input[aria-hidden=true]:not([type=file])"], // what a script keeps for itself
  ["select_many", "select[multiple]"],
  ["select", "select"],
  ["output", "output"],
  ["lines", "textarea"],
  ["radio", "input[type=radio]"],
  ["checkbox", "input[type=checkbox]"],
  ["file", "input[type=file]"],
  ["date", "input[type=date]"],
  ["time", "input[type=time]"],
  ["datetime", "input[type=datetime-local]"],
  ["number", "input[type=number]"],
  ["list", "input[readonly]:is([role=combobox], [aria-haspopup], [aria-expanded])"],
  [
    "combobox",
    "input:is([role=combobox], [aria-autocomplete=list], [aria-autocomplete=both], [aria-haspopup=listbox])",
  ],
  ["text", "input"],
  ["", WIDGETS, (widget) => all(widget, NATIVE).length > 0], // the native control inside it is meant
  ["radio", "[role=radio]"],
  ["checkbox", "[role=checkbox], [role=switch]"],
  ["", "[role=listbox]", isPopup],
  ["listbox", "[role=listbox]"],
  ["list", "[role=combobox], [aria-haspopup=listbox]"],
  ["spinbutton", "[role=spinbutton]"],
  [
    "editable",
    "[role=textbox], [role=searchbox]",
    (box) => propertyOf(box, "isContentEditable") && ask(box, "getAttribute", "aria-multiline") !== "true",
  ],
  ["rich_text", "*", (box) => propertyOf(box, "isContentEditable")],
];
/** @type {(element: Box) => string} */
export const kindOf = (element) =>
  KINDS.find(([, css, when]) => ask(element, "matches", css) && (!when || when(element)))?.[0] || "";

/** The nearest box with the control of its own that a script shows in place of a hidden native one.
 * @type {(element: Box) => { box: Box, widget: Box | null } | null} */
export const enhancement = (element) => {
  for (let box = parentOf(element), depth = 0; box && depth < 3; box = parentOf(box), depth++) {
    if (
      all(box, NATIVE).some((each) => each !== element && each.type !== "search" && !ask(each, "matches", WIDGETS))
    ) return null;
    const own = all(box, `${WIDGETS}, button`).filter((each) => each !== element && shown(each));
    if (own.length) return { box, widget: own.find((each) => ask(each, "matches", WIDGETS)) || null };
  }
  return null;
};

/** The options of a native list.
 * @type {(select: Box) => HTMLOptionElement[]} */
export const choicesOf = (select) => [...select.options || []];
/** The text of an option as a person sees it.
 * @type {(option: HTMLOptionElement) => string} */
export const optionText = (option) => option.text || option.label;
/** The option with that text; none where two with different values have it.
 * @type {(select: Box, text: string) => HTMLOptionElement | undefined} */
export const optionNamed = (select, text) => {
  const exact = choicesOf(select).filter((each) => optionText(each) === text);
  const named = exact.length ? exact : choicesOf(select).filter((each) => tidy(optionText(each)) === text);
  return new Set(named.map((each) => each.value)).size === 1 ? named[0] : undefined;
};
/** @type {(select: Box) => string[]} */
const chosenIn = (select) =>
  choicesOf(select).filter((each) => each.selected && each.value !== "")
    .map((each) => tidy(optionText(each)));
/** The options of a script's own list.
 * @type {(list: Box) => Box[]} */
export const optionsOf = (list) => all(list, "[role=option]");

const EDGES = "form, fieldset, td, tr, table, body, main, dialog, section, label";
/** The largest box that belongs to a script's own control alone: without another control, and without a caption.
 * @type {(element: Box, captioned?: boolean) => Box} */
const around = (element, captioned = false) => {
  const captions = captioned ? [] : captionsOf(element).map((each) => each.toLowerCase());
  /** @type {(each: Box) => boolean} */
  const isAnother = (each) =>
    each !== element && Boolean(kindOf(each)) && shown(each) && !ask(each, "contains", element);
  let own = element;
  for (let box = parentOf(element), depth = 0; box && depth < 5; box = parentOf(box), depth++) {
    if (ask(box, "matches", EDGES) || all(box, CONTROLS).some(isAnother)) break;
    const words = captions.length ? nameIn(wordsIn(box)).toLowerCase() : "";
    if (captions.some((each) => each && words.includes(each))) break;
    own = box;
  }
  return own;
};
/** The texts beside a control: the chips of a token input, or the choice that a script shows.
 * @type {(element: Box) => string[]} */
export const chips = (element) => {
  const box = around(element, true);
  const root = box === element ? parentOf(element) ?? element : box;
  const texts = walk(root).filter((each) =>
    !ask(each, "matches", `button, ${SILENT}`) && !ask(each, "closest", "[role=listbox]") &&
    shown(each) && isLarge(each)
  ).map((each) =>
    tidy(
      [...propertyOf(each, "childNodes")].filter(isText)
        .map((node) => propertyOf(node, "textContent")).join(" "),
    )
  );
  return texts.filter((text) => /[\p{L}\p{N}]/u.test(text));
};
/** @type {(element: Box) => string} */
const writtenIn = (element) => {
  if (!ask(element, "matches", "input")) return wordsIn(element);
  const box = around(element);
  return element.value || (box === element ? "" : wordsIn(box));
};

/** @type {(element: Box) => boolean} */
export const isChecked = (element) =>
  ask(element, "matches", "input")
    ? Boolean(element.checked)
    : ask(element, "getAttribute", "aria-checked") === "true";
/** Radios of one name in one form, or in one radio group, are one control.
 * @type {(element: Box) => Box[]} */
export const radiosWith = (element) => {
  if (!ask(element, "matches", "input")) {
    return all(closest(element, "[role=radiogroup]") || propertyOf(element, "form") || body(), "[role=radio]");
  }
  if (!element.name) return [element];
  const root = element.form || /** @type {ParentNode} */ (/** @type {unknown} */ (ask(element, "getRootNode")));
  return /** @type {Box[]} */ ([...ask(root, "querySelectorAll", "input[type=radio]")])
    .filter((each) => each.name === element.name && each.form === element.form);
};
/** @type {(radio: Box) => string} */
export const markText = (radio) => captionsOf(radio)[0] || wordsIn(radio);

/** @type {(element: HTMLElement) => string} */
const editedText = (element) => propertyOf(element, "innerText").replace(/\u00a0/g, " ").replace(/\n$/, "");
/** @type {Record<string, (element: Box) => Holds>} */
const HOLDS = {
  select: (select) => {
    const text = chosenIn(select)[0] || "";
    const own = isSeen(select) ? null : enhancement(select)?.widget;
    const said = own ? writtenIn(own) : "";
    // Where they differ, the form sends something else than a person sees.
    return text && said && !said.includes(text) ? said : text;
  },
  select_many: (select) => {
    const picked = pickedBeside(select);
    return picked ? choicesOf(picked).map((each) => tidy(optionText(each))) : chosenIn(select);
  },
  listbox: (list) =>
    optionsOf(list).filter((each) => ask(each, "getAttribute", "aria-selected") === "true")
      .map((each) => wordsIn(each)),
  list: writtenIn,
  combobox: writtenIn,
  checkbox: isChecked,
  radio: (element) => radiosWith(element).filter(isChecked).map(markText)[0] || "",
  rich_text: (element) => editedText(editable(element) || element),
  editable: editedText,
  spinbutton: (element) =>
    ask(element, "getAttribute", "aria-valuetext") === "Empty" || !ask(element, "hasAttribute", "aria-valuenow")
      ? ""
      : tidy(propertyOf(element, "innerText")),
  output: (element) => tidy(propertyOf(element, "textContent")),
  file: (element) => [...element.files || []].map((file) => file.name).join("\n"),
};
/** What a control holds, as a person sees it.
 * @type {(element: Box, kind?: string) => Holds} */
export const holdsOf = (element, kind = kindOf(element)) => {
  const holds = (HOLDS[kind] || ((each) => each.value ?? ""))(element);
  return typeof holds === "string" ? holds.toWellFormed() : holds;
};

/** The box around two lists side by side, one of what is offered and one of what is chosen.
 * @type {(select: Box) => Box | null} */
export const listsBox = (select) => {
  for (let box = parentOf(select), depth = 0; box && depth < 4; box = parentOf(box), depth++) {
    const lists = all(box, "select");
    if (lists.length > 2 || ask(box, "matches", "form, body")) return null;
    // Buttons between them move options from one to the other; without buttons they are two controls.
    if (lists.length === 2) {
      return lists.every((each) => each.multiple) && all(box, "button, a, [role=button]").length > 1 ? box : null;
    }
  }
  return null;
};
/** @type {(select: Box) => Box[]} */
const listsWith = (select) => {
  const box = propertyOf(select, "localName") === "select" ? listsBox(select) : null;
  return box ? all(box, "select") : [];
};
/** The list of what is chosen, for the list of what is offered.
 * @type {(select: Box) => Box | null} */
export const pickedBeside = (select) => {
  const [offered, picked] = listsWith(select);
  return offered === select ? picked : null;
};
/** @type {(select: Box) => boolean} */
export const isPicked = (select) => listsWith(select)[1] === select;

/** @type {(element: Box) => boolean} */
const isSeen = (element) => shown(element) && isLarge(element);
/** @type {(element: Box, kind: string) => boolean} */
export const isShown = (element, kind) =>
  isSeen(element) || ((kind === "radio" || kind === "checkbox") && labelsOf(element).some(shown));
/** @type {(element: Box) => boolean} */
export const isWritable = (element) =>
  !propertyOf(element, "disabled") && (!propertyOf(element, "readOnly") || kindOf(element) === "list") &&
  ask(element, "getAttribute", "aria-disabled") !== "true" &&
  ask(element, "getAttribute", "aria-readonly") !== "true" &&
  !ask(element, "matches", ":disabled");
