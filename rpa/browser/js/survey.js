// One trip surveys every control of a region: what it is, which caption a person would read beside it, what it offers
// and what it holds.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.survey) return;
  const { plain, same, all, body, first, shown, tidy, closest, parentOf, captionsOf, tied, leading, titleOf, groupsOf, labelsOf, kindOf, holdsOf, dressing,
    optionText, optionNamed, optionsOf, radiosWith, markText, isPicked, isShown, isWritable, numberOf, elementOf, CONTROLS, TOOLS } = rpa;

  const MOST_CONTROLS = 1500, MOST_MILLISECONDS = 3000;

  // A region is named by CSS, and inside it by the caption of a dialog or of a table's row.
  const dialogNamed = (name) => all(rpa.body(), "dialog[open], [role=dialog], [role=alertdialog]").filter(shown)
    .find((box) => same(titleOf(box), name) || same(first(box, "h1, h2, h3, legend")?.textContent, name));
  // Rows stand in a table, or in what is a list to a person; an empty table's one wide cell is no row.
  const titled = (box, name) => same(box.caption?.textContent, name) || same(titleOf(box), name) ||
    same(box.closest("section, fieldset, div")?.querySelector("h2, h3, legend")?.textContent, name);
  const tableNamed = (root, name) =>
    ["table, [role=grid], [role=table]", "ul, ol, [role=list]"].map((kind) =>
      all(root, kind).find((box) => titled(box, name))).find(Boolean);
  const rowsOf = (box) => allRowsOf(box).filter((row) => getComputedStyle(row).display !== "none");
  const allRowsOf = (box) => box.matches("table")
    ? [...box.querySelectorAll("tbody tr")].filter((row) => row.querySelector("td"))
      .filter((row) => row.cells.length > 1 || row.cells[0].colSpan === 1)
    : [...box.querySelectorAll(":scope > li, [role=listitem], [role=row]")].filter((row) => !row.querySelector("[role=columnheader]"));
  const region = ({ element: given, css, dialog, grid, row }) => {
    if (given) return given;
    let root = dialog ? dialogNamed(dialog) : first(rpa.body(), css || "body");
    if (root && grid) root = tableNamed(root, grid);
    if (root && grid && row !== undefined && row !== null) root = rowsOf(root)[row];
    return root || null;
  };

  const chosenBy = (element, selectors) => selectors.filter((css) => {
    try { return element.matches(css); } catch { return false; }  // no selector: it chooses nothing
  });
  const entryOf = (element, kind, selectors) => {
    const settled = tied(element);
    return {
      index: numberOf(element), kind, captions: captionsOf(element), tied: Boolean(settled),
      within: groupsOf(element), holds: holdsOf(element, kind),
      options: kind === "listbox" ? optionsOf(element).map((each) => rpa.wordsIn(each)) : [],
      shown: isShown(element, kind), dressed: false, dress: -1, writable: isWritable(element),
      chosen_by: chosenBy(element, selectors), marks: [],
    };
  };
  const HIDDEN = new Set(["select", "select_many", "file", "checkbox"]);  // kinds that scripts hide behind their own

  const survey = (where) => {
    const root = region(where);
    if (!root) return null;
    const until = performance.now() + MOST_MILLISECONDS, selectors = where.selectors || [];
    const radios = new Map(), dresses = new Set(), out = [];
    for (const element of all(root, CONTROLS)) {
      if (out.length > MOST_CONTROLS || performance.now() > until) break;
      const kind = kindOf(element);
      if (!kind || isPicked(element) || element.parentElement?.isContentEditable || closest(element, TOOLS)) continue;
      const entry = entryOf(element, kind, selectors);
      // A native control that a script hides behind one of its own is still what the form sends.
      if (HIDDEN.has(kind) && !entry.shown && entry.writable) {
        const dress = dressing(element);
        entry.dressed = Boolean(dress) || shown(element.parentElement || element);
        if (dress?.widget) {
          const typed = [dress.widget, ...all(dress.widget, "input, textarea")].find((each) => each.matches("input, textarea"));
          entry.dress = numberOf(typed || dress.widget);
          [dress.widget, ...all(dress.widget, CONTROLS)].forEach((each) => dresses.add(numberOf(each)));
        }
        if (dress?.widget && !entry.captions.length) entry.captions = captionsOf(dress.widget);
      }
      if (kind === "radio") {
        const key = radiosWith(element)[0] || element;
        const titles = closest(element, "[role=radiogroup]") && titleOf(closest(element, "[role=radiogroup]"));
        const group = radios.get(key) || { ...entry, index: numberOf(key), within: entry.within.slice(1),
          captions: titles ? [titles] : entry.within.length ? [entry.within[0]] : leading(element), shown: false };
        if (!radios.has(key)) { radios.set(key, group); out.push(group); }
        group.options.push(markText(element));
        group.marks.push(numberOf(element));
        group.shown ||= entry.shown || shown(labelsOf(element)[0] || element);
      } else out.push(entry);
    }
    return out.filter((entry) => !dresses.has(entry.index));
  };

  // What a control holds now, by its number; null when it has gone.
  const reading = (index) => {
    const element = elementOf(index);
    return element ? holdsOf(element) : null;
  };
  const selectorOf = (element) => {
    const named = [element.id && `#${CSS.escape(element.id)}`, element.name && `[name="${CSS.escape(element.name)}"]`];
    return named.find((css) => css && all(rpa.body(), css).length === 1) || "";
  };
  // What only a person who writes a profile asks of a control.
  const details = (index) => {
    const element = elementOf(index);
    if (!element) return { limit: null, required: false, options: [], selector: "" };
    return { selector: selectorOf(element), limit: element.maxLength > 0 ? element.maxLength : null,
      required: Boolean(element.required) || element.getAttribute("aria-required") === "true",
      options: [...element.options || []].filter((each) => each.value !== "").map((each) => tidy(optionText(each))) };
  };
  // The survey, once every wanted control is there to be keyed: {label, within, option, css}.
  const isCalled = (each, label, css) => css ? each.chosen_by.includes(css)
    : each.captions.some((text) => same(text, label)) || each.within.some((box) => same(box, label));
  const ready = (where, wanted) => {
    const seen = survey(where);
    return seen && wanted.every(({ label, within, option, css }) => seen.some((each) =>
      (each.shown || each.dressed) && each.writable && isCalled(each, label, css) &&
      (!within || [...each.within, ...each.captions].some((box) => same(box, within))) &&
      (!option || each.kind !== "select" || optionNamed(elementOf(each.index), option)))) && seen;
  };

  // Rows of a table as {column: text}.
  const ROWED = "table, [role=grid], [role=table], [role=list], ul, ol";
  const rowed = (root) => root.matches(ROWED) ? root : first(root, "table, [role=grid], [role=table]");
  const headsOf = (box) => box.matches("table")
    ? [...(box.tHead?.rows[0] || box.rows[0])?.cells || []] : [...box.querySelectorAll("[role=columnheader]")];
  const cellsOf = (row) => [...row.cells || row.querySelectorAll("[role=cell], [role=gridcell], [role=rowheader]")];
  // Rows of anything that lists: their text, their cells by heading, and the texts of cells and links. A row of
  // headings, and the one wide cell of an empty table, is none.
  const listed = (css) => all(body(), css).filter(shown)
    .filter((row) => !row.cells || (row.querySelector("td") && (row.cells.length > 1 || row.cells[0].colSpan === 1)))
    .map((row) => {
      const box = row.closest("table, [role=grid], [role=table]");
      const heads = box ? headsOf(box).map((cell) => plain(cell.textContent)) : [];
      const cells = cellsOf(row).map((cell) => tidy(cell.innerText));
      return { text: tidy(row.innerText), cells: Object.fromEntries(cells.map((text, column) => [heads[column] || "", text])),
        parts: [...cells, ...[...row.querySelectorAll("a")].map((link) => tidy(link.innerText))] };
    });
  const table = (where) => {
    const root = region(where);
    if (!root) return null;
    const box = rowed(root);
    if (!box) return [];
    const heads = headsOf(box).map((cell) => plain(cell.textContent));
    return rowsOf(box).map((row) => Object.fromEntries(
      cellsOf(row).map((cell, column) => [heads[column] || `column ${column + 1}`, rpa.rendered(cell)])));
  };

  Object.assign(rpa, { dialogNamed, rowsOf, rowed, region, survey, reading, details, ready, table, listed });
})();
