"use strict";
// Filters over the tasks. What is chosen stands in the address, so that a view can be passed on. Texts are only read here and
// compared; nothing is made into HTML.
const form = document.getElementById("filters");
const tasks = Array.from(document.querySelectorAll(".task"));
const count = document.getElementById("count");
const none = document.getElementById("none");
const button = document.getElementById("open");
const texts = new Map();

function textOf(task) {
  if (!texts.has(task)) texts.set(task, task.textContent.replace(/\s+/g, " ").toLowerCase());
  return texts.get(task);
}

function fits(task, want) {
  const grade = want.get("grade");
  return (!want.get("suite") || task.dataset.suite === want.get("suite"))
    && (!want.get("stratum") || task.dataset.stratum === want.get("stratum"))
    && (!grade || (grade === "!hard" ? task.dataset.grade !== "hard" : task.dataset.grade === grade))
    && (!want.get("changed") || task.dataset.changed === "1")
    && (want.get("text") || "").toLowerCase().split(/\s+/).every(word => textOf(task).includes(word));
}

function apply() {
  const want = new URLSearchParams(new FormData(form));
  let shown = 0;
  for (const task of tasks) {
    task.hidden = !fits(task, want);
    if (!task.hidden) shown++;
  }
  count.textContent = shown + " of " + tasks.length + " tasks";
  none.hidden = shown > 0;
  for (const [name, value] of Array.from(want)) if (!value) want.delete(name);
  try {
    history.replaceState(null, "", "#" + want);
  } catch {
    // Some browsers allow it no file; the filters work all the same.
  }
}

function restore() {
  const want = new URLSearchParams(location.hash.slice(1));
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = want.get(field.name) === field.value;
    else if (field.name) field.value = want.get(field.name) || "";
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
  }
  apply();
}

form.addEventListener("input", apply);
form.addEventListener("submit", event => event.preventDefault());
addEventListener("hashchange", restore);
button.addEventListener("click", () => {
  const shown = tasks.filter(task => !task.hidden);
  const open = shown.some(task => !task.open);
  for (const task of shown) task.open = open;
});
form.hidden = tasks.length === 0;
restore();
