// Keys many controls in one trip by native setters and events, as frameworks hear them; and makes a control ready for
// real input by keyboard and mouse.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.key) return;
  const { shown, frameOf, editable, elementOf, optionText, optionNamed, optionsOf, isChecked, pickedBeside,
    isWritable, wordsIn, tidy, labelsOf } = rpa;

  const setters = new Map(["Input", "TextArea", "Select"].map((name) =>
    [name.toLowerCase(), Object.getOwnPropertyDescriptor(window[`HTML${name}Element`].prototype, "value").set]));
  const set = (element, value) => setters.get(element.localName).call(element, value);
  const tell = (element, ...types) =>
    types.forEach((type) => element.dispatchEvent(new Event(type, { bubbles: true, composed: true })));
  const write = (element, value) => {
    element.focus({ preventScroll: true });
    set(element, value);
    tell(element, "input", "change");
    element.blur();
  };
  const type = (element, text) => {
    element.focus({ preventScroll: true });
    set(element, text);
    element.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText" }));
  };
  // An editor's script sees its text by the same events as when a person types it.
  const rewrite = (body, value) => {
    body.focus();
    body.innerText = value;
    body.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText" }));
    body.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    body.blur();
  };
  const mouse = (element, types) => types.forEach((each) => element.dispatchEvent(new PointerEvent(each, {
    bubbles: true, cancelable: true, composed: true, view: window, button: 0, buttons: /down/.test(each) ? 1 : 0, pointerId: 1, isPrimary: true, pointerType: "mouse" })));
  const click = (element) => mouse(element,
    ["pointerover", "mouseover", "mousemove", "pointerdown", "mousedown", "pointerup", "mouseup", "click"]);

  const choose = (select, texts) => {
    const wanted = texts.map((text) => optionNamed(select, text));
    if (wanted.some((option) => !option)) return false;
    for (const option of select.options) option.selected = wanted.includes(option);
    tell(select, "input", "change");
    return true;
  };
  // From the list of what is offered into the list of what is picked, as by a double click.
  const move = (select, picked, texts) => {
    const there = [...picked.options].map((each) => tidy(optionText(each)));
    for (const text of texts.filter((each) => !there.includes(each))) {
      if (!choose(select, [text])) return false;
      const option = optionNamed(select, text);
      if (option) mouse(option, ["dblclick"]);
    }
    return true;
  };
  // How each kind of job is done; false when it could not even be tried.
  const WRITERS = {
    text: (element, value) => setters.has(element.localName) && (write(element, value), true),
    select: (select, value) => {
      const option = value ? optionNamed(select, value) : [...select.options].find((each) => each.value === "");
      if (option) write(select, option.value);
      return Boolean(option);
    },
    select_many: (element, texts) => {
      if (element.localName !== "select") {
        const options = optionsOf(element), named = (text) => options.filter((each) => wordsIn(each) === text);
        if (texts.some((text) => named(text).length !== 1)) return false;
        options.filter((each) => (each.getAttribute("aria-selected") === "true") !== texts.includes(wordsIn(each))).forEach(click);
        return true;
      }
      const picked = pickedBeside(element);
      return picked ? move(element, picked, texts) : choose(element, texts);
    },
    check: (element, value) => {
      if (isChecked(element) !== value) element.click();
      return true;
    },
    editor: (element, value) => (rewrite(editable(element) || element, value), true),
  };
  // Jobs: {index, kind, value}. Answers the numbers of those that could not even be tried.
  const key = (jobs) => jobs.filter(({ index, kind, value }) => {
    const element = elementOf(index);
    return !element || !isWritable(element) || !WRITERS[kind](element, value);
  }).map((job) => job.index);
  // With `quiet` and `milliseconds`, the survey is taken once the page is at rest.
  const keyAndSurvey = async (jobs, where, quiet, milliseconds) => {
    const refused = key(jobs);
    return [refused, quiet ? await rpa.settled(where, quiet, milliseconds, true) : rpa.survey(where)];
  };

  // As a person does in a token input: type, press Enter, again.
  const enter = (index, texts) => {
    const element = elementOf(index);
    for (const text of texts) {
      type(element, text);
      for (const each of ["keydown", "keypress", "keyup"])
        element.dispatchEvent(new KeyboardEvent(each, { key: "Enter", code: "Enter", keyCode: 13, which: 13,
          bubbles: true, cancelable: true, composed: true }));
    }
    element.blur();
  };
  // A file, as bytes in base64, under the name the report gave it.
  const setFile = (index, name, mime, base64) => {
    const element = elementOf(index);
    if (element?.type !== "file" || element.disabled) throw new Error("it takes no file");
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: mime }));
    element.files = carried.files;
    tell(element, "input", "change");
    return true;
  };

  // ---- for real input

  // A robot sends a form by its buttons only. Enter ends a token or takes an option; that the browser would send the
  // form with it, or press its first button, is kept from happening.
  let entered = false;
  const stop = (event) => {
    if (!entered || (event.type === "click" && (event.detail || !event.target.closest?.("button, input")))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener("keypress", (event) => {
    if (event.key !== "Enter") return;
    entered = true;
    setTimeout(() => { entered = false; }, 0);
  }, true);
  for (const each of ["click", "submit"]) window.addEventListener(each, stop, true);

  const deepest = () => {
    let active = document.activeElement;
    for (let inner = active; inner; active = inner || active)
      inner = active.shadowRoot?.activeElement || (active.localName === "iframe" ? rpa.documentIn(active)?.activeElement : null);
    return active;
  };
  // Puts the keyboard into a control with all its text selected, so that what is typed replaces it. Throws where that
  // cannot be.
  const focusOn = (index) => {
    const element = elementOf(index);
    if (!element || !isWritable(element)) throw new Error("cannot be written");
    const place = editable(element) || element;
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    place.focus({ preventScroll: true });
    if (place.isContentEditable) {
      const view = place.ownerDocument.defaultView, range = place.ownerDocument.createRange();
      range.selectNodeContents(place);
      view.getSelection().removeAllRanges();
      view.getSelection().addRange(range);
    } else if (place.select) place.select();
    const active = deepest();
    if (active !== place && !place.contains(active)) throw new Error("takes no keys");
    return true;
  };
  // What a mouse would meet at a point of an element's own document, components looked into.
  const meets = (element, x, y) => {
    let hit = element.ownerDocument.elementFromPoint(x, y);
    while (hit?.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    for (let box = hit; box; box = rpa.parentOf(box)) if (box === element) return true;
    return false;
  };
  const middle = (element) => {
    const { left, top, width, height } = element.getClientRects()[0];
    return [left + width / 2, top + height / 2];
  };
  // Whether a mouse could press it where it stands.
  const reachable = (element) => {
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    return shown(element) && meets(element, ...middle(element));
  };
  // The middle of an element in the browser's own window. Throws where a mouse could not press it.
  const pointOf = (index) => {
    const given = elementOf(index);
    const element = given && !shown(given) ? labelsOf(given).find(shown) : given;
    if (!element) throw new Error("it is not shown");
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    if (!shown(element) || !meets(element, ...middle(element))) throw new Error("it cannot be reached");
    let [x, y] = middle(element);
    for (let frame = element.ownerDocument === document ? null : frameOf(element); frame; frame = frameOf(frame)) {
      const box = frame.getBoundingClientRect();
      x += box.left + frame.clientLeft;
      y += box.top + frame.clientTop;
    }
    return { x, y };
  };

  Object.assign(rpa, { key, keyAndSurvey, enter, setFile, focusOn, pointOf, deepest, reachable, click, type });
})();
