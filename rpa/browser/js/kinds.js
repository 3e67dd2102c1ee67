// What is a control, of what kind, and what it holds: a table, read from the top.
(() => {
  const rpa = window[Symbol.for("rpa")];
  if (rpa.kindOf) return;
  const { tidy, plain, all, closest, parentOf, shown, isLarge, wordsIn, editable, captionsOf, labelsOf, CONTROLS, WIDGETS } = rpa;

  const NATIVE = "input:not([type=hidden]), select, textarea";
  const isPopup = (list) => !shown(list) || !list.querySelector("[role=option]") ||
    all(rpa.body(), "[aria-controls], [aria-owns]").some((each) =>
      `${each.getAttribute("aria-controls")} ${each.getAttribute("aria-owns")}`.split(" ").includes(list.id));
  const KINDS = [
    ["rich_text", "iframe", (frame) => Boolean(editable(frame))],
    ["", "iframe, input:is([type=submit], [type=button], [type=image], [type=reset], [type=range], [type=color])"],
    ["", "input[aria-hidden=true]:not([type=file])"],  // what a script keeps for itself
    ["select_many", "select[multiple]"],
    ["select", "select"],
    ["output", "output"],
    ["lines", "textarea"],
    ["radio", "input[type=radio]"],
    ["checkbox", "input[type=checkbox]"],
    ["file", "input[type=file]"],
    ["date", "input[type=date]"],
    ["time", "input[type=time]"],
    ["datetime", "input[type=datetime-local]"],
    ["number", "input[type=number]"],
    ["list", "input[readonly]:is([role=combobox], [aria-haspopup], [aria-expanded])"],
    ["combobox", "input:is([role=combobox], [aria-autocomplete=list], [aria-autocomplete=both], [aria-haspopup=listbox])"],
    ["text", "input"],
    ["", WIDGETS, (widget) => all(widget, NATIVE).length > 0],  // the native control inside it is meant
    ["radio", "[role=radio]"],
    ["checkbox", "[role=checkbox], [role=switch]"],
    ["", "[role=listbox]", isPopup],
    ["listbox", "[role=listbox]"],
    ["list", "[role=combobox], [aria-haspopup=listbox]"],
    ["spinbutton", "[role=spinbutton]"],
    ["editable", "[role=textbox], [role=searchbox]", (box) => box.isContentEditable && box.getAttribute("aria-multiline") !== "true"],
    ["rich_text", "*", (box) => box.isContentEditable],
  ];
  const kindOf = (element) =>
    KINDS.find(([, css, when]) => element.matches(css) && (!when || when(element)))?.[0] || "";

  // A native control that a script hides behind one of its own: the nearest box that is shown around it alone.
  const dressing = (element) => {
    for (let box = parentOf(element), depth = 0; box && depth < 3; box = parentOf(box), depth++) {
      if (all(box, NATIVE).some((each) => each !== element && each.type !== "search" && !each.matches(WIDGETS))) return null;
      const own = all(box, `${WIDGETS}, button`).filter((each) => each !== element && shown(each));
      if (own.length) return { box, widget: own.find((each) => each.matches(WIDGETS)) || null };
    }
    return null;
  };
  // What an option says to a person, and the one of a text; of two that mean different things, none.
  const optionText = (option) => option.text || option.label;
  const optionNamed = (select, text) => {
    const exact = [...select.options].filter((each) => optionText(each) === text);
    const named = exact.length ? exact : [...select.options].filter((each) => tidy(optionText(each)) === text);
    return new Set(named.map((each) => each.value)).size === 1 ? named[0] : undefined;
  };
  const chosenIn = (select) => [...select.selectedOptions].filter((each) => each.value !== "").map((each) => tidy(optionText(each)));

  // The box that a script's own control fills: nothing of another control is in it, and no caption.
  const around = (element, captioned = false) => {
    const captions = captioned ? [] : captionsOf(element).map((each) => each.toLowerCase());
    let own = element;
    for (let box = parentOf(element), depth = 0; box && depth < 5; box = parentOf(box), depth++) {
      if (box.matches("form, fieldset, td, tr, table, body, main, dialog, section, label")) break;
      if (all(box, CONTROLS).some((each) => each !== element && rpa.kindOf(each) && shown(each) && !each.contains(element))) break;
      const words = captions.length ? plain(wordsIn(box)).toLowerCase() : "";
      if (captions.some((each) => each && words.includes(each))) break;
      own = box;
    }
    return own;
  };
  // The texts of their own beside a control: the chips of a token input, or the choice that a script shows.
  const chips = (element) => {
    const box = around(element, true);
    const texts = rpa.walk(box === element ? parentOf(element) : box).filter((each) => !each.matches(`button, ${rpa.SILENT}`) &&
      !each.closest("[role=listbox]") && shown(each) && isLarge(each)).map((each) => tidy([...each.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join(" ")));
    return texts.filter((text) => /[\p{L}\p{N}]/u.test(text));
  };
  const writtenIn = (element) =>
    element.matches("input") ? element.value || (around(element) === element ? "" : wordsIn(around(element))) : wordsIn(element);

  const isChecked = (element) =>
    element.matches("input") ? element.checked : element.getAttribute("aria-checked") === "true";
  // Radios of one name in one form, or in one radio group, are one control.
  const isSet = (element) => closest(element, "[role=radiogroup]") || element.form || rpa.body();
  const radiosWith = (element) => {
    if (!element.matches("input")) return all(isSet(element), "[role=radio]");
    if (!element.name) return [element];
    const root = element.form || element.getRootNode();
    return [...root.querySelectorAll("input[type=radio]")].filter((each) => each.name === element.name && each.form === element.form);
  };
  const markText = (radio) => captionsOf(radio)[0] || wordsIn(radio);

  const optionsOf = (list) => all(list, "[role=option]");
  const HOLDS = {
    select: (select) => {
      const text = chosenIn(select)[0] || "";
      const dress = isSeen(select) ? null : dressing(select)?.widget;
      const said = dress ? writtenIn(dress) : "";
      return text && said && !said.includes(text) ? said : text;  // then what is sent is not what a person sees
    },
    select_many: (select) => {
      const twin = pickedBeside(select);
      return twin ? [...twin.options].map((each) => tidy(optionText(each))) : chosenIn(select);
    },
    listbox: (list) => optionsOf(list).filter((each) => each.getAttribute("aria-selected") === "true").map((each) => wordsIn(each)),
    list: writtenIn,
    combobox: writtenIn,
    checkbox: isChecked,
    radio: (element) => radiosWith(element).filter(isChecked).map(markText)[0] || "",
    rich_text: (element) => (editable(element) || element).innerText.replace(/\u00a0/g, " ").replace(/\n$/, ""),
    editable: (element) => element.innerText.replace(/\u00a0/g, " ").replace(/\n$/, ""),
    spinbutton: (element) => element.getAttribute("aria-valuetext") === "Empty" || !element.hasAttribute("aria-valuenow") ? "" : tidy(element.innerText),
    output: (element) => tidy(element.textContent),
    file: (element) => [...element.files].map((file) => file.name).join("\n"),
  };
  // What a control holds, as a person sees it.
  const holdsOf = (element, kind = kindOf(element)) => (HOLDS[kind] || ((each) => each.value))(element);

  // Two lists side by side, of what is offered and of what is picked: the second, for the first.
  const listsBox = (select) => {
    for (let box = parentOf(select), depth = 0; box && depth < 4; box = parentOf(box), depth++) {
      const lists = all(box, "select");
      if (lists.length > 2 || box.matches("form, body")) return null;
      // Buttons between them move options from one to the other; without, they are two controls.
      if (lists.length === 2)
        return lists.every((each) => each.multiple) && all(box, "button, a, [role=button]").length > 1 ? box : null;
    }
    return null;
  };
  const pickedBeside = (select) => {
    const box = select.localName === "select" ? listsBox(select) : null;
    const lists = box ? all(box, "select") : [];
    return lists[0] === select ? lists[1] : null;
  };
  const isPicked = (select) => {
    const box = select.localName === "select" ? listsBox(select) : null;
    return Boolean(box) && all(box, "select")[1] === select;
  };

  const isSeen = (element) => shown(element) && isLarge(element);
  const isShown = (element, kind) => {
    if (isSeen(element)) return true;
    return (kind === "radio" || kind === "checkbox") && labelsOf(element).some(shown);
  };
  const isWritable = (element) => !element.disabled && (!element.readOnly || kindOf(element) === "list") &&
    element.getAttribute("aria-disabled") !== "true" && element.getAttribute("aria-readonly") !== "true" &&
    !element.matches(":disabled");

  Object.assign(rpa, { kindOf, holdsOf, dressing, optionText, optionNamed, optionsOf, radiosWith, markText, isChecked, listsBox, pickedBeside,
    isPicked, isShown, isWritable, chips, around });
})();
