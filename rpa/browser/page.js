// Runs inside the page, once per document. One trip surveys every control of a region: what it is, which caption
// a person would read beside it, what it offers and what it holds. Another keys many controls at once.
(() => {
  const KEY = Symbol.for("rpa");
  if (window[KEY]) return;

  const { tidy, plain, same, shown, ownText, CONTROLS, captionsOf, leading, titleOf, groupsOf } =
    window[Symbol.for("rpa captions")];

  const editable = (frame) => {
    try {
      const body = frame.contentDocument?.body;
      if (frame.contentDocument?.readyState !== "complete") return null;
      return body && (body.isContentEditable || frame.contentDocument.designMode === "on") ? body : null;
    } catch { return null; }  // another origin: not ours to look into
  };

  const kindOf = (element) => {
    const tag = element.localName;
    if (tag === "iframe") return editable(element) ? "rich_text" : "";
    if (tag === "select" || tag === "output") return tag;
    if (tag === "textarea") return "lines";
    if (tag !== "input") return "rich_text";
    if (element.type === "radio" || element.type === "checkbox" || element.type === "file") return element.type;
    if (["hidden", "submit", "button", "image", "reset"].includes(element.type)) return "";
    return element.getAttribute("role") === "combobox" ? "combobox" : "text";
  };

  // The option of a text; of two that mean different things, none.
  const optionNamed = (select, text) => {
    const exact = [...select.options].filter((each) => each.text === text);
    const named = exact.length ? exact : [...select.options].filter((each) => tidy(each.text) === text);
    return new Set(named.map((each) => each.value)).size === 1 ? named[0] : undefined;
  };
  const holds = (element, kind) => {
    if (kind === "select") return tidy(element.selectedOptions[0]?.value === "" ? "" : element.selectedOptions[0]?.text);
    if (kind === "checkbox" || kind === "radio") return element.checked;
    if (kind === "rich_text") return (editable(element) || element).innerText.replace(/\n$/, "");
    if (kind === "output") return tidy(element.textContent);
    if (kind === "file") return [...element.files].map((file) => file.name).join("\n");
    return element.value;
  };

  // A region is named by CSS, and inside it by the caption of a dialog or of a table's row.
  const dialogNamed = (name) => [...document.querySelectorAll("dialog[open], [role=dialog], [role=alertdialog]")]
    .filter(shown)
    .find((box) => same(titleOf(box), name) || same(box.querySelector("h1, h2, h3, legend")?.textContent, name));
  // Rows stand in a table, or in what is a list to a person; an empty table's one wide cell is no row.
  const titled = (box, name) => same(box.caption?.textContent, name) || same(titleOf(box), name) ||
    same(box.closest("section, fieldset, div")?.querySelector("h2, h3, legend")?.textContent, name);
  const tableNamed = (root, name) =>
    ["table, [role=grid], [role=table]", "ul, ol, [role=list]"].map((kind) =>
      [...root.querySelectorAll(kind)].find((box) => titled(box, name))).find(Boolean);
  const rowsOf = (box) => box.matches("table")
    ? [...box.querySelectorAll("tbody tr")].filter((row) => row.querySelector("td"))
      .filter((row) => row.cells.length > 1 || row.cells[0].colSpan === 1)
    : [...box.querySelectorAll(":scope > li, [role=listitem], [role=row]")].filter((row) => !row.querySelector("[role=columnheader]"));
  const region = ({ element: given, css, dialog, grid, row }) => {
    if (given) return given;
    let root = dialog ? dialogNamed(dialog) : document.querySelector(css || "body");
    if (root && grid) root = tableNamed(root, grid);
    if (root && grid && row !== undefined && row !== null) root = rowsOf(root)[row];
    return root || null;
  };

  let found = [];  // elements of the last survey, by number

  const survey = (where) => {
    const root = region(where);
    found = [];
    if (!root) return null;
    const radios = new Map();
    const out = [];
    for (const element of root.querySelectorAll(CONTROLS)) {
      const kind = kindOf(element);
      if (!kind) continue;
      const index = found.push(element) - 1;
      const entry = {
        index, kind, captions: captionsOf(element), within: groupsOf(element), holds: holds(element, kind),
        options: [], shown: shown(element), dressed: false,
        writable: !element.disabled && !element.readOnly,
      };
      // A native list that a script hides behind one of its own is still what the form sends.
      if (kind === "select" && !entry.shown) entry.dressed = shown(element.parentElement);
      if (kind === "radio") {
        const key = element.name ? `${[...document.forms].indexOf(element.form)}|${element.name}` : index;
        const group = radios.get(key) || { ...entry, within: entry.within.slice(1),
          captions: entry.within.length ? [entry.within[0]] : leading(element), options: [], marks: [], holds: "", shown: false };
        if (!radios.has(key)) { radios.set(key, group); out.push(group); }
        group.options.push(entry.captions[0] || "");
        group.marks.push(index);
        group.shown ||= entry.shown || shown(element.labels?.[0] || element);
        if (element.checked) group.holds = entry.captions[0] || "";
      } else out.push(entry);
    }
    return out;
  };

  const setters = new Map([HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement].map(
    (type) => [type, Object.getOwnPropertyDescriptor(type.prototype, "value").set]));
  const write = (element, value) => {
    element.focus({ preventScroll: true });
    setters.get(element.constructor).call(element, value);
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
    element.blur();
  };
  // An editor's script sees its text by the same events as when a person types it.
  const rewrite = (body, value) => {
    body.focus();
    body.innerText = value;
    body.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
    body.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    body.blur();
  };
  // Jobs: {index, kind, value}. Answers the numbers of those that could not even be tried.
  const key = (jobs) => jobs.filter(({ index, kind, value }) => {
    const element = found[index];
    if (!element?.isConnected || element.disabled || element.readOnly) return true;
    if (kind === "select") {
      const option = optionNamed(element, value);
      if (!option) return true;
      write(element, option.value);
    } else if (kind === "check") {
      if (element.checked !== value) element.click();
    } else if (kind === "editor") rewrite(editable(element) || element, value);
    else write(element, value);
    return false;
  }).map((job) => job.index);

  // The name a button has for a person: marks that are hidden from readers aside.
  const nameOf = (button) => {
    const said = button.getAttribute("aria-label") || (button.matches("input") ? button.value : button.innerText);
    const marks = [...button.querySelectorAll("[aria-hidden=true]")].map((mark) => mark.innerText);
    return plain(marks.reduce((rest, mark) => rest.replace(mark, " "), said));
  };
  // Buttons and links by their name; where none is called exactly so, those that begin with it, unless only the
  // exact one will do.
  const buttons = (root, name, exactly) => {
    const all = [...root.querySelectorAll(
      "button, input[type=submit], input[type=button], a[href], summary, [role=button], [role=link]")]
      .filter(shown)
      .map((each) => [nameOf(each), each]);
    const exact = all.filter(([text]) => same(text, name));
    const chosen = exact.length || exactly ? exact : all.filter(([text]) => text.toLowerCase().startsWith(plain(name).toLowerCase() + " "));
    return chosen.map(([, each]) => each);
  };
  const button = (where, name, exactly) => {
    const root = region(where);
    const named = root ? buttons(root, name, exactly) : [];
    found = named.length === 1 ? [named[0]] : found;
    return named.length;
  };
  const press = (where, name) => {
    const number = button(where, name);
    if (number === 1) found[0].click();
    return number;
  };

  // Which of several sights holds; "" when none does yet.
  const holdsSight = ({ path, heading, text, css }) =>
    (!path || new RegExp(path).test(location.pathname)) &&
    (!heading || [...document.querySelectorAll("h1, h2, h3, [role=heading]")].some(
      (each) => same(each.textContent, heading) && shown(each))) &&
    (!text || document.body.innerText.includes(text)) &&
    (!css || [...document.querySelectorAll(css)].some((each) => shown(each) && tidy(each.textContent)));
  const sight = (sights) => {
    // Until its scripts have run a page is not what it will be.
    if (!(performance.getEntriesByType("navigation")[0]?.domContentLoadedEventEnd > 0)) return "";
    return Object.keys(sights).find((name) => holdsSight(sights[name])) || "";
  };

  // Resolves to what `look` answers as soon as that is something, or to null when the time is up. A page that goes
  // away meanwhile ends the wait, and the caller waits again in the next one.
  const once = (look, milliseconds) => new Promise((resolve) => {
    const answer = look();
    if (answer) { resolve(answer); return; }
    const until = performance.now() + milliseconds;
    const again = () => {
      const answer = look() || (performance.now() > until ? null : undefined);
      if (answer === undefined) return;
      observer.disconnect();
      clearInterval(timer);
      resolve(answer);
    };
    const observer = new MutationObserver(again);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    document.addEventListener("DOMContentLoaded", again);
    const timer = setInterval(again, 50);  // for what no event tells, such as a style sheet that has loaded
  });
  const waitFor = (milliseconds, name, count, ...given) => once(() => {
    const it = window[KEY][name](...given);
    return count < 0 ? it : it && it.length > count && it;
  }, milliseconds);

  const texts = (css) => [...document.querySelectorAll(css)].filter(shown).map((each) => tidy(each.innerText));
  const element = (index) => found[index];

  // Rows of a table as {column: text}.
  const ROWED = "table, [role=grid], [role=table], [role=list], ul, ol";
  const rowed = (root) => root.matches(ROWED) ? root : root.querySelector("table, [role=grid], [role=table]");
  const headsOf = (box) => box.matches("table")
    ? [...(box.tHead?.rows[0] || box.rows[0])?.cells || []] : [...box.querySelectorAll("[role=columnheader]")];
  const cellsOf = (row) => [...row.cells || row.querySelectorAll("[role=cell], [role=gridcell], [role=rowheader]")];
  const table = (where) => {
    const root = region(where);
    if (!root) return null;
    const box = rowed(root);
    if (!box) return [];
    const heads = headsOf(box).map((cell) => plain(cell.textContent));
    return rowsOf(box).map((row) => Object.fromEntries(
      cellsOf(row).map((cell, column) => [heads[column] || `column ${column + 1}`, cell.textContent.trim()])));
  };
  // Rows of anything that lists: their text, their cells by heading, and the texts of cells and links.
  const listed = (css) => [...document.querySelectorAll(css)].filter(shown)
    .filter((row) => !row.cells || (row.querySelector("td") && (row.cells.length > 1 || row.cells[0].colSpan === 1)))
    .map((row) => {
      const box = row.closest("table, [role=grid], [role=table]");
      const heads = box ? headsOf(box).map((cell) => plain(cell.textContent)) : [];
      const cells = cellsOf(row).map((cell) => tidy(cell.innerText));
      return { text: tidy(row.innerText), cells: Object.fromEntries(cells.map((text, column) => [heads[column] || "", text])),
        parts: [...cells, ...[...row.querySelectorAll("a")].map((link) => tidy(link.innerText))] };
    });
  const rowButton = (where, row, name) => {
    const root = region(where);
    const box = root && rowed(root);
    const named = box ? buttons(rowsOf(box)[row], name) : [];
    if (named.length === 1) named[0].click();
    return named.length;
  };

  // The survey, once every wanted control is there to be keyed: {label, within, option}.
  const ready = (where, wanted) => {
    const seen = survey(where);
    return seen && wanted.every(({ label, within, option }) => seen.some((each) =>
      (each.shown || each.dressed) && each.writable && (each.captions.some((text) => same(text, label)) || each.within.some((box) => same(box, label))) &&
      (!within || each.within.some((box) => same(box, within))) &&
      (!option || optionNamed(found[each.index], option)))) && seen;
  };
  // What a look-up's dialog shows: "rows", "none", "more" than it shows, or nothing yet.
  const results = (where, none, more) => {
    const root = region(where);
    if (!root) return "";
    if (none && root.innerText.includes(none)) return "none";
    if (more && root.innerText.includes(more)) return "more";
    return table(where)?.length ? "rows" : "";
  };
  // A look-up is done when its dialog has gone and its outcome is shown.
  const chosen = (where, name, dialog) => !dialogNamed(dialog) && (survey(where) || []).find((each) =>
    each.kind === "output" && each.captions.some((text) => same(text, name)))?.holds;
  // What only a person who writes a profile asks of a control of the last survey.
  const details = (index) => ({ limit: found[index].maxLength > 0 ? found[index].maxLength : null,
    required: found[index].required || found[index].getAttribute("aria-required") === "true",
    options: [...found[index].options || []].filter((each) => each.value !== "").map((each) => tidy(each.text)) });
  const keyAndSurvey = (jobs, where) => [key(jobs), survey(where)];
  const offered = (text) => {
    const all = [...document.querySelectorAll("[role=option]")].filter((each) => tidy(each.textContent) === text && shown(each));
    return all.length ? all : null;
  };
  // As a person does in a combobox: type, wait until the one option of that name is offered, click it.
  const pick = async (index, text, milliseconds) => {
    const element = found[index];
    element.focus({ preventScroll: true });
    setters.get(element.constructor).call(element, text);
    element.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
    const [option, ...others] = await once(() => offered(text), milliseconds) || [];
    for (const type of option && !others.length ? ["pointerdown", "mousedown", "pointerup", "mouseup", "click"] : [])
      option.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, composed: true }));
    element.blur();
  };
  // As a person does in a token input: type, press Enter, again.
  const enter = (index, texts) => {
    const element = found[index];
    for (const text of texts) {
      element.focus({ preventScroll: true });
      setters.get(element.constructor).call(element, text);
      element.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
      for (const type of ["keydown", "keypress", "keyup"])
        element.dispatchEvent(new KeyboardEvent(type, { key: "Enter", code: "Enter", keyCode: 13, which: 13,
          bubbles: true, cancelable: true }));
    }
    element.blur();
  };
  // The chips beside a token input.
  const tokens = (index) => {
    const box = found[index].closest("[role=group], .tokens, div, td, li") || found[index].parentElement;
    return [...box.querySelectorAll("*")].map(ownText).filter(Boolean);
  };
  // The last press of all is fenced by the page's own clock: too late is not at all.
  const arm = () => performance.now();
  const pressBefore = (where, name, armed, milliseconds) => {
    const number = button(where, name, true);
    if (number !== 1) return number;
    const target = found[0];
    target.scrollIntoView({ block: "center" });
    const { left, top, width, height } = target.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (target.disabled || !(target === hit || target.contains(hit))) return 0;
    if (performance.now() - armed > milliseconds) return -1;
    target.click();
    return 1;
  };

  // A record's page: captions with the value beside them, under section and group headings, and tables of rows.
  const record = ({ css, section, group, caption, item }) => {
    const values = [], grids = [];
    let inSection = "", inGroup = "";
    for (const node of document.querySelector(css)?.querySelectorAll("*") || []) {
      if (section && node.matches(section)) { inSection = plain(node.textContent); inGroup = ""; }
      else if (group && node.matches(group)) inGroup = plain(node.textContent);
      else if (node.matches("table") && node.querySelector("thead th"))
        grids.push({ section: inSection, name: plain(node.caption?.textContent) || inGroup || inSection,
          rows: table({ element: node }) });
      else if (node.matches(caption) && !node.closest("thead")) {
        const value = node.nextElementSibling;
        const items = value ? [...value.querySelectorAll(item)].map((each) => each.textContent.trim()) : [];
        values.push({ section: inSection, group: inGroup, caption: plain(node.textContent),
          value: items.length ? items : (value?.textContent || "").replace(/\r\n/g, "\n").trim() });
      }
    }
    return { values, grids };
  };

  window[KEY] = { details, keyAndSurvey, pick, enter, waitFor, record, ready, results, chosen, tokens, arm, pressBefore, survey, key, button, press, sight, texts, element, table, listed, rowButton };
})();
