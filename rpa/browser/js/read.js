// A record's page as a person sees it: captions with the value beside them, under section and group headings, and
// tables of rows.
/** @import { Box, Holds, RecordLayout, RecordPage } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { captionsOf } from "./captions.js";
import { holdsOf, kindOf, pickedBeside } from "./kinds.js";
import { nameIn, tidy } from "./names.js";
import { table } from "./regions.js";
import { rendered } from "./rendering.js";
import { all, body, CONTROLS, first, shown, textOf, wordsIn, wordsOf } from "./tree.js";

/** What one element shows: the items of several, what the one control in it holds, or its text.
 * @type {(element: Box, item: string) => Holds} */
const valueOf = (element, item) => {
  const controls = [element, ...all(element, CONTROLS)].filter((each) =>
    ask(each, "matches", CONTROLS) && kindOf(each)
  );
  if (controls.length > 1 && controls.every((each) => kindOf(each) === "checkbox")) {
    return controls.filter((each) => holdsOf(each)).map((each) => captionsOf(each)[0] || "");
  }
  const lists = controls.find((each) => pickedBeside(each));
  if (lists) return holdsOf(lists);
  const items = all(element, item);
  if (items.length && !controls.length) return items.map(rendered);
  const isOne = controls.length === 1 || (controls.length > 0 && kindOf(controls[0]) === "radio");
  return isOne ? holdsOf(controls[0]) : rendered(element);
};
/** @type {(box: Box) => box is Box & HTMLTableElement} */
const isRecordTable = (box) => ask(box, "matches", "table") && Boolean(ask(box, "querySelector", "thead th"));
/** @type {(layout: RecordLayout) => RecordPage} */
export const record = ({ css, section, group, caption, item, places }) => {
  const root = first(body(), css);
  /** @type {RecordPage} */
  const page = { values: [], grids: [], placed: {} };
  let inSection = "", inGroup = "";
  for (const node of root ? all(root, "*") : []) {
    if (section && ask(node, "matches", section)) {
      inSection = nameIn(propertyOf(node, "textContent"));
      inGroup = "";
    } else if (group && ask(node, "matches", group)) inGroup = nameIn(propertyOf(node, "textContent"));
    else if (isRecordTable(node)) {
      const name = nameIn(wordsOf(node.caption)) || inGroup || inSection;
      page.grids.push({ section: inSection, name, rows: table({ element: node }) || [] });
    } else if (ask(node, "matches", caption) && !ask(node, "closest", "thead")) {
      const value =
        /** @type {Box | null} */ (propertyOf(node, "control") || propertyOf(node, "nextElementSibling"));
      page.values.push({
        section: inSection,
        group: inGroup,
        caption: textOf(node) || nameIn(propertyOf(node, "textContent")),
        value: value ? valueOf(value, item) : "",
      });
    }
  }
  for (const place of places) {
    page.placed[place] = all(body(), place).filter(shown).map((each) => valueOf(each, item));
  }
  return page;
};

/** The texts of the elements that `css` chooses and a person sees.
 * @type {(css: string) => string[]} */
export const texts = (css) =>
  all(body(), css).filter(shown).map((each) => tidy(propertyOf(each, "innerText") ?? wordsIn(each)));
/** The texts, once there is one that was not there before.
 * @type {(css: string, before: string[]) => string[] | null} */
export const newTexts = (css, before) => {
  const found = texts(css);
  return found.some((text) => !before.includes(text)) ? found : null;
};
