// Waits for what a page will show, by events where there are any.
/** @import { Cells, Condition, Found, Region } from "./types.d.ts" */
import { ask, propertyOf } from "./dom.js";
import { gives, tidy } from "./names.js";
import { dialogCalled, region, table } from "./regions.js";
import { nonEmptySurvey, survey } from "./survey.js";
import { all, body, deepest, shown, wordsIn } from "./tree.js";

const ROUNDS_APART = 10; // milliseconds between two looks at a page that keeps changing
const NO_EVENT = 50; // milliseconds between two looks for what no event tells, such as a style sheet
/** Resolves to what `look` returns as soon as that is something, or to null when the time is up; what it throws ends
 * the wait. A page that goes away meanwhile ends it too, and the caller waits again in the next one.
 * @template T
 * @param {() => T | null | Promise<T | null>} look
 * @param {number} milliseconds
 * @returns {Promise<T | null>} */
export const once = (look, milliseconds) =>
  new Promise((resolve, reject) => {
    const now = look();
    if (now !== null) {
      resolve(now);
      return;
    }
    const until = performance.now() + milliseconds;
    let looked = performance.now(), later = 0;
    const end = () => {
      observer.disconnect();
      clearInterval(timer);
      ask(document, "removeEventListener", "DOMContentLoaded", soon);
    };
    const again = () => {
      later = 0;
      try {
        const found = look();
        looked = performance.now();
        if (found === null && looked <= until) return;
        resolve(found);
      } catch (error) {
        reject(error);
      }
      end();
    };
    const soon = () => {
      later ||= setTimeout(again, Math.max(0, ROUNDS_APART - (performance.now() - looked)));
    };
    const observer = new MutationObserver(soon);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    ask(document, "addEventListener", "DOMContentLoaded", soon);
    const timer = setInterval(soon, NO_EVENT);
  });

/** @type {(text: string) => boolean} */
const says = (text) =>
  propertyOf(body(), "innerText").includes(text) || wordsIn(body(), "script").includes(tidy(text));
/** @type {(heading: string) => boolean} */
const hasHeading = (heading) =>
  all(body(), "h1, h2, h3, [role=heading]").some((each) =>
    (gives(propertyOf(each, "textContent"), heading) || gives(wordsIn(each), heading)) && shown(each)
  );
/** @type {(condition: Condition) => boolean} */
const holds = ({ path, heading, text, css }) =>
  (!path || new RegExp(path).test(location.pathname)) && (!heading || hasHeading(heading)) &&
  (!text || says(text)) &&
  (!css ||
    all(body(), css).some((each) =>
      shown(each) && Boolean(tidy(propertyOf(each, "textContent")) || wordsIn(each))
    ));
/** Whether the page's scripts have run: until then the page is not complete.
 * @type {() => boolean} */
export const isComplete = () => {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return entry?.domContentLoadedEventEnd > 0;
};
/** The name of the first condition that holds; "" when none does yet.
 * @type {(conditions: Record<string, Condition>) => string} */
export const condition = (conditions) =>
  isComplete() ? Object.keys(conditions).find((name) => holds(conditions[name])) || "" : "";

// A page is at rest when it is not about to make way for another and has built nothing for a moment.
let leaving = false, changed = 0;
window.addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => {
    leaving = false;
  }, 2000);
});
new MutationObserver(() => {
  changed = performance.now();
}).observe(document, { subtree: true, childList: true });
/** @type {(quiet: number) => boolean} */
const isAtRest = (quiet) =>
  !leaving && propertyOf(document, "readyState") !== "loading" && performance.now() - changed >= quiet;
/** @type {(milliseconds: number) => Promise<void>} */
const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
/** Whether the page stays, once it is at rest or the time for that is over.
 * @type {(quiet: number, milliseconds: number) => Promise<boolean>} */
export const rested = async (quiet, milliseconds) => {
  // A form that a script sends leaves after that script, so not before the next turn.
  for (const _ of [1, 2]) await pause(0);
  const until = performance.now() + milliseconds;
  while (!isAtRest(quiet) && performance.now() < until) {
    await pause(Math.max(2, quiet - (performance.now() - changed)));
  }
  return !leaving;
};
/** The survey, once the page is at rest after what was keyed; null when it makes way for another. First the
 * keyboard leaves the control it is in: only then does a page hear what was typed.
 * @type {(where: Region, quiet: number, milliseconds: number) => Promise<Found[] | null>} */
export const settled = async (where, quiet, milliseconds) => {
  const active = deepest();
  if (active && propertyOf(active, "blur")) ask(active, "blur");
  return await rested(quiet, milliseconds) ? nonEmptySurvey(where) : null;
};

/** What a look-up's dialog shows: "rows", "none", "more" than it shows, or nothing yet.
 * @type {(where: Region, none: string | null, more: string | null) => string} */
export const results = (where, none, more) => {
  const root = region(where);
  if (!root) return "";
  if (none && propertyOf(root, "innerText").includes(none)) return "none";
  if (more && propertyOf(root, "innerText").includes(more)) return "more";
  return table(where)?.length ? "rows" : "";
};
/** What a look-up has chosen: it is done when its dialog has gone and its outcome is shown.
 * @type {(where: Region, name: string, dialog: string) => string} */
export const chosen = (where, name, dialog) => {
  if (dialogCalled(dialog)) return "";
  const outputs = (survey(where) || []).filter((each) => each.kind === "output");
  return String(outputs.find((each) => each.captions.some((text) => gives(text, name)))?.holds || "");
};
/** Whether a dialog has gone.
 * @type {(dialog: string) => boolean} */
export const gone = (dialog) => !dialogCalled(dialog);
/** The rows of a region's table, once there are more than a number.
 * @type {(where: Region, number: number) => Cells[] | null} */
export const moreRows = (where, number) => {
  const rows = table(where);
  return rows && rows.length > number ? rows : null;
};
