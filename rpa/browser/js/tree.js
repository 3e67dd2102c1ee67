// The page as it is rendered, with what is in open shadow roots, in slots and in frames of the same origin.
/** @import { Box } from "./types.d.ts" */
import { limit } from "./limits.js";
import { nameIn, tidy } from "./names.js";

const MOST_ELEMENTS = 20000; // looked at in one go: a page without end must not hold a robot up
/** @type {(elements: Box[]) => Box[]} */
const limited = (elements) => {
  limit(elements.length, MOST_ELEMENTS, "elements");
  return elements;
};

// Bypass a form's own fields, which are properties of it: a field called `parentNode` would hide the parent.
/** @type {(kind: { prototype: object }, name: string) => (node: Node) => any} */
const property = (kind, name) => {
  const get = /** @type {() => any} */ (Object.getOwnPropertyDescriptor(kind.prototype, name)?.get);
  return (node) => get.call(node);
};
/** @type {(node: Node) => Node | null} */
const parentNodeOf = property(Node, "parentNode");
/** @type {(node: Node) => NodeListOf<ChildNode>} */
const childNodesOf = property(Node, "childNodes");
/** @type {(node: Node) => ShadowRoot | null} */
const shadowRootOf = property(Element, "shadowRoot");
/** @type {(node: Node) => Box | null} */
const elementSlotOf = property(Element, "assignedSlot");
/** @type {(node: Node) => Box | null} */
const textSlotOf = property(Text, "assignedSlot");
/** @type {(node: Node) => Box | null} */
const slotOf = (node) => isElement(node) ? elementSlotOf(node) : isText(node) ? textSlotOf(node) : null;

/** @type {(node: Node | null) => node is Box} */
export const isElement = (node) => node?.nodeType === Node.ELEMENT_NODE;
/** @type {(node: Node | null) => node is Text} */
export const isText = (node) => node?.nodeType === Node.TEXT_NODE;
/** @type {(node: Node) => node is HTMLIFrameElement} */
const isFrame = (node) => isElement(node) && (node.localName === "iframe" || node.localName === "frame");

/** The document in a frame; null where it is of another origin, which a page may not read.
 * @type {(frame: HTMLIFrameElement) => Document | null} */
const documentIn = (frame) => {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
};
/** The body of a frame that is a rich-text editor.
 * @type {(frame: Node) => HTMLElement | null} */
export const editable = (frame) => {
  const inner = isFrame(frame) ? documentIn(frame) : null;
  if (document.readyState !== "complete" || inner?.readyState !== "complete" || !inner.body) return null;
  return inner.body.isContentEditable || inner.designMode === "on" ? inner.body : null;
};
/** @type {(node: Node) => ArrayLike<Node>} */
export const childrenOf = (node) => {
  if (isFrame(node)) {
    const body = editable(node) ? null : documentIn(node)?.body;
    return body ? [body] : [];
  }
  const shadow = isElement(node) ? shadowRootOf(node) : null;
  if (shadow) return shadow.childNodes;
  const given = isElement(node) && node.localName === "slot"
    ? /** @type {HTMLSlotElement} */ (node).assignedNodes()
    : [];
  return given.length ? given : childNodesOf(node);
};
/** @type {(node: Node) => Box | null} */
export const parentOf = (node) => {
  const slot = slotOf(node);
  if (slot) return slot;
  const parent = parentNodeOf(node);
  if (!parent || isElement(parent)) return parent;
  const { host, defaultView } =
    /** @type {{ host?: Box, defaultView?: Window | null }} */ (/** @type {unknown} */ (parent));
  return host ?? frameAround(defaultView);
};
/** @type {(view: Window | null | undefined) => Box | null} */
const frameAround = (view) => {
  try {
    return /** @type {Box | null} */ (view?.frameElement ?? null);
  } catch {
    return null;
  }
};
/** The frame that an element stands in.
 * @type {(element: Element) => Box | null} */
export const frameOf = (element) => frameAround(element.ownerDocument.defaultView);

