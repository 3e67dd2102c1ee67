// What the browser itself says of a node. A field of a form is a property of it by the field's name, as a form or an
// image with a name is of the document, and hides the node's own: `<input name=matches>`. Its own is reached through
// its prototype.

/** @type {(kind: { prototype: object }, name: string) => () => any} */
const getter = (
  kind,
  name,
) => /** @type {() => any} */ (Object.getOwnPropertyDescriptor(kind.prototype, name)?.get);
const nodeType = getter(Node, "nodeType"), localName = getter(Element, "localName");
/** Whether nothing can hide what a node has: the quicker way is open.
 * @type {(node: object) => boolean} */
const isPlain = (node) => {
  const type = nodeType.call(node);
  return type === Node.ELEMENT_NODE ? localName.call(node) !== "form" : type !== Node.DOCUMENT_NODE;
};

/** A node's own property.
 * @type {<T extends object, K extends keyof T>(node: T, name: K) => T[K]} */
export const propertyOf = (node, name) =>
  isPlain(node) ? node[name] : Reflect.get(Object.getPrototypeOf(node), name, node);
/** Set a node's own property.
 * @type {<T extends object, K extends keyof T>(node: T, name: K, value: T[K]) => boolean} */
export const setProperty = (node, name, value) => Reflect.set(Object.getPrototypeOf(node), name, value, node);
/** What a node's own method returns.
 * @type {<T extends object, K extends keyof T>(
 *   node: T, name: K, ...given: T[K] extends (...given: infer G) => any ? G : never
 * ) => T[K] extends (...given: any) => infer R ? R : never} */
export const ask = (node, name, ...given) =>
  /** @type {(...given: any[]) => any} */ (propertyOf(node, name)).apply(node, given);
