// Light or dark before the page is drawn, when the reader has chosen: loaded in the head, so that nothing flashes.
// Without a choice, and without this script, the device's own setting holds (data-color-scheme="auto").
(() => {
  const KEY = "color-scheme";
  const CHOICES = ["auto", "light", "dark"];
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    return; // storage is closed to us: the device's setting holds
  }
  if (CHOICES.includes(chosen)) document.documentElement.dataset.colorScheme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const group = document.querySelector("[data-scheme]");
    if (!group) return;
    group.hidden = false;
    for (const radio of group.querySelectorAll("input")) {
      radio.checked = radio.value === document.documentElement.dataset.colorScheme;
      radio.addEventListener("change", () => {
        document.documentElement.dataset.colorScheme = radio.value;
        localStorage.setItem(KEY, radio.value);
      });
    }
  });
})();
