// The shapes that the modules of the page script share, and that `rpa/browser/values.py` sends and expects.

/** An element. What only some kinds of control have may be absent. */
export interface Box extends HTMLElement {
  alt?: string;
  caption?: HTMLTableCaptionElement | null;
  cells?: HTMLCollectionOf<HTMLTableCellElement>;
  checked?: boolean;
  control?: Element | null;
  disabled?: boolean;
  files?: FileList | null;
  form?: HTMLFormElement | null;
  formAction?: string;
  formNoValidate?: boolean;
  href?: string;
  labels?: NodeListOf<HTMLLabelElement> | null;
  maxLength?: number;
  multiple?: boolean;
  name?: string;
  options?: HTMLOptionsCollection;
  placeholder?: string;
  readOnly?: boolean;
  required?: boolean;
  rows?: HTMLCollectionOf<HTMLTableRowElement> | number;
  select?: () => void;
  type?: string;
  value?: string;
}

/** What a control holds: text, a tick, or several choices. */
export type Holds = string | boolean | string[];

/** A control of one survey, in one document. */
export interface Handle {
  document: string;
  survey: number;
  index: number;
}

/** A part of a page; `dialog` and `grid` are patterns of names, and `element` is given by the page script itself
 * only. */
export interface Region {
  element?: Box;
  css?: string;
  dialog?: string | null;
  grid?: string | null;
  row?: number | null;
  selectors?: string[];
}

export interface Found {
  handle: Handle;
  kind: string;
  captions: string[];
  within: string[];
  holds: Holds;
  options: string[];
  shown: boolean;
  enhanced: boolean;
  writable: boolean;
  option_handles: Handle[];
  widget: Handle | null;
  tied: boolean;
  chosen_by: string[];
}

export interface Details {
  limit: number | null;
  required: boolean;
  options: string[];
  selector: string;
}

/** A control that has to be there before keying begins; `label` and `within` are patterns of names. */
export interface Wanted {
  label: string;
  within: string | null;
  option: string | null;
  css: string | null;
}

export type Job =
  | { handle: Handle; kind: "text" | "select" | "editor"; value: string }
  | { handle: Handle; kind: "select_many"; value: string[] }
  | { handle: Handle; kind: "check"; value: boolean };

export interface Condition {
  path: string | null;
  heading: string | null;
  text: string | null;
  css: string | null;
}

export type Cells = Record<string, string>;

export interface Row {
  text: string;
  cells: Cells;
  parts: string[];
}

/** How a page lays a record out, in CSS. */
export interface RecordLayout {
  css: string;
  section: string | null;
  group: string | null;
  caption: string;
  item: string;
  places: string[];
}

export interface RecordPage {
  values: { section: string; group: string; caption: string; value: Holds }[];
  grids: { section: string; name: string; rows: Cells[] }[];
  placed: Record<string, Holds[]>;
}

/** A control, by its handle, what it was found as, and what it was seen to hold. `captions`: those that name it. */
export type Held = Pick<Found, "handle" | "kind" | "captions" | "within" | "holds" | "chosen_by">;

/** What a page was seen to hold before save. */
export interface Confirmed {
  controls: Held[];
  tables: { region: Region; rows: Cells[] }[];
  review: { layout: RecordLayout; page: RecordPage } | null;
}

export interface Press {
  number: number;
  invalid: string[][];
  there: boolean;
  instead: string[];
}

export interface Point {
  x: number;
  y: number;
}
