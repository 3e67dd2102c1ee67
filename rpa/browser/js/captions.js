// What a person would read beside each control of a page: its caption, and the titles of the boxes it stands in.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.captionsOf) return;
  const { tidy, plain, closest, childrenOf, parentOf, all, first, shown, isLarge, textOf, CONTROLS, SILENT } = rpa;

  const TOOLS = "[role=toolbar], [role=menubar]";  // what an editor is worked with
  const LONGEST = 150;  // characters: what is longer is no caption
  const byIds = (element, ids) => {
    const root = element.getRootNode();
    return plain(ids.split(/\s+/).map((id) => root.getElementById?.(id)).filter((each) => each)
      .map((each) => textOf(each) || tidy(each.textContent)).join(" "));
  };
  const namedBy = (element) => {
    const ids = element.getAttribute("aria-labelledby");
    const others = ids ? [] : [...element.ariaLabelledByElements || []];  // those that a script tied by itself
    return (ids && byIds(element, ids)) || plain(others.map(textOf).join(" ")) || plain(element.getAttribute("aria-label"));
  };

  const titleOf = (box) => {
    if (box.matches("fieldset")) {
      const legend = [...box.children].find((each) => each.localName === "legend");
      const title = legend && (textOf(legend) || plain(legend.textContent));
      if (title) return title;
    }
    const label = box.id && box.getRootNode().querySelector?.(`label[for="${CSS.escape(box.id)}"]`);
    return namedBy(box) || (label ? textOf(label) : "");
  };
  const isEnd = (box) => box.matches("form, main, body, table, dialog, tbody") || (box.matches("fieldset") && titleOf(box));

  const headerCell = (element) => {
    const cell = closest(element, "td");
    const table = cell?.closest("table");
    const head = table?.tHead?.rows[0] || (table?.rows[0]?.querySelector("td") ? null : table?.rows[0]);
    return head && head !== cell.parentElement ? plain(head.cells[cell.cellIndex]?.textContent) : "";
  };

  // What a box holds, in the order a person reads it: controls, and the texts between them.
  const sequence = (box) => {
    const out = [];
    const read = (node) => {
      for (const child of childrenOf(node)) {
        if (child.nodeType === Node.TEXT_NODE) {
          const text = tidy(child.textContent);
          if (!text) continue;
          if (typeof out.at(-1) === "string") out.push(`${out.pop()} ${text}`);
          else out.push(text);
        } else if (child.nodeType === Node.ELEMENT_NODE) {
          if (child.matches(TOOLS)) continue;
          if (child.matches(CONTROLS)) out.push(child);
          else if (!child.matches(`button, ${SILENT}`)) read(child);
        }
        if (out.length > 200) return;
      }
    };
    read(box);
    return out;
  };
  const isTick = (element) => element.type === "radio" || element.type === "checkbox" ||
    element.matches("[role=radio], [role=checkbox], [role=switch]");
  // Whether captions in a box come after their controls: those of ticks mostly do, and floating labels.
  const trails = (parts, element) =>
    typeof parts.at(-1) === "string" && (isTick(element) || typeof parts[0] !== "string");
  // The text that a control is followed by, in the nearest box with any text; "" where captions come first.
  const following = (element) => {
    for (let box = parentOf(element), depth = 0; box && depth < 3; box = parentOf(box), depth++) {
      if (depth && isEnd(box)) break;
      const parts = sequence(box);
      if (!parts.some((part) => typeof part === "string")) continue;
      const text = trails(parts, element) ? parts[parts.indexOf(element) + 1] : "";
      return typeof text === "string" ? plain(text) : "";
    }
    return "";
  };

  // What a control holds already, or what somebody wrote before, is text beside it too, and no caption.
  const REMOVES = /^(\u00d7|x|\u2715|\u2716|remove|delete|clear)\b|^[\u00d7\u2715\u2716]/i;
  const isContent = (node) => node.matches("li, ul, ol, pre, blockquote, article, [role=list], [role=listitem], [role=log]") ||
    all(node, "button, [role=button], a").some((each) =>
      REMOVES.test(plain(each.getAttribute("aria-label") || each.title || each.textContent)));
  const isChips = (node) => node.children.length > 1 && ![...node.childNodes].some(
    (each) => each.nodeType !== Node.ELEMENT_NODE && tidy(each.textContent)) &&
    [...node.children].every((each) => each.matches("span, b, i, em, strong, a, div") && !each.children.length);

  // Texts a person may read as the caption of a control that nothing ties it to: to the left, then above.
  const nearby = (element) => {
    const texts = [], headings = [];  // a heading is the likeliest caption of none of what stands below it
    for (let node = element, depth = 0; node && depth < 5; node = parentOf(node), depth++) {
      if (isEnd(node)) break;
      const box = parentOf(node);
      if (!box) break;
      const after = (!depth || !isEnd(box)) && trails(sequence(box), element);  // then a text before is not ours
      const siblings = [...childrenOf(box)];
      for (const before of siblings.slice(0, Math.max(siblings.indexOf(node), 0)).reverse()) {
        if (before.nodeType === Node.ELEMENT_NODE) {
          if (before.matches(TOOLS) || getComputedStyle(before).display === "none") continue;
          if (before.matches(CONTROLS) || first(before, CONTROLS)) return [texts, headings];
          if (before.matches(`br, hr, button, ${SILENT}`) || isContent(before) || (!depth && isChips(before))) continue;
        } else if (before.nodeType !== Node.TEXT_NODE) continue;
        const text = before.nodeType === Node.ELEMENT_NODE ? textOf(before) : plain(before.textContent);
        if (!text || text.length > LONGEST) continue;
        if (!after) (/^H[1-6]$/.test(before.nodeName) ? headings : texts).push(text);
        if (!after) break;
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
  // What stands before the first of several ticks that nothing ties together.
  const leading = (element) => {
    const box = parentOf(element);
    const [start] = sequence(box);
    return [typeof start === "string" && following(element) ? plain(start) : "", ...nearby(box).flat()].filter(Boolean);
  };

  const labelsOf = (element) => {
    if (element.labels) return [...element.labels];
    const label = element.id && element.getRootNode().querySelector?.(`label[for="${CSS.escape(element.id)}"]`);
    return [label || element.closest("label")].filter(Boolean);
  };
  const tiedTo = (element) =>
    namedBy(element) || plain(labelsOf(element).map(textOf).filter(Boolean).join(" ")) || headerCell(element);
  // A control inside a component has the caption of the component, where that has one control only.
  const tiedToHost = (element) => {
    const host = element.getRootNode().host;
    if (!host || all(host, CONTROLS).length !== 1) return "";
    return tiedTo(host) || plain(host.getAttribute("label")) || tiedToHost(host);
  };
  // A script that puts a control of its own beside one it hides leaves the caption with the hidden one.
  const tiedToHidden = (element) => {
    for (let box = element, depth = 0; box && depth < 6 && !isEnd(box); box = parentOf(box), depth++) {
      const before = box.previousElementSibling;
      if (depth && all(box, "input:not([type=hidden]), select, textarea").some((each) => each !== element && shown(each) && !closest(each, TOOLS)))
        return "";
      if (before?.matches("input, select, textarea")) return shown(before) && isLarge(before) ? "" : tiedTo(before);
    }
    return "";
  };
  // What ties a caption to its control settles it.
  const tied = (element) => tiedTo(element) || tiedToHost(element) || tiedToHidden(element);
  // Two lists side by side have a caption together besides the one of each.
  const besideLists = (element) => {
    const box = element.localName === "select" && element.multiple ? rpa.listsBox(element) : null;
    return box ? [...labelsOf(element).map(textOf), ...nearby(box).flat(), ...nearby(parentOf(box)).flat()] : [];
  };
  // Else every text that may be meant, likeliest first.
  const captionsOf = (element) => {
    const settled = tied(element);
    if (settled) return [settled, ...besideLists(element)];
    const buttons = element.type === "file" && parentOf(element) ? all(parentOf(element), "button").map((each) => plain(each.textContent)) : [];
    return [...besideLists(element), ...beside(element), plain(element.title || element.placeholder || element.getAttribute("data-placeholder")), ...buttons]
      .filter(Boolean);
  };

  const GROUPS = "fieldset, section, dialog, [role], [id], [aria-label], [aria-labelledby]";
  // The titles of the boxes that a control stands in, innermost first.
  const groupsOf = (element) => {
    const titles = [];
    for (let box = parentOf(element); box; box = parentOf(box))
      if (box.matches(GROUPS) && !box.matches("label")) titles.push(titleOf(box));
    const own = titles.filter(Boolean);
    const together = isTick(element) ? tickGroup(element) : null;
    return together && !own.includes(together) ? [together, ...own] : own;
  };
  // Several ticks that no box with a title holds together are called by what stands before the first of them.
  const tickGroup = (element) => {
    for (let box = parentOf(element), depth = 0; box && depth < 5 && !isEnd(box); box = parentOf(box), depth++) {
      if (titleOf(box)) return null;
      const controls = all(box, CONTROLS);
      if (controls.some((each) => !isTick(each))) return null;
      if (controls.length > 1) return leading(controls[0])[0] || null;
    }
    return null;
  };

  Object.assign(rpa, { captionsOf, TOOLS, namedBy, tied, leading, titleOf, groupsOf, labelsOf });
})();
