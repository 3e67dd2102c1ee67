// What a person would read beside each control of a page: its caption, and the titles of the boxes it is in.
/** @import { Box } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { listsBox } from "./kinds.js";
import { nameIn, tidy } from "./names.js";
import {
  all,
  childrenOf,
  closest,
  CONTROLS,
  first,
  isElement,
  isLarge,
  isText,
  parentOf,
  shown,
  SILENT,
  textOf,
} from "./tree.js";

export const TOOLS = "[role=toolbar], [role=menubar]"; // what an editor is worked with
const LONGEST = 150; // characters: what is longer is no caption

/** The root that an element's ids and labels belong to: a document or a component.
 * @type {(element: Node) => Document | ShadowRoot} */
const rootOf = (element) => /** @type {Document | ShadowRoot} */ (ask(element, "getRootNode"));
/** @type {(element: Box) => Box | null} */
const labelFor = (element) => {
  const id = propertyOf(element, "id");
  return /** @type {Box | null} */ (id &&
    ask(rootOf(element), "querySelector", `label[for="${CSS.escape(id)}"]`)) ||
    null;
};

/** @type {(element: Box, ids: string) => string} */
const byIds = (element, ids) => {
  const named = ids.split(/\s+/).map((
    id,
  ) => /** @type {Box | null} */ (propertyOf(rootOf(element), "getElementById")?.call(rootOf(element), id)));
  return nameIn(
    named.map((each) => each ? textOf(each) || tidy(propertyOf(each, "textContent")) : "").filter(Boolean).join(
      " ",
    ),
  );
};
/** @type {(element: Box) => string} */
export const namedBy = (element) => {
  const ids = ask(element, "getAttribute", "aria-labelledby");
  const tied = /** @type {Box[]} */ (ids ? [] : [...propertyOf(element, "ariaLabelledByElements") || []]); // by a script
  return (ids && byIds(element, ids)) || nameIn(tied.map(textOf).join(" ")) ||
    nameIn(ask(element, "getAttribute", "aria-label"));
};

/** @type {(box: Box) => string} */
export const titleOf = (box) => {
  if (ask(box, "matches", "fieldset")) {
    const legend = /** @type {Box | undefined} */ ([...propertyOf(box, "children")].find((each) =>
      propertyOf(each, "localName") === "legend"
    ));
    const title = legend && (textOf(legend) || nameIn(propertyOf(legend, "textContent")));
    if (title) {
      return title;
    }
  }
  const label = labelFor(box);
  return namedBy(box) || (label ? textOf(label) : "");
};
/** @type {(box: Box) => boolean} */
const isEnd = (box) =>
  ask(box, "matches", "form, main, body, table, dialog, tbody") ||
  (ask(box, "matches", "fieldset") && Boolean(titleOf(box)));

/** @type {(element: Box) => string} */
const headerCell = (element) => {
  const cell = /** @type {HTMLTableCellElement | null} */ (closest(element, "td"));
  const table = cell && /** @type {HTMLTableElement | null} */ (ask(cell, "closest", "table"));
  const [start] = table?.rows || [];
  const head = table?.tHead?.rows[0] || (start && ask(start, "querySelector", "td") ? null : start);
  return cell && head && head !== propertyOf(cell, "parentElement")
    ? nameIn(head.cells[cell.cellIndex]?.textContent)
    : "";
};

/** What a node is to a person, in the order it is read or backwards: controls, and the texts between them.
 * @type {(node: Node, backwards?: boolean) => Generator<Box | string, void>} */
const partsOf = function* (node, backwards) {
  if (isText(node)) {
    const text = tidy(propertyOf(node, "textContent"));
    if (text) yield text;
  } else if (isElement(node) && !ask(node, "matches", TOOLS)) {
    if (ask(node, "matches", CONTROLS)) yield node;
    else if (!ask(node, "matches", `button, ${SILENT}`)) yield* sequence(node, backwards);
  }
};
/** What a box holds.
 * @type {(box: Box, backwards?: boolean) => Generator<Box | string, void>} */
const sequence = function* (box, backwards = false) {
  const children = childrenOf(box), last = children.length - 1;
  for (let each = 0; each <= last; each++) yield* partsOf(children[backwards ? last - each : each], backwards);
};
/** What a box holds after a control that is in no other.
 * @type {(box: Box, control: Box) => Generator<Box | string, void>} */
const sequenceAfter = function* (box, control) {
  for (let node = control; node !== box;) {
    const parent = parentOf(node);
    if (!parent || (parent !== box && ask(parent, "matches", CONTROLS))) return;
    const siblings = childrenOf(parent), place = Array.prototype.indexOf.call(siblings, node);
    if (place < 0) return;
    for (let each = place + 1; each < siblings.length; each++) yield* partsOf(siblings[each]);
    node = parent;
  }
};
/** The text before the next control.
 * @type {(parts: Iterable<Box | string>) => string} */
