// Waits for what a page will show, by events where there are any.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.waitFor) return;
  const { same, tidy, all, body, shown, wordsIn, region, dialogNamed, survey, table, elementOf } = rpa;

  const ROUNDS_APART = 10;  // milliseconds between two looks at a page that keeps changing
  // Resolves to what `look` answers as soon as that is something, or to null when the time is up. A page that goes
  // away meanwhile ends the wait, and the caller waits again in the next one.
  const once = (look, milliseconds) => new Promise((resolve) => {
    const answer = look();
    if (answer) { resolve(answer); return; }
    const until = performance.now() + milliseconds;
    let looked = performance.now(), later = 0;
    const again = () => {
      later = 0;
      const found = look() || (performance.now() > until ? null : undefined);
      looked = performance.now();
      if (found === undefined) return;
      observer.disconnect();
      clearInterval(timer);
      document.removeEventListener("DOMContentLoaded", soon);
      resolve(found);
    };
    const soon = () => { later ||= setTimeout(again, Math.max(0, ROUNDS_APART - (performance.now() - looked))); };
    const observer = new MutationObserver(soon);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    document.addEventListener("DOMContentLoaded", soon);
    const timer = setInterval(soon, 50);  // for what no event tells, such as a style sheet that has loaded
  });
  const waitFor = (milliseconds, name, count, ...given) => once(() => {
    const it = rpa[name](...given);
    return count < 0 ? it : it && it.length > count && it;
  }, milliseconds);

  // Which of several conditions holds; "" when none does yet.
  const says = (text) => body().innerText.includes(text) || wordsIn(body(), "script").includes(tidy(text));
  const meets = ({ path, heading, text, css }) =>
    (!path || new RegExp(path).test(location.pathname)) &&
    (!heading || all(body(), "h1, h2, h3, [role=heading]").some(
      (each) => (same(each.textContent, heading) || same(wordsIn(each), heading)) && shown(each))) &&
    (!text || says(text)) &&
    (!css || all(body(), css).some((each) => shown(each) && (tidy(each.textContent) || wordsIn(each))));
  // Until its scripts have run a page is not what it will be.
  const isComplete = () => performance.getEntriesByType("navigation")[0]?.domContentLoadedEventEnd > 0;
  const condition = (conditions) => {
    if (!isComplete()) return "";
    return Object.keys(conditions).find((name) => meets(conditions[name])) || "";
  };

  // A page is at rest when it is not about to make way for another and has built nothing for a moment.
  let leaving = false, changed = 0;
  window.addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, 2000); });
  new MutationObserver(() => { changed = performance.now(); }).observe(document, { subtree: true, childList: true });
  const isAtRest = (quiet) => !leaving && document.readyState !== "loading" && performance.now() - changed >= quiet;
  // Whether the page is here to stay, once it is at rest or never seems to be.
  const rested = async (quiet, milliseconds) => {
    // A form that a script sends leaves after that script, so not before the next turn.
    for (const _ of [1, 2]) await new Promise((resolve) => { setTimeout(resolve, 0); });
    const until = performance.now() + milliseconds;
    while (!isAtRest(quiet) && performance.now() < until)
      await new Promise((resolve) => { setTimeout(resolve, Math.max(2, quiet - (performance.now() - changed))); });
    return !leaving;
  };
  // The survey, once the page is at rest after what was keyed.
  const settled = async (where, quiet, milliseconds, leave) => {
    if (leave) rpa.deepest()?.blur?.();
    return await rested(quiet, milliseconds) ? survey(where) : null;
  };

  // What a look-up's dialog shows: "rows", "none", "more" than it shows, or nothing yet.
  const results = (where, none, more) => {
    const root = region(where);
    if (!root) return "";
    if (none && root.innerText.includes(none)) return "none";
    if (more && root.innerText.includes(more)) return "more";
    return table(where)?.length ? "rows" : "";
  };
  // A look-up is done when its dialog has gone and its outcome is shown.
  const chosen = (where, name, dialog) => !dialogNamed(dialog) && (survey(where) || []).find((each) =>
    each.kind === "output" && each.captions.some((text) => same(text, name)))?.holds;
  const gone = (dialog) => !dialogNamed(dialog);
  const texts = (css) => all(body(), css).filter(shown).map((each) => tidy(each.innerText ?? wordsIn(each)));
  // The texts, once there is one that was not there before.
  const newTexts = (css, before) => {
    const found = texts(css);
    return found.some((text) => !before.includes(text)) && found;
  };

  Object.assign(rpa, { once, waitFor, condition, isComplete, rested, settled, results, chosen, gone, texts, newTexts, element: elementOf });
})();
