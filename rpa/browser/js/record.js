// A record's page as a person sees it: captions with the value beside them, under section and group headings, and
// tables of rows.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.record) return;
  const { plain, textOf, captionsOf, all, first, body, childrenOf, kindOf, holdsOf, table, CONTROLS } = rpa;

  const KEEPS = /^(pre|break-spaces)/;
  // The text of an element as it is rendered: line breaks where a person sees one or the page was given one, blanks
  // run together.
  const rendered = (element) => {
    let text = "";
    const line = () => { if (text && !text.endsWith("\n")) text += "\n"; };
    const read = (node, keeps) => {
      for (const child of childrenOf(node)) {
        if (child.nodeType === Node.TEXT_NODE) {
          const words = keeps ? child.textContent.replace(/\r\n?/g, "\n") : child.textContent.replace(/[^\S\n]+/g, " ");
          if (keeps || words.trim()) text += keeps || !/(^|\s)$/.test(text) ? words : words.trimStart();
          else if (text && !/\s$/.test(text)) text += " ";
        } else if (child.nodeType === Node.ELEMENT_NODE && !child.matches("script, style, template, button")) {
          const style = getComputedStyle(child);
          if (style.display === "none" || style.visibility === "hidden") continue;
          const apart = !/^(inline|contents)/.test(style.display);
          if (child.localName === "br") text += "\n";
          else if (child.matches(CONTROLS) && kindOf(child)) text += holdsOf(child);
          else {
            if (apart) line();
            read(child, KEEPS.test(style.whiteSpace));
            if (apart) line();
          }
        }
      }
    };
    read(element, KEEPS.test(getComputedStyle(element).whiteSpace));
    return text.replace(/\u00a0/g, " ").trim();
  };

  // What one element shows: the items of several, what the one control in it holds, or its text.
  const valueOf = (element, item) => {
    const controls = [element, ...all(element, CONTROLS)].filter((each) => each.matches(CONTROLS) && kindOf(each));
    if (controls.length > 1 && controls.every((each) => kindOf(each) === "checkbox"))
      return controls.filter((each) => holdsOf(each)).map((each) => captionsOf(each)[0] || "");
    const lists = controls.find((each) => rpa.pickedBeside(each));
    if (lists) return holdsOf(lists);
    const items = all(element, item);
    if (items.length && !controls.length) return items.map(rendered);
    return controls.length === 1 || (controls.length && kindOf(controls[0]) === "radio") ? holdsOf(controls[0]) : rendered(element);
  };
  const record = ({ css, section, group, caption, item, places }) => {
    const root = first(body(), css), values = [], grids = [];
    let inSection = "", inGroup = "";
    for (const node of root ? all(root, "*") : []) {
      if (section && node.matches(section)) { inSection = plain(node.textContent); inGroup = ""; }
      else if (group && node.matches(group)) inGroup = plain(node.textContent);
      else if (node.matches("table") && node.querySelector("thead th"))
        grids.push({ section: inSection, name: plain(node.caption?.textContent) || inGroup || inSection,
          rows: table({ element: node }) });
      else if (node.matches(caption) && !node.closest("thead")) {
        const value = node.control || node.nextElementSibling;
        values.push({ section: inSection, group: inGroup, caption: textOf(node) || plain(node.textContent), value: value ? valueOf(value, item) : "" });
      }
    }
    const placed = Object.fromEntries((places || []).map((place) => [place, all(body(), place).filter(rpa.shown).map((each) => valueOf(each, item))]));
    return { values, grids, placed };
  };

  Object.assign(rpa, { rendered, record });
})();
