// The page as it is rendered: what stands in open shadow roots, in slots and in frames of the same origin is part of
// it. The scripts of this folder run once per document, in this order: see launch.py.
(() => {
  const rpa = (window[Symbol.for("rpa")] ??= {});
  if (rpa.walk) return;

  const MOST = 20000;  // elements looked at in one go: a page without end must not hold a robot up

  const tidy = (text) => (text || "").replace(/[\u200b\ufeff]/g, "").replace(/\s+/g, " ").trim();
  // Without the marks at its end; no regular expression, which on a long run of marks takes minutes.
  const bare = (text) => {
    let end = text.length;
    while (end && "*: ".includes(text[end - 1])) end -= 1;
    return text.slice(0, end);
  };
  const plain = (text) => bare(bare(tidy(text)).replace(/\((required|optional)\)$/i, ""));
  const same = (one, other) => plain(one).toLowerCase() === plain(other).toLowerCase();

  // Read past a form's own fields, which are properties of it: one called `parentNode` would stand for the parent.
  const property = (kind, name) => {
    const { get } = Object.getOwnPropertyDescriptor(kind.prototype, name);
    return (node) => get.call(node);
  };
  const [parentNodeOf, childNodesOf, shadowRootOf] =
    [property(Node, "parentNode"), property(Node, "childNodes"), property(Element, "shadowRoot")];
  const slotOf = { [Node.ELEMENT_NODE]: property(Element, "assignedSlot"), [Node.TEXT_NODE]: property(Text, "assignedSlot") };
  const fits = (element, css) => Element.prototype.matches.call(element, css);

  const documentIn = (frame) => {
    try { return frame.contentDocument; } catch { return null; }  // another origin: not ours to look into
  };
  const isFrame = (node) => node.localName === "iframe" || node.localName === "frame";
  // The body of a frame that is a rich-text editor.
  const editable = (frame) => {
    const inner = isFrame(frame) ? documentIn(frame) : null;
    if (document.readyState !== "complete" || inner?.readyState !== "complete" || !inner.body) return null;
    return inner.body.isContentEditable || inner.designMode === "on" ? inner.body : null;
  };
  const childrenOf = (node) => {
    if (isFrame(node)) {
      const body = editable(node) ? null : documentIn(node)?.body;
      return body ? [body] : [];
    }
    const shadow = node.nodeType === Node.ELEMENT_NODE && shadowRootOf(node);
    if (shadow) return shadow.childNodes;
    const given = node.localName === "slot" ? node.assignedNodes() : [];
    return given.length ? given : childNodesOf(node);
  };
  const parentOf = (node) => {
    const slot = slotOf[node.nodeType]?.(node);
    if (slot) return slot;
    const parent = parentNodeOf(node);
    if (!parent || parent.nodeType === Node.ELEMENT_NODE) return parent;
    if (parent.host) return parent.host;
    try { return parent.defaultView?.frameElement ?? null; } catch { return null; }
  };
  const closest = (element, css) => {
    for (let box = element; box; box = parentOf(box)) if (fits(box, css)) return box;
    return null;
  };

  // An element and all below it, in the order in which they are rendered.
  const walk = (root) => {
    const out = [], waiting = [root];
    while (waiting.length && out.length < MOST) {
      const node = waiting.pop();
      out.push(node);
      const children = childrenOf(node);
      for (let each = children.length - 1; each >= 0; each--)
        if (children[each].nodeType === Node.ELEMENT_NODE) waiting.push(children[each]);
    }
    return out;
  };
  // The browser's own search is many times faster, and enough where nothing is in a shadow root or a frame.
  const isDeep = (each) => shadowRootOf(each) || isFrame(each) || each.localName === "slot";
  const FRESH = 20;  // milliseconds for which what was found of the whole page is believed
  let looked = -Infinity, isPageFlat = false;
  const isFlat = (root) => {
    if (performance.now() - looked > FRESH) {
      isPageFlat = ![...document.querySelectorAll("*")].some(isDeep);
      looked = performance.now();
    }
    return isPageFlat || (!isDeep(root) && ![...root.querySelectorAll("*")].some(isDeep));
  };
  const all = (root, css) => isFlat(root) ? [...root.querySelectorAll(css)].slice(0, MOST)
    : walk(root).slice(1).filter((each) => each.matches(css));
  const first = (root, css) => {
    if (root.matches(css)) return root;
    return root.querySelector(css) || all(root, css)[0] || null;
  };
  const body = () => document.body || document.documentElement;

  const shown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || !element.getClientRects().length) return false;
    const frame = element.ownerDocument === document ? null : frameOf(element);
    return frame ? shown(frame) : true;
  };
  // Large enough to be met by a mouse: what scripts hide without taking it away they make a dot.
  const isLarge = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 2 && height > 2;
  };
  const isWithin = (element, box) => {
    for (let each = element; each; each = parentOf(each)) if (each === box) return true;
    return false;
  };
  const frameOf = (element) => {
    try { return element.ownerDocument.defaultView?.frameElement ?? null; } catch { return null; }
  };

  const WIDGETS = "[role=combobox], [role=listbox], [role=switch], [role=checkbox], [role=radio], [role=spinbutton], " +
    "[role=textbox], [role=searchbox], [aria-haspopup=listbox]";
  const CONTROLS = "input:not([type=hidden]), select, textarea, iframe, output, [contenteditable=''], " +
    `[contenteditable=true], [contenteditable=plaintext-only], ${WIDGETS}`;
  const SILENT = "script, style, template, noscript, [role=option]";

  // The words of an element as rendered, without the controls, buttons and scripts inside it, and without `besides`.
  const wordsIn = (element, besides = "button") => {
    const texts = [];
    const read = (node) => {
      for (const child of childrenOf(node)) {
        if (child.nodeType === Node.TEXT_NODE) texts.push(child.textContent);
        if (child.nodeType !== Node.ELEMENT_NODE || child.matches(`${besides}, ${SILENT}, ${CONTROLS}`)) continue;
        const display = getComputedStyle(child).display;
        if (display === "none") continue;
        const between = child.localName === "br" || !/^(inline|contents)/.test(display) ? " " : "";
        texts.push(between, child.localName === "img" ? child.alt : "");
        read(child);
        texts.push(between);
      }
    };
    read(element);
    return tidy(texts.join(""));
  };
  const textOf = (element) => plain(wordsIn(element));

  // Numbers of elements: each has one for as long as its document lasts, whatever is surveyed again.
  const numbers = new WeakMap(), elements = [];
  const numberOf = (element) => {
    if (!numbers.has(element)) numbers.set(element, elements.push(element) - 1);
    return numbers.get(element);
  };
  const elementOf = (number) => {
    const element = elements[number];
    return element?.isConnected ? element : null;
  };

  Object.assign(rpa, { tidy, plain, same, documentIn, editable, childrenOf, parentOf, closest, walk, isFlat, all, first, body,
    shown, isLarge, isWithin, frameOf, wordsIn, textOf, numberOf, elementOf, CONTROLS, WIDGETS, SILENT });
})();
