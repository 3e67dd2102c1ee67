// The names that texts of a page give: without spare white space, and without the marks at their end. Which of them
// is meant, Python says: it compares what is returned, or hands in the pattern of a name (`rpa/browser/names.py`).

/** A text as a person reads it: runs of white space are one space, characters without width are left out, and half a
 * character is the sign that a browser shows for it.
 * @type {(text: string | null | undefined) => string} */
export const tidy = (text) =>
  (text || "").toWellFormed().replace(/[\u200b\ufeff]/g, "").replace(/\s+/g, " ").trim();

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

/** A text whose letters that stand for several (the German sharp s, the ligature fi) are these, as the patterns need it.
 * @type {(text: string) => string} */
const spelt = (text) =>
  text.replace(/[\u0080-\u{10ffff}]/gu, (letter) => {
    const folded = letter.toLowerCase().toUpperCase().toLowerCase();
    return folded.length > letter.length ? folded : letter;
  });

/** Whether a text gives a name that a pattern describes.
 * @type {(text: string | null | undefined, pattern: string) => boolean} */
export const gives = (text, pattern) => new RegExp(pattern).test(spelt(nameIn(text)));
