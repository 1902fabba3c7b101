// The search page, live: a changed filter shows its results at once, with the address and the back button right.
// Without this module the page is a plain form with a button.

const LIVE = "[data-live]";
const DELAY_MS = 250;

const form = document.querySelector("form[data-live-search]");

if (form) {
  let waiting = 0;
  let running = null;
  const searched = () => location.pathname + location.search;
  let shown = searched();

  const address = () => {
    const given = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...given]) {
      if (value === "" || (name === "sort" && value === "match")) given.delete(name, value);
    }
    const query = given.toString();
    return query ? `${form.action}?${query}` : form.action;
  };

  /** Put the parts of the new page in place of the old ones; what is open stays open and the focus stays where it is. */
  const replaceParts = (page) => {
    const focused = document.activeElement?.id;
    const open = new Set([...document.querySelectorAll(`${LIVE} details[open] > summary`)].map((s) => s.textContent.trim()));
    const chosen = new Set([...document.querySelectorAll('input[name="offer"]:checked')].map((box) => box.value));
    const scrolls = [...document.querySelectorAll(`${LIVE} .municipalities-list`)].map((list) => list.scrollTop);
    for (const part of document.querySelectorAll(LIVE)) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
    for (const summary of document.querySelectorAll(`${LIVE} details > summary`)) {
      if (open.has(summary.textContent.trim())) summary.parentElement.open = true;
    }
    for (const box of document.querySelectorAll('input[name="offer"]')) box.checked ||= chosen.has(box.value);
    document.querySelectorAll(`${LIVE} .municipalities-list`).forEach((list, at) => { list.scrollTop = scrolls[at] ?? 0; });
    document.title = page.title;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("content-replaced"));
  };

  const load = async (url, remember) => {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(url, { signal: running.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (remember) history.pushState({ search: true }, "", url);
      shown = searched();
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  };

  form.addEventListener("change", (event) => {
    if (event.target.name === "offer" || event.target.name === "q") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => load(address(), true), DELAY_MS);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.getAttribute("form")) return;
    event.preventDefault();
    clearTimeout(waiting);
    load(address(), true).then(() => document.getElementById("count")?.focus({ preventScroll: true }));
  });
  // A link within the page changes the place only: what is ticked and where the focus goes stay.
  addEventListener("popstate", () => { if (searched() !== shown) location.reload(); });
  document.addEventListener("content-replaced", settle);
  document.addEventListener("change", (event) => { if (event.target.name === "offer") settle(); });
  settle();

  completeNames(form.querySelector("[data-suggest]"));
}

/** What only a page without this module needs is hidden; the bar for comparing shows once something is chosen. */
function settle() {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  const chosen = document.querySelector('input[name="offer"]:checked') !== null;
  for (const bar of document.querySelectorAll(".compare-bar")) bar.hidden = !chosen;
}

/** Offer names that begin as typed, in the browser's own list. */
function completeNames(input) {
  const list = input && document.getElementById(input.getAttribute("list"));
  if (!list) return;
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const typed = input.value.trim();
    if (typed.length < 2) return;
    waiting = setTimeout(async () => {
      const query = new URLSearchParams({ q: typed, lang: input.dataset.lang });
      const answer = await fetch(`${input.dataset.suggest}?${query}`).catch(() => null);
      if (!answer?.ok) return;
      const names = await answer.json();
      list.replaceChildren(...names.map(({ text }) => Object.assign(document.createElement("option"), { value: text })));
    }, 120);
  });
}
