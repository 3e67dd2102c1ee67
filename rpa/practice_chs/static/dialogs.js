/* Look-ups in a dialog, and grids of rows: kept by a dialog, keyed in place, attached. */
"use strict";

CHS.each(".lookup", (box) => {
  const output = box.querySelector("output");
  const hidden = box.querySelector("input[type=hidden]");
  const find = box.dataset.find;

  function settle(dialog, code, described) {
    hidden.value = code;
    output.textContent = described;
    dialog.close();
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function showRows(dialog, { rows, more }) {
    const results = dialog.querySelector("[data-results]");
    const none = dialog.querySelector("[data-none]");
    results.hidden = rows.length === 0;
    none.hidden = rows.length > 0 && !more;
    const nothing = find === "person" ? "No people found" : "No addresses found";
    none.textContent = rows.length ? "More were found than are shown. Search more closely." : nothing;
    results.querySelector("tbody").replaceChildren(...rows.map((row) => {
      const choose = CHS.el("button", { type: "button" }, "Choose");
      choose.addEventListener("click", () => settle(dialog, row.code, row.described));
      const cells = row.cells.map((cell) => CHS.el("td", {}, cell));
      return CHS.el("tr", {}, ...cells, CHS.el("td", {}, choose));
    }));
  }
  async function search(dialog, button) {
    const asked = {};
    dialog.querySelectorAll("[data-ask]").forEach((input) => { asked[input.dataset.ask] = input.value; });
    button.disabled = true;
    dialog.setAttribute("aria-busy", "true");
    dialog.querySelector("[data-results]").hidden = true;
    dialog.querySelector("[data-none]").hidden = true;
    const { ok, data } = await CHS.post(button.dataset.search, asked);
    button.disabled = false;
    dialog.removeAttribute("aria-busy");
    if (ok) { showRows(dialog, data); return; }
    const none = dialog.querySelector("[data-none]");
    none.textContent = data.error;
    none.hidden = false;
  }

  box.querySelector("button").addEventListener("click", () => {
    const dialog = CHS.openDialog(document.getElementById(`tpl_find_${find}`));
    const button = dialog.querySelector("[data-search]");
    button.addEventListener("click", () => search(dialog, button));
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-ask]")) return;
      event.preventDefault();
      search(dialog, button);
    });
    const create = dialog.querySelector("[data-create]");
    create.addEventListener("click", () => settle(dialog, "new", create.dataset.create));
  });
});

/* What a grid's dialog refuses before it keeps a row. */
function refusal(dialog) {
  for (const input of dialog.querySelectorAll("[data-column]")) {
    const label = dialog.querySelector(`label[for="${input.id}"]`).textContent.trim();
    const value = input.value.trim();
    if (!value && input.getAttribute("aria-required") === "true") return [input, `${label} must be given`];
    if (value && input.dataset.kind === "date" && !isRealDate(value)) return [input, `${label} must be a real date`];
  }
  return null;
}

function isRealDate(text) {
  const parts = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (!parts) return false;
  const [day, month, year] = parts.slice(1).map(Number);
  const found = new Date(year, month - 1, day);
  return found.getFullYear() === year && found.getMonth() === month - 1 && found.getDate() === day;
}

CHS.each("[data-grid=dialog]", (grid) => {
  const rows = grid.querySelector("tbody");
  const add = grid.querySelector("[data-add]");
  const limit = Number(grid.dataset.limit);
  const fit = () => { add.disabled = rows.children.length >= limit; };

  function keep(dialog) {
    const wrong = refusal(dialog);
    const words = dialog.querySelector("[data-refusal]");
    words.hidden = !wrong;
    if (wrong) {
      words.textContent = wrong[1];
      wrong[0].focus();
      return;
    }
    const cells = [...dialog.querySelectorAll("[data-column]")].map((input) => {
      const shown = input.matches("select") ? (input.value && input.selectedOptions[0].textContent) : input.value.trim();
      const hidden = CHS.el("input", { type: "hidden", name: input.dataset.column, value: input.value.trim() });
      return CHS.el("td", {}, shown, hidden);
    });
    const remove = CHS.el("button", { type: "button", "data-remove": "" }, "Remove");
    rows.append(CHS.el("tr", {}, ...cells, CHS.el("td", {}, remove)));
    dialog.close();
    fit();
  }

  add.addEventListener("click", () => {
    const dialog = CHS.openDialog(document.getElementById(`tpl_${grid.id}`));
    dialog.querySelector("[data-keep]").addEventListener("click", () => keep(dialog));
  });
  rows.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove]")) event.target.closest("tr").remove();
    fit();
  });
  fit();
});

CHS.each("[data-grid=inline]", (grid) => {
  const rows = grid.querySelector("tbody");
  const add = grid.querySelector("[data-add]");
  const blank = grid.querySelector("template[data-row]");
  const limit = Number(grid.dataset.limit);
  const fit = () => { add.disabled = rows.children.length >= limit; };
  let last = rows.children.length;

  add.addEventListener("click", () => {
    const row = blank.content.firstElementChild.cloneNode(true);
    last += 1;
    row.querySelectorAll("[id]").forEach((node) => { node.id = node.id.replace(/_new$/, `_${last}`); });
    rows.append(row);
    fit();
    row.querySelector("input, select, textarea").focus();
  });
  rows.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove]")) event.target.closest("tr").remove();
    fit();
  });
  fit();
});

CHS.each("[data-grid=attachments]", (grid) => {
  const rows = grid.querySelector("tbody");
  const file = grid.querySelector("input[type=file]");
  const description = grid.querySelector("input[type=text]");
  const button = grid.querySelector("[data-attach]");
  const status = grid.querySelector("[data-status]");
  const form = grid.closest("form");

  button.addEventListener("click", async () => {
    const body = new FormData();
    body.set("__CHSTOKEN", CHS.token);
    body.set("__CHSDRAFT", form.elements.__CHSDRAFT.value);
    body.set("description", description.value);
    if (file.files.length) body.set("file", file.files[0]);
    button.disabled = true;
    status.textContent = "Attaching…";
    const { ok, data } = await CHS.fetchJson(grid.querySelector("[data-upload]").dataset.upload, { method: "POST", body });
    button.disabled = false;
    status.textContent = ok ? "Attached" : data.error;
    if (!ok) return;
    rows.append(CHS.el("tr", {}, ...data.row.map((cell) => CHS.el("td", { class: "text" }, cell))));
    file.value = "";
    description.value = "";
  });
});
