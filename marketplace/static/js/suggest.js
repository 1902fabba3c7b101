// Suggestions at every search field for services. Without this module the field is a plain one.

document.querySelectorAll("[data-suggest]").forEach(completeNames);

/** Offer names that begin as typed, in the browser's own list. */
function completeNames(input) {
  const list = document.getElementById(input.getAttribute("list"));
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const typed = input.value.trim();
    if (typed.length < 2) return;
    waiting = setTimeout(async () => {
      const query = new URLSearchParams({ q: typed, lang: document.documentElement.lang });
      const answer = await fetch(`${input.dataset.suggest}?${query}`).catch(() => null);
      if (!answer?.ok) return;
      const names = await answer.json();
      list.replaceChildren(...names.map(({ text }) => Object.assign(document.createElement("option"), { value: text })));
    }, 120);
  });
}
