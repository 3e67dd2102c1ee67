/* Controls with a life of their own: combobox, dressed-up list, date picker, tokens, rich text. */
"use strict";

/* Editable combobox with a listbox; only a listed value stays. */
CHS.each(".combo", (combo) => {
  const input = combo.querySelector("input");
  const list = combo.querySelector("ul");
  let committed = input.value;
  let active = -1;
  let loading = null;
  let texts = [...list.children].map((item) => item.textContent.trim());
  let wanted = "";

  const items = () => [...list.children];
  const isOpen = () => !list.hidden;

  function load() {
    if (!combo.dataset.source || texts.length) return null;
    loading ??= CHS.fetchJson(combo.dataset.source).then(({ ok, data }) => {
      if (ok) texts = data;
      loading = null;
    });
    return loading;
  }
  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(place) {
    const all = items();
    active = all.length ? (place + all.length) % all.length : -1;
    all.forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active < 0) return;
    all[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[active].id);
  }
  function show() {
    const typed = input.value.trim().toLowerCase();
    const starting = texts.filter((text) => text.toLowerCase().startsWith(typed));
    const holding = texts.filter((text) => !starting.includes(text) && text.toLowerCase().includes(typed));
    list.replaceChildren(...[...starting, ...holding].map((text, i) =>
      CHS.el("li", { role: "option", id: `${input.id}_i${i}`, "aria-selected": "false" }, text)));
    active = -1;
    list.hidden = list.children.length === 0;
    input.setAttribute("aria-expanded", String(isOpen()));
  }
  async function open() {
    await load();
    if (document.activeElement === input) show();
  }
  function commit(text) {
    const changed = text !== committed;
    committed = text;
    input.value = text;
    close();
    if (changed) input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function settle() {
    const typed = wanted.trim().toLowerCase();
    const match = texts.find((text) => text.toLowerCase() === typed);
    commit(typed === "" ? "" : match ?? committed);
  }

  input.addEventListener("focus", load);
  input.addEventListener("click", open);
  input.addEventListener("input", open);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) show();
      mark(active < 0 && event.key === "ArrowUp" ? -1 : active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen() && active >= 0) commit(items()[active].textContent);
      else { wanted = input.value; settle(); }
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", () => {
    wanted = input.value;
    close();
    const pending = load();
    if (pending) pending.then(settle);
    else settle();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) commit(item.textContent);
  });
});

/* A native list hidden behind a button and a list that mirror it. */
CHS.each("select[data-dressed]", (select) => {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const button = CHS.el("button", {
    type: "button", "aria-haspopup": "listbox", "aria-expanded": "false", id: `${select.id}_btn`,
    "data-dresses": select.id, "aria-labelledby": `${label.id} ${select.id}_btn`,
  });
  const list = CHS.el("ul", { role: "listbox", "aria-labelledby": label.id, tabindex: "-1" });
  const face = CHS.el("span", { class: "dressed" }, button, list);
  let active = 0;
  list.hidden = true;

  function mirror() {
    button.textContent = select.selectedOptions[0]?.textContent ?? "";
  }
  function close() {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }
  function mark(place) {
    active = Math.max(0, Math.min(place, list.children.length - 1));
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
  }
  function open() {
    list.replaceChildren(...[...select.options].map((option) =>
      CHS.el("li", { role: "option", "data-value": option.value }, option.textContent)));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    mark(select.selectedIndex);
  }
  function choose(place) {
    select.selectedIndex = place;
    close();
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
    button.focus();
  }

  select.classList.add("is-dressed");
  select.after(face);
  select.addEventListener("change", mirror);
  label.addEventListener("click", () => button.focus());
  button.addEventListener("click", () => (list.hidden ? open() : close()));
  button.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape") {
      close();
    }
  });
  button.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) choose([...list.children].indexOf(item));
  });
  mirror();
});

