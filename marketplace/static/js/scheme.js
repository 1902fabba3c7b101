// Light or dark before the page is drawn, when the reader has chosen: loaded in the head, so that nothing flashes.
// Without a choice, and without this script, the device's own setting holds (data-color-scheme="auto").
(() => {
  const KEY = "color-scheme";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;

  // Paper is white: what is printed has the light colours, whatever the screen has.
  let onScreen = null;
  addEventListener("beforeprint", () => {
    onScreen ??= root.dataset.colorScheme;
    root.dataset.colorScheme = "light";
  });
  addEventListener("afterprint", () => {
    if (onScreen) root.dataset.colorScheme = onScreen;
    onScreen = null;
  });

  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    return; // storage is closed to us: the device's setting holds
  }
  if (CHOICES.includes(chosen)) root.dataset.colorScheme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const group = document.querySelector("[data-scheme]");
    if (!group) return;
    group.hidden = false;
    for (const radio of group.querySelectorAll("input")) {
      radio.checked = radio.value === root.dataset.colorScheme;
      radio.addEventListener("change", () => {
        root.dataset.colorScheme = radio.value;
        localStorage.setItem(KEY, radio.value);
      });
    }
  });
})();
