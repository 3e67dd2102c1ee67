// Buttons and links by the name they have for a person; and the last press of all, which is made only on the page that
// was confirmed.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.press) return;
  const { plain, same, all, shown, wordsIn, captionsOf, region, rowsOf, rowed, elementOf, kindOf, holdsOf, reachable, namedBy } = rpa;

  const PRESSED = "button, input:is([type=submit], [type=button], [type=image]), a[href], summary, [role=button], [role=link], [role=menuitem], [role=tab]";
  // The name a button has for a person: marks that are hidden from readers aside.
  const nameOf = (button) => plain(namedBy(button) || (button.matches("input") ? button.value || button.alt
    : wordsIn(button, "[aria-hidden=true]") || button.title));
  // What pressing it does: two that lead to the same address, or send the same form in the same way, are one.
  const purposeOf = (button) => {
    if (button.matches("a[href]")) return button.getAttribute("href").startsWith("#") ? button : `link ${button.href}`;
    if (!button.form || button.type !== "submit") return button;
    const forms = [...document.forms];
    return forms.includes(button.form)
      ? `send ${forms.indexOf(button.form)} ${button.formAction} ${button.name} ${button.value}` : button;
  };
  // Buttons and links by their name; where none is called exactly so, those that begin with it, unless only the
  // exact one will do. Of several with one purpose, the first that can be pressed.
  const buttons = (root, name, exactly) => {
    const named = all(root, PRESSED).filter(shown).map((each) => [nameOf(each), each]);
    const exact = named.filter(([text]) => same(text, name));
    const chosen = exact.length || exactly ? exact : named.filter(([text]) => text.toLowerCase().startsWith(plain(name).toLowerCase() + " "));
    const purposes = new Map();
    for (const [, each] of chosen) {
      const there = purposes.get(purposeOf(each));
      if (!there || (there.disabled && !each.disabled)) purposes.set(purposeOf(each), each);
    }
    return [...purposes.values()];
  };
  const named = (where, name, exactly) => {
    const root = region(where);
    return root ? buttons(root, name, exactly) : [];
  };
  // Whether a control, by its number, still holds what it was seen to hold.
  const isHeld = ([index, kind, holds]) => {
    const element = elementOf(index);
    return element !== null && kindOf(element) === kind && JSON.stringify(holdsOf(element)) === JSON.stringify(holds);
  };
  // How many buttons were meant; -1 when a control does not hold any more what was confirmed, and nothing is pressed.
  const press = (where, name, controls = []) => {
    if (!controls.every(isHeld)) return -1;
    const found = named(where, name);
    if (found.length === 1) found[0].click();
    return found.length;
  };
  // The same as soon as exactly one is there, on a page that is complete; in the whole page where it has no such
  // region.
  const pressSoon = async (where, name, milliseconds) => {
    let number = 0;
    await rpa.once(() => {
      if (!rpa.isComplete()) return 0;
      const there = region(where) ? where : {};
      number = named(there, name).length;
      return number === 1 && press(there, name);
    }, milliseconds);
    return number;
  };
  const rowButton = (where, row, name) => {
    const root = region(where);
    const box = root && rowed(root);
    const found = box ? buttons(rowsOf(box)[row], name) : [];
    if (found.length === 1) found[0].click();
    return found.length;
  };

  const isPressable = (button) => !button.matches(":disabled") && button.getAttribute("aria-disabled") !== "true" && reachable(button);
  // The browser's own rules in our words: its messages may quote what a control holds.
  const RULES = { valueMissing: "has no value and needs one", typeMismatch: "is not of its type", patternMismatch: "does not match its pattern",
    tooLong: "is too long", tooShort: "is too short", rangeUnderflow: "is below its least value", rangeOverflow: "is above its greatest value",
    stepMismatch: "is not one of the allowed steps", badInput: "cannot be read", customError: "is refused by the page" };
  const invalidIn = (button) => {
    const form = button.form || button.closest("form");
    if (!form || Element.prototype.hasAttribute.call(form, "novalidate") || button.formNoValidate || button.type !== "submit") return [];
    return [...form.elements].filter((each) => each.willValidate && !each.validity.valid).map((each) =>
      [captionsOf(each)[0] || "", Object.keys(RULES).filter((rule) => each.validity[rule]).map((rule) => RULES[rule]).join(", ")]);
  };
  // The names of the buttons that a person could press in a region, those that send a form before any other. What
  // stands in a list, or is dated or numbered, is somebody's or something's own name.
  const insteadIn = (where) => {
    const root = region(where);
    const found = root ? all(root, "button, input:is([type=submit], [type=button]), [role=button]")
      .filter((each) => shown(each) && isPressable(each) && !each.closest("li, table:has(thead) tr, [role=row], [role=listitem], [role=option]")) : [];
    const senders = found.filter((each) => each.form && each.type === "submit");
    return [...new Set((senders.length ? senders : found).map(nameOf))].filter((text) => text && text.length <= 60 && !/[0-9]/.test(text));
  };
  // How many buttons of exactly that name a person could press, and what the browser itself would stop them with. Of
  // none: whether one is there, and what could be pressed instead.
  const pressableNow = (where, name) => {
    const there = named(where, name, true), found = there.filter(isPressable);
    return { number: found.length, invalid: found.length === 1 ? invalidIn(found[0]) : [],
      there: there.length > 0, instead: there.length ? [] : insteadIn(where) };
  };
  // The same as soon as one can be pressed: a list that closes, or a message that fades, is in front for a moment.
  const pressable = async (where, name, milliseconds) => await rpa.once(() => {
    const now = pressableNow(where, name);
    return now.number === 1 && now;
  }, milliseconds) || pressableNow(where, name);
  // The last press of all: the one button of exactly that name, if every control by its number and all that the
  // page shows besides is what was confirmed; in one trip, so that nothing comes between. Answers why it was not pressed.
  const pressConfirmed = (where, name, controls, answers) => {
    const differ = controls.filter((each) => !isHeld(each)).length;
    if (differ) return `${differ} controls do not hold what was confirmed`;
    if (answers.some(([asked, given, answer]) => JSON.stringify(rpa[asked](given)) !== JSON.stringify(answer)))
      return "the page does not show what was confirmed";
    const found = named(where, name, true).filter(isPressable);
    if (found.length !== 1) return `${found.length} buttons of that name can be pressed`;
    found[0].click();
    return "";
  };

  Object.assign(rpa, { press, pressSoon, rowButton, pressable, pressConfirmed });
})();
