// The parts of a page: by CSS, and inside it by the title of a dialog, or of a table and its row.
/** @import { Box, Cells, Region, Row } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { titleOf } from "./captions.js";
import { limit } from "./limits.js";
import { gives, nameIn, tidy } from "./names.js";
import { rendered } from "./rendering.js";
import { all, body, first, shown, wordsOf } from "./tree.js";

const DIALOGS = "dialog[open], [role=dialog], [role=alertdialog]";
/** @type {(pattern: string) => Box | null} */
export const dialogCalled = (pattern) =>
  all(body(), DIALOGS).filter(shown)
    .find((box) => gives(titleOf(box), pattern) || gives(wordsOf(first(box, "h1, h2, h3, legend")), pattern)) ||
  null;

// Rows are those of a table, or of what a person sees as a list. The one wide cell of an empty table is no row.
/** @type {(box: Box) => Element | null} */
const headingNear = (box) => {
  const around = ask(box, "closest", "section, fieldset, div");
  return around && ask(around, "querySelector", "h2, h3, legend");
};
/** @type {(box: Box, pattern: string) => boolean} */
const isTitled = (box, pattern) =>
  gives(wordsOf(propertyOf(box, "caption")), pattern) || gives(titleOf(box), pattern) ||
  gives(wordsOf(headingNear(box)), pattern);
/** @type {(root: Box, pattern: string) => Box | null} */
const tableCalled = (root, pattern) =>
  ["table, [role=grid], [role=table]", "ul, ol, [role=list]"].map((kind) =>
    all(root, kind).find((box) => isTitled(box, pattern))
  ).find(Boolean) || null;
/** @type {(row: Box) => boolean} */
const isRow = (row) =>
  Boolean(ask(row, "querySelector", "td")) &&
  (/** @type {HTMLTableRowElement} */ (row).cells.length > 1 || /** @type {HTMLTableRowElement} */
    (row).cells[0].colSpan === 1);
/** @type {(box: Box) => Box[]} */
const allRowsOf = (box) =>
  ask(box, "matches", "table")
    ? /** @type {Box[]} */ ([...ask(box, "querySelectorAll", "tbody tr")]).filter(isRow)
    : /** @type {Box[]} */ ([...ask(box, "querySelectorAll", ":scope > li, [role=listitem], [role=row]")])
      .filter((row) => !ask(row, "querySelector", "[role=columnheader]"));
const MOST_ROWS = 5000; // of one table
/** The rows of a table that a person sees. Throws where those are too many.
 * @type {(box: Box) => Box[]} */
export const rowsOf = (box) => {
  const rows = allRowsOf(box).filter((row) => getComputedStyle(row).display !== "none");
  limit(rows.length, MOST_ROWS, "rows in one table");
  return rows;
};

/** @type {(where: Region) => Box | null} */
export const region = ({ element, css, dialog, grid, row }) => {
  if (element) return element;
  let root = dialog ? dialogCalled(dialog) : first(body(), css || "body");
  if (root && grid) root = tableCalled(root, grid);
  if (root && grid && row !== undefined && row !== null) root = rowsOf(root)[row];
  return root || null;
};

const ROWED = "table, [role=grid], [role=table], [role=list], ul, ol";
const TABLES = "table, [role=grid], [role=table]";
/** The table or list that a region is or holds.
 * @type {(root: Box) => Box | null} */
export const tableIn = (root) => ask(root, "matches", ROWED) ? root : first(root, TABLES);
/** @type {(box: Box) => string[]} */
const headingsOf = (box) => {
  const table = /** @type {HTMLTableElement} */ (box);
  const heads = ask(box, "matches", "table")
    ? [...(table.tHead?.rows[0] || table.rows[0])?.cells || []]
    : [...ask(box, "querySelectorAll", "[role=columnheader]")];
  return heads.map((cell) => nameIn(propertyOf(cell, "textContent")));
};
/** @type {(row: Box) => Box[]} */
const cellsOf = (
  row,
) => /** @type {Box[]} */ ([
  ...propertyOf(row, "cells") || ask(row, "querySelectorAll", "[role=cell], [role=gridcell], [role=rowheader]"),
]);
/** The rows of a region's table as {column: text}; null where there is no such region.
 * @type {(where: Region) => Cells[] | null} */
export const table = (where) => {
  const root = region(where), box = root && tableIn(root);
  if (!root) return null;
  if (!box) return [];
  const heads = headingsOf(box);
  return rowsOf(box).map((row) =>
    Object.fromEntries(
      cellsOf(row).map((cell, column) => [heads[column] || `column ${column + 1}`, rendered(cell)]),
    )
  );
};
/** Rows of anything that lists: their text, their cells by heading, and the texts of cells and links.
 * @type {(css: string) => Row[]} */
export const listed = (css) =>
  all(body(), css).filter(shown).filter((row) => !propertyOf(row, "cells") || isRow(row)).map((row) => {
    const box = /** @type {Box | null} */ (ask(row, "closest", TABLES));
    const heads = box ? headingsOf(box) : [];
    const cells = cellsOf(row).map((cell) => tidy(propertyOf(cell, "innerText")));
    const links = /** @type {Box[]} */ ([...ask(row, "querySelectorAll", "a")]).map((link) =>
      tidy(propertyOf(link, "innerText"))
    );
    return {
      text: tidy(propertyOf(row, "innerText")),
      parts: [...cells, ...links],
      cells: Object.fromEntries(cells.map((text, column) => [heads[column] || "", text])),
    };
  });
