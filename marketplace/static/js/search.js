// The search page, live: a changed filter shows its results at once, with the address and the back button right.
// What is ticked for comparison is part of the address too. Without this module the page is a plain form with buttons.

const LIVE = "[data-live]";
const DELAY_MS = 250;

const form = document.querySelector("form[data-live-search]");
/** Where the form leads; `form.action` would be its button of that name. */
const target = form && new URL(form.getAttribute("action"), location.href).href;

if (form) {
  let waiting = 0;
  let running = null;
  const searched = () => location.pathname + location.search;
  let shown = searched();

  /** The address that the form asks for; a button (the number of a page) adds its own value. */
  const address = (button = null) => {
    const given = new URLSearchParams(new FormData(form, button));
    for (const [name, value] of [...given]) {
      if (value === "" || (name === "sort" && value === "match")) given.delete(name, value);
    }
    return withQuery(target, given);
  };

  /** Put the parts of the new page in place of the old ones; what is open stays open and the focus stays where it is. */
  const replaceParts = (page) => {
    const focused = document.activeElement?.id;
    const open = new Set([...document.querySelectorAll(`${LIVE} details[open] > summary`)].map((s) => s.textContent.trim()));
    const scrolls = [...document.querySelectorAll(`${LIVE} .municipalities-list`)].map((list) => list.scrollTop);
    for (const part of document.querySelectorAll(LIVE)) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
    for (const summary of document.querySelectorAll(`${LIVE} details > summary`)) {
      if (open.has(summary.textContent.trim())) summary.parentElement.open = true;
    }
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
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (remember) history.pushState({ search: true }, "", url);
      else form.elements.q.value = page.getElementById("q").value;
      shown = searched();
      replaceParts(page);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  };

  /** The present address, and the links on the page, with what is ticked now. */
  const keepChoices = () => {
    history.replaceState(history.state, "", withChoices(location.href));
    shown = searched();
    settle();
  };

  form.addEventListener("change", (event) => {
    if (event.target.name === "q") return;
    if (event.target.name === "offer") {
      if (chosen().length > mostChosen()) {
        event.target.checked = false;
        settle(true);
      } else keepChoices();
      return;
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => load(address(), true), DELAY_MS);
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.formMethod === "post") return;
    event.preventDefault();
    clearTimeout(waiting);
    if (button?.hasAttribute("formaction")) {
      location.assign(withChoices(button.formAction));
      return;
    }
    load(address(button), true).then(() => {
      const count = document.getElementById("count");
      count?.focus({ preventScroll: true });
      if (button?.name === "page") count?.scrollIntoView();
    });
  });
  // Back and forward: the results of that address, with what is ticked now. A link within the page changes neither.
  addEventListener("popstate", () => {
    if (searched() === shown) return;
    history.replaceState(history.state, "", withChoices(location.href));
    load(location.href, false);
  });
  document.addEventListener("content-replaced", () => settle());
  settle();
}

function withQuery(url, parameters) {
  const query = parameters.toString();
  return query ? `${url}?${query}` : url;
}

/** The services that are ticked for comparison. */
function chosen() {
  return [...document.querySelectorAll('input[name="offer"]:checked')].map((box) => box.value);
}

function mostChosen() {
  return Number(document.querySelector(".compare-bar")?.dataset.most ?? 0);
}

/** An address with what is ticked now in place of what it named. */
function withChoices(url) {
  const changed = new URL(url, location.href);
  changed.searchParams.delete("offer");
  for (const id of chosen()) changed.searchParams.append("offer", id);
  return changed.href;
}

/**
 * What only a page without this module needs is hidden; the bar for comparing shows once something is chosen, and says
 * how much; links within the search and to the other language lead to the same choices.
 */
function settle(full = false) {
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  const count = chosen().length;
  for (const bar of document.querySelectorAll(".compare-bar")) {
    bar.hidden = !count;
    const words = bar.querySelector("[data-chosen]");
    words.textContent = full ? words.dataset.full : words.dataset.chosen.replace("{n}", count);
  }
  for (const link of document.querySelectorAll(`${LIVE} a[href]`)) {
    if (link.origin + link.pathname === target) link.href = withChoices(link.href);
  }
  for (const link of document.querySelectorAll(".languages a[hreflang]")) link.search = location.search;
}
