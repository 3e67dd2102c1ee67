// The only rule for the names of controls, buttons, dialogs and tables: a name has no spare white space and no
// marks at its end, and its case does not matter. What the page script returns has no marks, and Python compares
// it without regard to case.

/** A text as a person reads it: runs of white space are one space, and characters without width are left out.
 * @type {(text: string | null | undefined) => string} */
export const tidy = (text) => (text || "").replace(/[\u200b\ufeff]/g, "").replace(/\s+/g, " ").trim();

const MARKS = "*: ", WORDS = ["(required)", "(optional)"]; // the words are equally long
// No regular expression, which on a long run of marks takes minutes.
/** @type {(text: string) => string} */
const withoutMarks = (text) => {
  let name = text;
  for (;;) {
    let end = name.length;
    while (end && MARKS.includes(name[end - 1])) end -= 1;
    name = name.slice(0, end);
    if (!WORDS.includes(name.slice(-WORDS[0].length).toLowerCase())) return name;
    name = name.slice(0, -WORDS[0].length);
  }
};

/** The name that a text gives: "Surname *" and "Surname (optional):" give "Surname".
 * @type {(text: string | null | undefined) => string} */
export const nameIn = (text) => withoutMarks(tidy(text));

/** Whether two texts give the same name.
 * @type {(one: string | null | undefined, other: string | null | undefined) => boolean} */
export const same = (one, other) => nameIn(one).toLowerCase() === nameIn(other).toLowerCase();