/* dd/mm/yyyy with a calendar that opens on focus; typing is allowed. */
CHS.each("[data-picker]", (input) => {
  const holder = input.closest(".picker");
  const pad = (number) => String(number).padStart(2, "0");
  let calendar = null;

  function typed() {
    const parts = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(input.value.trim());
    return parts ? new Date(Number(parts[3]), Number(parts[2]) - 1, Number(parts[1])) : null;
  }
  function close() {
    calendar?.remove();
    calendar = null;
  }
  function pick(day) {
    input.value = `${pad(day.getDate())}/${pad(day.getMonth() + 1)}/${day.getFullYear()}`;
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function step(month, caption, by) {
    const button = CHS.el("button", { type: "button", "aria-label": by < 0 ? "Previous month" : "Next month" }, caption);
    button.addEventListener("click", () => draw(new Date(month.getFullYear(), month.getMonth() + by, 1)));
    return button;
  }
  function draw(month) {
    const days = CHS.el("div", { class: "calendar-days" });
    for (const name of ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]) days.append(CHS.el("span", {}, name));
    for (let blank = (month.getDay() + 6) % 7; blank > 0; blank--) days.append(CHS.el("i"));
    const last = new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate();
    const chosen = typed()?.toDateString();
    for (let number = 1; number <= last; number++) {
      const day = new Date(month.getFullYear(), month.getMonth(), number);
      const button = CHS.el("button", { type: "button", tabindex: "-1" }, String(number));
      if (day.toDateString() === chosen) button.className = "chosen";
      button.addEventListener("click", () => pick(day));
      days.append(button);
    }
    const name = month.toLocaleDateString("en-GB", { month: "long", year: "numeric" });
    const head = CHS.el("div", { class: "calendar-head" }, step(month, "‹", -1), name, step(month, "›", 1));
    calendar.replaceChildren(head, days);
  }
  function open() {
    if (calendar) return;
    calendar = CHS.el("div", { class: "calendar" });
    calendar.addEventListener("mousedown", (event) => event.preventDefault());
    holder.append(calendar);
    const shown = typed() ?? new Date();
    draw(new Date(shown.getFullYear(), shown.getMonth(), 1));
  }

  input.addEventListener("focus", open);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const button = holder.querySelector("[data-calendar]");
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    if (calendar) close();
    else if (document.activeElement === input) open();
    else input.focus();
  });
});

/* Free words: Enter makes a chip, the chip's cross takes it away. */
CHS.each("[data-tokens]", (box) => {
  const name = box.dataset.tokens;
  const chips = box.querySelector(".chips");
  const entry = box.querySelector("input[type=text]");
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const text = entry.value.trim();
    entry.value = "";
    if (!text) return;
    chips.append(CHS.el("li", { class: "chip" },
      CHS.el("span", {}, text),
      CHS.el("input", { type: "hidden", name, value: text }),
      CHS.el("button", { type: "button", "aria-label": `Remove ${text}` }, "×")));
  });
  chips.addEventListener("click", (event) => {
    if (event.target.closest("button")) event.target.closest("li").remove();
  });
});

/* Rich text: what is in the frame as plain text with line breaks goes into a hidden input. */
function plainText(body) {
  const blocks = new Set(["DIV", "P", "LI", "UL", "OL", "BLOCKQUOTE", "H1", "H2", "H3", "PRE"]);
  const lines = [""];
  let started = false; // something of the current block's line has been met
  const newLine = () => lines.push("");
  function walk(parent) {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) {
        node.data.split("\n").forEach((piece, i) => {
          if (i) newLine();
          lines[lines.length - 1] += piece;
        });
        started = true;
      } else if (node.nodeName === "BR") {
        // The last break of a block only holds its line open; it is not a line of its own.
        if (node.nextSibling) newLine();
        started = true;
      } else if (blocks.has(node.nodeName)) {
        if (started) newLine();
        started = false;
        walk(node);
        started = true;
      } else {
        walk(node);
      }
    }
  }
  walk(body);
  return lines.join("\n");
}

CHS.each("[data-rte]", (box) => {
  const hidden = document.getElementById(box.dataset.rte);
  const frame = box.querySelector("iframe");
  const count = box.querySelector(".rte-count");
  const limit = Number(count.dataset.limit);
  let body = null;

  function sync() {
    if (!body) return;
    hidden.value = plainText(body);
    const length = [...hidden.value.trim()].length;
    count.textContent = `${length} of ${limit}`;
    count.classList.toggle("over", length > limit);
  }
  function begin() {
    const inside = frame.contentDocument;
    if (body || inside?.readyState !== "complete" || !inside.body?.isContentEditable) return;
    body = inside.body;
    body.innerText = hidden.value;
    for (const event of ["input", "focusout", "keyup", "paste"]) inside.addEventListener(event, sync);
    frame.contentWindow.addEventListener("blur", sync);
    sync();
  }

  frame.addEventListener("load", begin);
  begin();
  box.querySelectorAll("[data-cmd]").forEach((button) => {
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      frame.contentWindow.focus();
      frame.contentDocument.execCommand(button.dataset.cmd);
      sync();
    });
  });
  box.closest("form").addEventListener("submit", sync);
  box.closest("form").addEventListener("formdata", (event) => {
    sync();
    event.formData.set(hidden.name, hidden.value);
  });
});