/** @type {(element: Box | null, css: string) => Box | null} */
export const closest = (element, css) => {
  for (let box = element; box; box = parentOf(box)) if (Element.prototype.matches.call(box, css)) return box;
  return null;
};
/** @type {(element: Box | null, box: Box) => boolean} */
export const isWithin = (element, box) => {
  for (let each = element; each; each = parentOf(each)) if (each === box) return true;
  return false;
};

/** An element and all below it, in the order in which they are rendered. Throws where those are too many.
 * @type {(root: Box) => Box[]} */
export const walk = (root) => {
  /** @type {Box[]} */
  const out = [];
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    out.push(node);
    limited(out);
    const children = childrenOf(node);
    for (let each = children.length - 1; each >= 0; each--) {
      const child = children[each];
      if (isElement(child)) waiting.push(child);
    }
  }
  return out;
};
// The browser's own search is many times faster, and enough where nothing is in a shadow root or a frame.
/** @type {(each: Element) => boolean} */
const isDeep = (each) => Boolean(shadowRootOf(each)) || isFrame(each) || each.localName === "slot";
const FRESH = 20; // milliseconds for which what was found of the whole page is believed
let lookedAt = -Infinity, isPageFlat = false;
/** @type {(root: Element) => boolean} */
export const isFlat = (root) => {
  if (performance.now() - lookedAt > FRESH) {
    isPageFlat = ![...document.querySelectorAll("*")].some(isDeep);
    lookedAt = performance.now();
  }
  return isPageFlat || (!isDeep(root) && ![...root.querySelectorAll("*")].some(isDeep));
};
/** @type {(root: Box, css: string) => Box[]} */
export const all = (root, css) =>
  isFlat(root)
    ? limited(/** @type {Box[]} */ ([...root.querySelectorAll(css)]))
    : walk(root).slice(1).filter((each) => each.matches(css));
/** @type {(root: Box, css: string) => Box | null} */
export const first = (root, css) => {
  if (root.matches(css)) return root;
  return root.querySelector(css) || all(root, css)[0] || null;
};
/** @type {() => Box} */
export const body = () => document.body || document.documentElement;

/** @type {(element: Element) => boolean} */
export const shown = (element) => {
  if (!element.checkVisibility({ visibilityProperty: true }) || !element.getClientRects().length) return false;
  const frame = element.ownerDocument === document ? null : frameOf(element);
  return frame ? shown(frame) : true;
};
/** Large enough for a mouse: some scripts hide a control by making it a dot.
 * @type {(element: Element) => boolean} */
export const isLarge = (element) => {
  const { width, height } = element.getBoundingClientRect();
  return width > 2 && height > 2;
};
/** The element that has the keyboard, in components and frames too.
 * @type {() => Box | null} */
export const deepest = () => {
  let active = document.activeElement;
  while (active) {
    const inner = shadowRootOf(active)?.activeElement ??
      (isFrame(active) ? documentIn(active)?.activeElement : null);
    if (!inner) break;
    active = inner;
  }
  return /** @type {Box | null} */ (active);
};

export const WIDGETS = "[role=combobox], [role=listbox], [role=switch], [role=checkbox], [role=radio], " +
  "[role=spinbutton], [role=textbox], [role=searchbox], [aria-haspopup=listbox]";
export const CONTROLS = "input:not([type=hidden]), select, textarea, iframe, output, [contenteditable=''], " +
  `[contenteditable=true], [contenteditable=plaintext-only], ${WIDGETS}`;
export const SILENT = "script, style, template, noscript, [role=option]";

/** The words of an element as rendered, without the controls, buttons and scripts inside it, and without
 * `besides`.
 * @type {(element: Box, besides?: string) => string} */
export const wordsIn = (element, besides = "button") => {
  /** @type {(string | null | undefined)[]} */
  const texts = [];
  /** @type {(node: Node) => void} */
  const read = (node) => {
    for (const child of Array.from(childrenOf(node))) {
      if (isText(child)) texts.push(child.textContent);
      if (!isElement(child) || child.matches(`${besides}, ${SILENT}, ${CONTROLS}`)) continue;
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
/** The name that an element's words give.
 * @type {(element: Box) => string} */
export const textOf = (element) => nameIn(wordsIn(element));