const textAhead = (parts) => {
  const texts = [];
  for (const part of parts) {
    if (typeof part !== "string") break;
    texts.push(part);
  }
  return nameIn(texts.join(" "));
};
/** @type {(element: Box) => boolean} */
const isTick = (element) =>
  ["radio", "checkbox"].includes(propertyOf(element, "type") || "") ||
  ask(element, "matches", "[role=radio], [role=checkbox], [role=switch]");
/** Whether captions in a box come after their controls, as those of ticks mostly do, and floating labels.
 * @type {(box: Box, element: Box) => boolean} */
const trails = (box, element) => {
  const [[start], [end]] = [sequence(box), sequence(box, true)];
  return typeof end === "string" && (isTick(element) || typeof start !== "string");
};
/** The text that a control is followed by, in the nearest box with any text; "" where captions come first.
 * @type {(element: Box) => string} */
const following = (element) => {
  for (let box = parentOf(element), depth = 0; box && depth < 3; box = parentOf(box), depth++) {
    if (depth && isEnd(box)) break;
    if (!sequence(box).some((part) => typeof part === "string")) continue;
    return trails(box, element) ? textAhead(sequenceAfter(box, element)) : "";
  }
  return "";
};

// What a control already holds, or what somebody wrote earlier, is also text beside it, but no caption.
const REMOVES = /^(\u00d7|x|\u2715|\u2716|remove|delete|clear)\b|^[\u00d7\u2715\u2716]/i;
const WRITTEN = "li, ul, ol, pre, blockquote, article, [role=list], [role=listitem], [role=log]";
/** @type {(node: Box) => boolean} */
const isContent = (node) =>
  ask(node, "matches", WRITTEN) ||
  all(node, "button, [role=button], a").some((each) =>
    REMOVES.test(
      nameIn(
        ask(each, "getAttribute", "aria-label") || propertyOf(each, "title") || propertyOf(each, "textContent"),
      ),
    )
  );
/** @type {(node: Box) => boolean} */
const isChips = (node) =>
  propertyOf(node, "children").length > 1 &&
  ![...propertyOf(node, "childNodes")].some((each) => !isElement(each) && tidy(propertyOf(each, "textContent"))) &&
  [...propertyOf(node, "children")].every((each) =>
    ask(each, "matches", "span, b, i, em, strong, a, div") && !propertyOf(each, "children").length
  );

/** Whether to skip what comes before a control when looking for its caption.
 * @type {(before: Node, depth: number) => boolean} */
const isPassedOver = (before, depth) => {
  if (!isElement(before)) return !isText(before);
  return ask(before, "matches", TOOLS) || getComputedStyle(before).display === "none" ||
    ask(before, "matches", `br, hr, button, ${SILENT}`) || isContent(before) || (!depth && isChips(before));
};
/** @type {(before: Node) => boolean} */
const isOtherControl = (before) =>
  isElement(before) && !ask(before, "matches", TOOLS) &&
  getComputedStyle(before).display !== "none" && Boolean(first(before, CONTROLS));
/** Texts a person may read as the caption of a control that nothing ties it to: to the left, then above. Headings
 * are separate: a heading is never the likeliest caption of what is below it.
 * @type {(element: Box) => [string[], string[]]} */
const nearby = (element) => {
  /** @type {[string[], string[]]} */
  const [texts, headings] = [[], []];
  /** @type {Box | null} */
  let node = element;
  for (let depth = 0; node && depth < 5 && !isEnd(node); node = parentOf(node), depth++) {
    const box = parentOf(node);
    if (!box) break;
    const after = (!depth || !isEnd(box)) && trails(box, element); // then a text before is not ours
    const siblings = Array.from(childrenOf(box));
    for (const before of siblings.slice(0, Math.max(siblings.indexOf(node), 0)).reverse()) {
      if (isOtherControl(before)) return [texts, headings];
      if (isPassedOver(before, depth)) continue;
      const text = isElement(before) ? textOf(before) : nameIn(propertyOf(before, "textContent"));
      if (!text || text.length > LONGEST || after) continue;
      (/^H[1-6]$/.test(propertyOf(before, "nodeName")) ? headings : texts).push(text);
      break;
    }
  }
  return [texts, headings];
};
/** @type {(element: Box) => string[]} */
const beside = (element) => {
  const after = following(element);
  if (after && isTick(element)) return [after];
  const [texts, headings] = nearby(element);
  return [...texts, after, ...headings].filter(Boolean);
};
/** The texts before the first of several ticks that nothing holds together.
 * @type {(element: Box) => string[]} */
