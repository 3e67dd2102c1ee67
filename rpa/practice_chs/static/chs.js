/* On every page: help, dialogs, what opens, what is shown for a choice, dependent lists. */
"use strict";

const CHS = {
  token: document.querySelector("meta[name=chs-token]")?.content ?? "",

  /** Run a set-up function for each element that matches, now and in nodes added later by `CHS.enliven`. */
  setups: [],
  each(selector, setUp) {
    this.setups.push([selector, setUp]);
    document.querySelectorAll(selector).forEach(setUp);
  },
  enliven(root) {
    for (const [selector, setUp] of this.setups) root.querySelectorAll(selector).forEach(setUp);
  },

  el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  },

  async fetchJson(url, options = {}) {
    const answer = await fetch(url, {
      ...options,
      headers: { ...(options.headers ?? {}), "X-CHS-Token": this.token },
    });
    const data = await answer.json().catch(() => ({ error: "Something went wrong. Try again." }));
    if (answer.status === 401) location.assign("/sign-in?next=/home");
    return { ok: answer.ok, data };
  },
  post(url, body) {
    return this.fetchJson(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  },

  /** Open the dialog a template holds. It leaves the page again when it closes. */
  openDialog(template) {
    const dialog = template.content.firstElementChild.cloneNode(true);
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.querySelectorAll("[data-close]").forEach((b) => b.addEventListener("click", () => dialog.close()));
    this.enliven(dialog);
    dialog.showModal();
    return dialog;
  },
};

document.getElementById("ctl20_help")?.addEventListener("click", () => {
  CHS.openDialog(document.getElementById("tpl_help"));
});

document.querySelector(".error-summary[tabindex]")?.focus();

/* A link of the error summary leads to a control that may itself be dressed up or in a frame. */
document.querySelectorAll(".error-summary a").forEach((link) => {
  link.addEventListener("click", (event) => {
    const id = link.getAttribute("href").slice(1);
    const target = document.querySelector(`[data-dresses="${CSS.escape(id)}"]`) ?? document.getElementById(id);
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });
});

CHS.each("[data-collapse]", (button) => {
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  });
});

/* Panels follow the choice of a radio group, whoever makes it. */
function showPanels() {
  document.querySelectorAll("[data-panel]").forEach((panel) => {
    const chosen = document.querySelector(`input[name="${panel.dataset.panel}"]:checked`);
    const label = chosen && document.querySelector(`label[for="${chosen.id}"]`);
    panel.hidden = !label || label.textContent.trim() !== panel.dataset.panelValue;
  });
}
if (document.querySelector("[data-panel]")) {
  document.addEventListener("change", (event) => {
    if (event.target.type === "radio") showPanels();
  });
  showPanels();
}

/* A list whose options hang on another list's choice, filled from the server. */
CHS.each("select[data-depends]", (select) => {
  const parent = document.getElementById(select.dataset.depends);
  let latest = 0;
  parent.addEventListener("change", async () => {
    const turn = ++latest;
    select.disabled = true;
    select.replaceChildren(new Option("Loading…", ""));
    const { ok, data } = await CHS.fetchJson(`/lookup/opening-codes?c=${encodeURIComponent(parent.value)}`);
    if (turn !== latest) return;
    select.replaceChildren(new Option("-- Select --", ""));
    if (ok) for (const { code, text } of data) select.add(new Option(text, code));
    select.disabled = false;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
});

/* hh:mm: the colon comes by itself and nothing but figures is taken. */
CHS.each("[data-mask=time]", (input) => {
  input.addEventListener("input", () => {
    const figures = input.value.replace(/[^0-9]/g, "").slice(0, 4);
    const masked = figures.length > 2 ? `${figures.slice(0, 2)}:${figures.slice(2)}` : figures;
    if (masked !== input.value) input.value = masked;
  });
});
