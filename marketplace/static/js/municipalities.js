// The list of municipalities gains a box that shortens it and a count of what is chosen.

function makeFindable(group) {
  const tools = group.querySelector(".municipalities-tools");
  const box = tools.querySelector("input");
  const note = tools.querySelector("[role=status]");
  const choices = [...group.querySelectorAll(".municipalities-list .choice")];
  const counties = [...group.querySelectorAll(".municipalities-county")];

  const say = () => {
    const shown = choices.some((choice) => !choice.hidden);
    const chosen = choices.filter((choice) => choice.querySelector("input").checked).length;
    note.textContent = shown ? note.dataset.chosen.replace("{n}", chosen) : note.dataset.none;
  };
  const shorten = () => {
    const wanted = box.value.trim().toLocaleLowerCase();
    for (const choice of choices) choice.hidden = !choice.textContent.toLocaleLowerCase().includes(wanted);
    for (const county of counties) county.hidden = !county.querySelector(".choice:not([hidden])");
    say();
  };

  box.addEventListener("input", shorten);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  group.addEventListener("change", say);
  tools.hidden = false;
  say();
}

for (const group of document.querySelectorAll("[data-municipalities]")) makeFindable(group);