export const leading = (element) => {
  const box = parentOf(element);
  if (!box) return [];
  return [following(element) ? textAhead(sequence(box)) : "", ...nearby(box).flat()].filter(
    Boolean,
  );
};

/** @type {(element: Box) => Box[]} */
export const labelsOf = (element) => {
  const labels = propertyOf(element, "labels");
  if (labels) return [...labels];
  const label = labelFor(element) || /** @type {Box | null} */ (ask(element, "closest", "label"));
  return label ? [label] : [];
};
/** @type {(element: Box) => string} */
const tiedTo = (element) =>
  namedBy(element) || nameIn(labelsOf(element).map(textOf).filter(Boolean).join(" ")) || headerCell(element);
/** A control inside a component has the caption of the component, where that has one control only.
 * @type {(element: Box) => string} */
const tiedToHost = (element) => {
  const root = /** @type {ShadowRoot} */ (ask(element, "getRootNode"));
  const host = /** @type {Box | undefined} */ (propertyOf(root, "host"));
  if (!host || all(host, CONTROLS).length !== 1) return "";
  return tiedTo(host) || nameIn(ask(host, "getAttribute", "label")) || tiedToHost(host);
};
const NATIVE_INPUTS = "input:not([type=hidden]), select, textarea";
/** Where a script hides a control and puts its own beside it, the hidden one still has the caption.
 * @type {(element: Box) => string} */
const tiedToHidden = (element) => {
  /** @type {Box | null} */
  let box = element;
  for (let depth = 0; box && depth < 6 && !isEnd(box); box = parentOf(box), depth++) {
    const before = /** @type {Box | null} */ (propertyOf(box, "previousElementSibling"));
    const others = depth ? all(box, NATIVE_INPUTS).filter((each) => each !== element) : [];
    if (others.some((each) => shown(each) && !closest(each, TOOLS))) return "";
    if (before && ask(before, "matches", "input, select, textarea")) {
      return shown(before) && isLarge(before) ? "" : tiedTo(before);
    }
  }
  return "";
};
/** The caption that the page itself ties to a control.
 * @type {(element: Box) => string} */
export const tied = (element) => tiedTo(element) || tiedToHost(element) || tiedToHidden(element);
/** Two lists side by side have a common caption, as well as the one of each.
 * @type {(element: Box) => string[]} */
const besideLists = (element) => {
  const box = propertyOf(element, "localName") === "select" && element.multiple ? listsBox(element) : null;
  const around = box && parentOf(box);
  if (!box || !around) return [];
  return [...labelsOf(element).map(textOf), ...nearby(box).flat(), ...nearby(around).flat()];
};
/** The caption that is tied to a control; else every text that may be its caption, likeliest first.
 * @type {(element: Box) => string[]} */
export const captionsOf = (element) => {
  const settled = tied(element);
  if (settled) return [settled, ...besideLists(element)];
  const box = propertyOf(element, "type") === "file" ? parentOf(element) : null;
  const buttons = box ? all(box, "button").map((each) => nameIn(propertyOf(each, "textContent"))) : [];
  const inside = nameIn(
    propertyOf(element, "title") || propertyOf(element, "placeholder") ||
      ask(element, "getAttribute", "data-placeholder"),
  );
  return [...besideLists(element), ...beside(element), inside, ...buttons].filter(Boolean);
};

const GROUPS = "fieldset, section, dialog, [role], [id], [aria-label], [aria-labelledby]";
/** The titles of the boxes that a control is in, innermost first.
 * @type {(element: Box) => string[]} */
export const groupsOf = (element) => {
  const titles = [];
  for (let box = parentOf(element); box; box = parentOf(box)) {
    if (ask(box, "matches", GROUPS) && !ask(box, "matches", "label")) titles.push(titleOf(box));
  }
  const own = titles.filter(Boolean);
  const together = isTick(element) ? tickGroup(element) : null;
  return together && !own.includes(together) ? [together, ...own] : own;
};
/** Several ticks outside any titled box have the text before the first of them as their title.
 * @type {(element: Box) => string | null} */
const tickGroup = (element) => {
  for (let box = parentOf(element), depth = 0; box && depth < 5 && !isEnd(box); box = parentOf(box), depth++) {
    if (titleOf(box)) return null;
    const controls = all(box, CONTROLS);
    if (controls.some((each) => !isTick(each))) return null;
    if (controls.length > 1) return leading(controls[0])[0] || null;
  }
  return null;
};
