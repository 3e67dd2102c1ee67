// The page as it is rendered, with what is in open shadow roots, in slots and in frames of the same origin.
/** @import { Box } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { limit } from "./limits.js";
import { nameIn, tidy } from "./names.js";

const MOST_ELEMENTS = 20000; // looked at in one go: a page without end must not hold a robot up
/** @type {(elements: Box[]) => Box[]} */
const limited = (elements) => {
  limit(elements.length, MOST_ELEMENTS, "elements");
  return elements;
};

/** @type {(element: Element) => ShadowRoot | null} */
export const shadowRootOf = (element) => propertyOf(element, "shadowRoot");
/** @type {(node: Node) => Box | null} */
const slotOf = (
  node,
) => /** @type {Box | null} */ (isElement(node) || isText(node) ? propertyOf(node, "assignedSlot") : null);

/** @type {(node: Node | null) => node is Box} */
export const isElement = (node) =>
  Boolean(node) && propertyOf(/** @type {Node} */ (node), "nodeType") === Node.ELEMENT_NODE;
/** @type {(node: Node | null) => node is Text} */
export const isText = (node) =>
  Boolean(node) && propertyOf(/** @type {Node} */ (node), "nodeType") === Node.TEXT_NODE;
/** @type {(node: Node) => node is HTMLIFrameElement} */
const isFrame = (node) => isElement(node) && ["iframe", "frame"].includes(propertyOf(node, "localName"));

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
  if (!inner || [document, inner].some((each) => propertyOf(each, "readyState") !== "complete")) return null;
  const text = propertyOf(inner, "body");
  const isEditor = text && (propertyOf(text, "isContentEditable") || propertyOf(inner, "designMode") === "on");
  return isEditor ? text : null;
};
/** @type {(node: Node) => ArrayLike<Node>} */
export const childrenOf = (node) => {
  if (isFrame(node)) {
    const inner = editable(node) ? null : documentIn(node), shown = inner && propertyOf(inner, "body");
    return shown ? [shown] : [];
  }
  const shadow = isElement(node) ? shadowRootOf(node) : null;
  if (shadow) return shadow.childNodes;
  const given = isElement(node) && propertyOf(node, "localName") === "slot"
    ? /** @type {HTMLSlotElement} */ (node).assignedNodes()
    : [];
  return given.length ? given : propertyOf(node, "childNodes");
};
/** @type {(node: Node) => Box | null} */
export const parentOf = (node) => {
  const slot = slotOf(node);
  if (slot) return slot;
  const parent = propertyOf(node, "parentNode");
  if (!parent || isElement(parent)) return parent;
  const host = propertyOf(/** @type {ShadowRoot} */ (parent), "host");
  if (host) return /** @type {Box} */ (host);
  return frameAround(propertyOf(/** @type {Document} */ (parent), "defaultView"));
};
/** @type {(view: Window | null | undefined) => Box | null} */
const frameAround = (view) => {
  try {
    return /** @type {Box | null} */ (view?.frameElement ?? null);
  } catch {
    return null;
  }
};
/** The window that an element is shown in.
 * @type {(element: Element) => Window | null} */
export const viewOf = (element) => propertyOf(propertyOf(element, "ownerDocument"), "defaultView");
/** The frame that an element is in.
 * @type {(element: Element) => Box | null} */
export const frameOf = (element) => frameAround(viewOf(element));

/** @type {(element: Box | null, css: string) => Box | null} */
export const closest = (element, css) => {
  for (let box = element; box; box = parentOf(box)) if (ask(box, "matches", css)) return box;
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
const isDeep = (each) => Boolean(shadowRootOf(each)) || isFrame(each) || propertyOf(each, "localName") === "slot";
const FRESH = 20; // milliseconds for which what was found of the whole page is believed
let lookedAt = -Infinity, isPageFlat = false;
/** @type {(root: Element) => boolean} */
export const isFlat = (root) => {
  if (performance.now() - lookedAt > FRESH) {
    isPageFlat = ![...ask(document, "querySelectorAll", "*")].some(isDeep);
    lookedAt = performance.now();
  }
  return isPageFlat || (!isDeep(root) && ![...ask(root, "querySelectorAll", "*")].some(isDeep));
};
/** @type {(root: Box, css: string) => Box[]} */
export const all = (root, css) =>
  isFlat(root)
    ? limited(/** @type {Box[]} */ ([...ask(root, "querySelectorAll", css)]))
    : walk(root).slice(1).filter((each) => ask(each, "matches", css));
/** @type {(root: Box, css: string) => Box | null} */
export const first = (root, css) => {
  if (ask(root, "matches", css)) return root;
  return /** @type {Box | null} */ (ask(root, "querySelector", css)) || all(root, css)[0] || null;
};
/** @type {() => Box} */
export const body = () => propertyOf(document, "body") || propertyOf(document, "documentElement");

/** @type {(element: Element) => boolean} */
export const shown = (element) => {
  if (!ask(element, "checkVisibility", { visibilityProperty: true }) || !ask(element, "getClientRects").length) {
    return false;
  }
  const frame = propertyOf(element, "ownerDocument") === document ? null : frameOf(element);
  return frame ? shown(frame) : true;
};
/** Large enough for a mouse: some scripts hide a control by making it a dot.
 * @type {(element: Element) => boolean} */
export const isLarge = (element) => {
  const { width, height } = ask(element, "getBoundingClientRect");
  return width > 2 && height > 2;
};
/** @type {(inner: Document | null) => Element | null} */
const activeIn = (inner) => inner && propertyOf(inner, "activeElement");
/** The element that has the keyboard, in components and frames too.
 * @type {() => Box | null} */
export const deepest = () => {
  let active = propertyOf(document, "activeElement");
  while (active) {
    const inner = shadowRootOf(active)?.activeElement ??
      (isFrame(active) ? activeIn(documentIn(active)) : null);
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
      if (isText(child)) texts.push(propertyOf(child, "textContent"));
      if (!isElement(child) || ask(child, "matches", `${besides}, ${SILENT}, ${CONTROLS}`)) continue;
      const display = getComputedStyle(child).display;
      if (display === "none") continue;
      const between = propertyOf(child, "localName") === "br" || !/^(inline|contents)/.test(display) ? " " : "";
      texts.push(between, propertyOf(child, "localName") === "img" ? child.alt : "");
      read(child);
      texts.push(between);
    }
  };
  read(element);
  return tidy(texts.join(""));
};
/** All that is written in an element, be it shown or not.
 * @type {(element: Element | null | undefined) => string} */
export const wordsOf = (element) => (element && propertyOf(element, "textContent")) || "";
/** The name that an element's words give.
 * @type {(element: Box) => string} */
export const textOf = (element) => nameIn(wordsIn(element));
