// Disclosures (<details>) that open and close by themselves; without JavaScript a person opens and closes them.

/** A menu closes with Escape, with a press elsewhere, and when the focus has left it. */
function closeByItself(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

/** Filters stand open where there is room beside the results, and folded on a phone. */
function followWidth(details) {
  const wide = window.matchMedia("(width >= 60rem)");
  const follow = () => { details.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
}

for (const menu of document.querySelectorAll("details[data-menu]")) closeByItself(menu);
for (const details of document.querySelectorAll("details[data-wide-open]")) followWidth(details);
