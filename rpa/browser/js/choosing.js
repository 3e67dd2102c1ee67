// Chooses from what a script offers: a list that opens by typing or by a click, wherever on the page it then stands.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.pick) return;
  const { all, isFlat, body, shown, tidy, wordsIn, elementOf, numberOf, isWithin, isWritable, closest, click, type, reachable, deepest } = rpa;

  const OPTION = "[role=option], [role=menuitem], [role=menuitemradio], [role=treeitem], li";
  // Whether the letters of a text stand in an element in their order: where they do not, its words need not be read.
  const hasLetters = (element, letters) => {
    const there = element.textContent;
    let from = 0;
    for (const letter of letters) {
      const at = there.indexOf(letter, from);
      if (at < 0) return false;
      from = at + letter.length;
    }
    return true;
  };
  // The innermost elements that are shown and say exactly a text.
  const saying = (text) => {
    const letters = [...text.replace(/\s/g, "")], flat = isFlat(body());
    const says = (each) => each.textContent.length < 500 + text.length &&
      !each.matches("option, script, style, label, input, select, textarea") &&
      (!flat || each.querySelector("img") || hasLetters(each, letters)) && wordsIn(each) === text && shown(each);
    return all(body(), "*").filter(says)
      .filter((each, _, list) => !list.some((other) => other !== each && isWithin(other, each)));
  };
  const opened = new WeakMap();  // a control -> what said some text already before it was opened

  const isInput = (element) => element.matches("input, textarea") && !element.readOnly;
  // Remembers what is said on the page already before a control's list is opened.
  const note = (index, text) => {
    const element = elementOf(index);
    if (!element || !isWritable(element)) return false;
    opened.set(element, new Set(saying(text)));
    return true;
  };
  // Opens a control's list, typing the text where that can be typed.
  const open = (index, text) => {
    if (!note(index, text)) return false;
    const element = elementOf(index);
    if (isInput(element)) type(element, text);
    else if (element.getAttribute("aria-expanded") !== "true") click(element);
    return true;
  };
  // The list that opened may have a box of its own to search it by, into which the keyboard goes in its own time.
  const search = (element, text) => {
    const box = deepest();
    if (!box || box === element || !box.matches("input, textarea") || box.readOnly || box.value === text) return;
    if (box.matches("[type=search], [role=searchbox], [role=combobox], [aria-autocomplete]") || isWithin(box, element)) type(box, text);
  };
  // The number of the one option of exactly that text that is offered; -1 for none or several.
  const offered = (index, text) => {
    const element = elementOf(index), before = opened.get(element) || new Set();
    const options = new Set(saying(text).filter((each) => !element || !isWithin(each, element))
      .filter((each) => !before.has(each) || closest(each, "[role=option]"))
      .map((each) => closest(each, OPTION) || each));
    return [...options].filter((each) => each.getAttribute("aria-disabled") !== "true" && reachable(each)).map(numberOf);
  };
  const offers = (index, text) => {
    search(elementOf(index), text);
    const numbers = offered(index, text);
    return numbers.length ? numbers : null;
  };
  // As a person does: open or type, wait until the one option of that name is offered, click it.
  const pick = async (index, text, milliseconds) => {
    if (!open(index, text)) return false;
    const element = elementOf(index);
    const numbers = await rpa.once(() => offers(index, text), milliseconds) || [];
    if (numbers.length === 1) click(elementOf(numbers[0]));
    if (element.getAttribute("aria-expanded") === "true" || closest(element, "[aria-expanded=true]")) {
      const given = { key: "Escape", code: "Escape", keyCode: 27, which: 27, bubbles: true, cancelable: true, composed: true };
      (deepest() || element).dispatchEvent(new KeyboardEvent("keydown", given));
    }
    element.blur?.();
    return numbers.length === 1;
  };
  // The texts beside a control: chips, or a choice that is shown outside of its input.
  const tokens = (index) => {
    const element = elementOf(index);
    return element ? [...new Set(rpa.chips(element).map(tidy))] : [];
  };

  Object.assign(rpa, { note, offers, pick, tokens });
})();
