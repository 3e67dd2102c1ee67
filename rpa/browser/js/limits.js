// How much of a page is looked at. Of a page with more, nothing is taken: what is not seen may be what is meant, or
// make two of what seems to be the only one.

/** Thrown for a page beyond a limit. `isolated_world.py` knows it by its name, and its words reach a person. */
export class PageTooLarge extends Error {}
/** Throws when `number` is above `most`. `what` says of what, in words that no page has a part in.
 * @type {(number: number, most: number, what: string) => void} */
export const limit = (number, most, what) => {
  if (number > most) throw new PageTooLarge(`more than ${most.toLocaleString("en-GB")} ${what}`);
};
