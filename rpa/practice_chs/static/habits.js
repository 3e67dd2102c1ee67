/* Habits that a test asks for, told by this script's own data: a select that posts back or redraws, and worse. */
"use strict";

(() => {
  const { postback, redraw, redrawAfter, asks, loops } = document.currentScript.dataset;
  const form = document.querySelector("form.journey");
  const parts = ":scope > .section, :scope > .panel, :scope > .collapse";
  // As the server sent them: this script runs before the widgets change anything.
  const pristine = [...form.querySelectorAll(parts)].map((part) => part.cloneNode(true));
  const hangsOn = (select, habit) => (habit === "*" || habit === select.name) && select.value !== "";
  let redrawing = false;

  function post(select) {
    const event = document.createElement("input");
    Object.assign(event, { type: "hidden", name: "__CHSEVENT", value: select.name });
    form.append(event);
    form.requestSubmit();
  }

  /** Put the form up anew: the choice stays, everything else is as the server sent it. */
  function draw(name, value) {
    const fresh = pristine.map((part) => part.cloneNode(true));
    form.querySelectorAll(parts).forEach((part, place) => part.replaceWith(fresh[place]));
    CHS.enliven(form);
    const select = form.elements[name];
    select.value = value;
    redrawing = true;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    redrawing = false;
  }

  form.addEventListener("change", (event) => {
    const select = event.target;
    if (redrawing || !select.matches("select[name]")) return;
    if (postback && hangsOn(select, postback)) post(select);
    if (redraw && hangsOn(select, redraw)) setTimeout(draw, Number(redrawAfter), select.name, select.value);
  });

  if (asks) {
    const ask = (event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    form.addEventListener("submit", () => removeEventListener("beforeunload", ask));
  }
  if (loops) addEventListener("load", () => setTimeout(() => { for (;;); }, 0));
})();
