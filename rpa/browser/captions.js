// What a person would read beside each control of a page: its caption, and the titles of the boxes it stands in.
// Runs before page.js, which asks for it by its symbol.
(() => {
  const KEY = Symbol.for("rpa captions");
  if (window[KEY]) return;

  const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
  const plain = (text) =>
    tidy(text).replace(/\s*[*:]+$/, "").replace(/\s*\((required|optional)\)$/i, "").replace(/\s*[*:]+$/, "");
  const same = (one, other) => plain(one).toLowerCase() === plain(other).toLowerCase();
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const CONTROLS = "input, select, textarea, iframe, output, [contenteditable=''], [contenteditable='true']";

  // The text of an element without the controls, scripts and hints inside it.
  const ownText = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("input, select, textarea, button, script, style, output, iframe, [role=listbox]")
      .forEach((inner) => inner.remove());
    return plain(copy.textContent);
  };
  const byIds = (element, ids) =>
    plain(ids.split(/\s+/).map((id) => element.ownerDocument.getElementById(id)?.textContent || "").join(" "));

  const headerCell = (element) => {
    const cell = element.closest("td");
    const table = cell?.closest("table");
    const head = table?.tHead?.rows[0] || (table?.rows[0]?.querySelector("td") ? null : table?.rows[0]);
    return head && head !== cell.parentElement ? plain(head.cells[cell.cellIndex]?.textContent) : "";
  };

  // What a box holds, in the order a person reads it: controls, and the texts between them.
  const sequence = (box) => {
    const out = [];
    const walk = (node) => {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) {
          const text = tidy(child.textContent);
          if (!text) continue;
          if (typeof out.at(-1) === "string") out.push(`${out.pop()} ${text}`);
          else out.push(text);
        } else if (child.nodeType === Node.ELEMENT_NODE) {
          if (child.matches(CONTROLS)) out.push(child);
          else if (!child.matches("script, style, template, button, [role=listbox]")) walk(child);
        }
      }
    };
    walk(box);
    return out;
  };
  const isTick = (element) => element.type === "radio" || element.type === "checkbox";
  const ENDS = "form, fieldset, main, body, table, dialog, tbody";
  // Whether captions in a box come after their controls: those of ticks mostly do, and floating labels.
  const trails = (parts, element) =>
    typeof parts.at(-1) === "string" && (isTick(element) || typeof parts[0] !== "string");
  // The text that a control is followed by, in the nearest box with any text; "" where captions come first.
  const following = (element) => {
    for (let box = element.parentElement, depth = 0; box && depth < 3; box = box.parentElement, depth++) {
      if (depth && box.matches(ENDS)) break;
      const parts = sequence(box);
      if (!parts.some((part) => typeof part === "string")) continue;
      const text = trails(parts, element) ? parts[parts.indexOf(element) + 1] : "";
      return typeof text === "string" ? plain(text) : "";
    }
    return "";
  };

  // Texts a person may read as the caption of a control that nothing ties it to: to the left, then above.
  const nearby = (element) => {
    const texts = [], headings = [];  // a heading is the likeliest caption of none of what stands below it
    for (let node = element, depth = 0; node && depth < 4; node = node.parentElement, depth++) {
      if (node.matches(ENDS)) break;
      const box = node.parentElement;
      const after = (!depth || !box.matches(ENDS)) && trails(sequence(box), element);  // then a text before is not ours
      for (let before = node.previousSibling; before; before = before.previousSibling) {
        if (before.nodeType === Node.ELEMENT_NODE) {
          if (before.matches(CONTROLS) || before.querySelector(CONTROLS)) return [texts, headings];
          if (before.matches("script, style, br, hr, button")) continue;
        }
        const text = before.nodeType === Node.ELEMENT_NODE ? ownText(before) : plain(before.textContent);
        if (text && !after) { (/^H[1-6]$/.test(before.nodeName) ? headings : texts).push(text); break; }
      }
    }
    return [texts, headings];
  };
  const beside = (element) => {
    const after = following(element);
    if (after && isTick(element)) return [after];
    const [texts, headings] = nearby(element);
    return [...texts, after, ...headings].filter(Boolean);
  };
  // What stands before the first of several radios that nothing ties together.
  const leading = (element) => {
    const [first] = sequence(element.parentElement);
    return [typeof first === "string" && following(element) ? plain(first) : "", ...nearby(element.parentElement).flat()].filter(Boolean);
  };

  // What ties a caption to its control settles it; else every text that may be meant, likeliest first.
  const captionsOf = (element) => {
    const tied =
      (element.getAttribute("aria-labelledby") && byIds(element, element.getAttribute("aria-labelledby"))) ||
      plain(element.getAttribute("aria-label")) ||
      plain([...(element.labels || [])].map(ownText).filter(Boolean).join(" ")) ||
      headerCell(element);
    return tied ? [tied] : [...beside(element), plain(element.title || element.placeholder)].filter(Boolean);
  };

  const titleOf = (box) => {
    if (box.matches("fieldset")) return plain(box.querySelector(":scope > legend")?.textContent);
    const ids = box.getAttribute("aria-labelledby");
    return plain(box.getAttribute("aria-label")) || (ids ? byIds(box, ids) : "");
  };
  const groupsOf = (element) => {
    const titles = [];
    for (let box = element.parentElement; box; box = box.parentElement)
      if (box.matches("fieldset, [role=group], [role=radiogroup], section, dialog, [role=dialog]"))
        titles.push(titleOf(box));
    return titles.filter(Boolean);
  };

  window[KEY] = { tidy, plain, same, shown, ownText, CONTROLS, captionsOf, leading, titleOf, groupsOf };
})();
