// The form keeps its own state from input events, as such applications do: what no event tells, it never sends.
const ticket = document.getElementById("ticket");
const search = document.getElementById("search");

const ask = async (path, options) => {
  const answer = await fetch(path, options);
  if (answer.status === 401) location.assign("/login");
  return answer;
};
const toast = (words) => {
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = words;
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 8000);
};

function runForm() {
  const state = {};
  for (const control of ticket.querySelectorAll("[data-field]")) {
    state[control.dataset.field] = "";
    control.addEventListener("input", () => { state[control.dataset.field] = control.value; });
  }
  for (const group of ticket.querySelectorAll("[data-choice]")) {
    state[group.dataset.choice] = "";
    group.addEventListener("change", (event) => {
      state[group.dataset.choice] = event.target.labels[0].textContent.trim();
    });
  }
  for (const control of ticket.querySelectorAll("[data-switch]")) {
    state[control.dataset.switch] = false;
    control.addEventListener("change", () => { state[control.dataset.switch] = control.checked; });
  }
  for (const group of ticket.querySelectorAll("[data-ticks]")) {
    state[group.dataset.ticks] = [];
    group.addEventListener("change", () => {
      state[group.dataset.ticks] = [...group.querySelectorAll("input:checked")].map((box) => box.labels[0].textContent.trim());
    });
  }

  const comments = ticket.querySelector("[role=list]");
  document.getElementById("add").addEventListener("click", () => {
    const row = ticket.querySelector("template").content.firstElementChild.cloneNode(true);
    row.querySelector("button").addEventListener("click", () => row.remove());
    comments.append(row);
  });

  const list = ticket.querySelector("[data-field=Category]");
  ask("/api/categories").then((answer) => answer.json()).then((names) => {
    list.replaceChildren(new Option("Choose one", ""), ...names.map((name) => new Option(name, name)));
    list.disabled = false;
  });

  document.getElementById("submit").addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    const rows = [...comments.children].map((row) => ({
      Visibility: row.querySelector("select").value, Comment: row.querySelector("textarea").value,
    }));
    const body = JSON.stringify({ fields: state, comments: rows });
    const answer = await ask("/api/tickets", { method: "POST", body });
    const told = await answer.json();
    ticket.querySelector(".problems").replaceChildren(...(told.problems || []).map((words) => {
      const line = document.createElement("div");
      line.textContent = words;
      return line;
    }));
    button.disabled = false;
    if (answer.ok) toast(`Ticket ${told.reference} was opened`);
  });
}

function runSearch() {
  const results = search.querySelector(".results");
  search.querySelector("button").addEventListener("click", async () => {
    results.textContent = "Searching…";
    const answer = await ask(`/api/tickets?q=${encodeURIComponent(search.querySelector("input").value)}`);
    const found = await answer.json();
    results.replaceChildren(...found.map(({ reference, subject, external }) => {
      const line = document.createElement("div");
      line.className = "result";
      line.innerHTML = `<a></a> <span></span>`;
      line.firstChild.href = `/tickets/${reference}`;
      line.firstChild.textContent = reference;
      line.lastChild.textContent = `${subject} (${external})`;
      return line;
    }));
    if (!found.length) results.textContent = "Nothing matches.";
  });
}

if (ticket) runForm();
if (search) runSearch();
