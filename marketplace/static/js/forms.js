// What forms gain with JavaScript; without it they work all the same.

/** The error summary takes the focus, and its links move the focus into the field. */
function showErrors() {
  const summary = document.querySelector("[data-takes-focus]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const control = target.matches("fieldset") ? target.querySelector("input, select, textarea") : target;
    target.scrollIntoView({ block: "start" });
    (control ?? target).focus({ preventScroll: true });
  });
}

/** Without a connection a form is not sent: the browser's error page would take what has been written with it. */
function waitForConnection(form) {
  let note = form.querySelector("[data-offline-note]");
  if (!note) {
    note = document.createElement("p");
    note.className = "ds-validation-message";
    note.dataset.offlineNote = "";
    note.setAttribute("role", "alert");
    (form.querySelector(".buttons") ?? form).before(note);
    window.addEventListener("online", () => note.remove(), { once: true });
  }
  note.textContent = form.dataset.offline;
}

/** A form is sent once: a second press while the answer is on its way does nothing. */
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (!navigator.onLine && form.dataset.offline) {
      event.preventDefault();
      waitForConnection(form);
      return;
    }
    form.dataset.sent = "true";
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
  });
}

/** Back from the next page (the browser keeps this one as it was): the form may be sent again. */
function sendAgainAfterBack() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
}

/** How many characters are left, said beside the field as one writes. */
function countCharacters(area) {
  const limit = Number(area.dataset.limit);
  const note = document.getElementById(`${area.id}-limit`);
  if (!note) return;
  const count = () => {
    const left = limit - area.value.length;
    const words = left < 0 ? note.dataset.over : note.dataset.left;
    note.textContent = words.replace("{n}", Math.abs(left));
  };
  area.addEventListener("input", count);
  if (area.value) count();
}

/** A button beside a field of hidden letters shows them; they are hidden again when the form is sent. */
function showWritten(field) {
  const row = document.createElement("div");
  const button = document.createElement("button");
  row.className = "hidden-letters";
  button.type = "button";
  button.className = "ds-button";
  button.dataset.variant = "tertiary";
  button.setAttribute("aria-controls", field.id);
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false));
  field.before(row);
  row.append(field, button);
  show(false);
}

/** A question that is asked only after a certain answer is folded away after any other; what was written in it stays. */
function foldConditional(group) {
  const conditions = Object.entries(JSON.parse(group.dataset.onlyIf));
  const form = group.closest("form");
  if (!conditions.length || !form) return;
  const isChosen = ([name, value]) =>
    [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].some((control) => {
      if (control.type === "checkbox" && value === "yes" && control.value === "y") return control.checked;
      return (control.matches("[type=radio], [type=checkbox]") ? control.checked : true) && control.value === value;
    });
  const fold = () => { group.hidden = !conditions.every(isChosen) && !group.querySelector("[aria-invalid=true]"); };
  form.addEventListener("change", fold);
  fold();
}

/** A day picked in the calendar is written into the field; what is written afterwards stands for itself. */
function pickDay(picker) {
  const written = document.getElementById(picker.dataset.picks);
  picker.addEventListener("change", () => {
    const [year, month, day] = picker.value.split("-").map(Number);
    if (year > 1900) written.value = `${day}.${month}.${year}`;
  });
  written.addEventListener("input", () => { picker.value = ""; });
}

/** A link away from a form with unsaved changes asks first, in the page's own words. */
function guardChanges(form) {
  const dialog = document.getElementById("leave-dialog");
  const changed = () => !form.dataset.sent && form.dataset.changed === "true";
  let leaving = null;

  form.addEventListener("input", () => { form.dataset.changed = "true"; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const elsewhere = link && !link.getAttribute("href").startsWith("#") && link.target !== "_blank" && !link.download;
    if (!elsewhere || !changed() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leaving = link.href;
    dialog.showModal();
  });
  dialog.querySelector("[data-stay]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-go]").addEventListener("click", () => {
    if (!leaving) return;
    form.dataset.changed = "false";
    window.location.assign(leaving);
  });
  // Closing the window or the browser's own "back" cannot be asked in the page: there the browser asks.
  window.addEventListener("beforeunload", (event) => { if (changed()) event.preventDefault(); });
}

showErrors();
for (const form of document.querySelectorAll("form[method=post]")) sendOnce(form);
for (const area of document.querySelectorAll("textarea[data-limit]")) countCharacters(area);
for (const field of document.querySelectorAll("[data-show]")) showWritten(field);
for (const picker of document.querySelectorAll("[data-picks]")) pickDay(picker);
for (const form of document.querySelectorAll("form[data-guard]")) guardChanges(form);
window.addEventListener("pageshow", (event) => { if (event.persisted) sendAgainAfterBack(); });
for (const group of document.querySelectorAll("[data-only-if]")) foldConditional(group);
