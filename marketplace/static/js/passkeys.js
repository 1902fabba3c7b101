// Passkeys: asks the device for one and sends its answer with the form. A form with `data-passkey` ("create" or "get")
// carries what to ask for in `data-options`; its button is shown only where the browser knows passkeys, and what stands
// in `data-passkey-missing` only where it does not. Without this script the other ways of signing in remain.
const able =
  window.PublicKeyCredential &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";

const ask = {
  create: (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

if (able) {
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
  for (const part of document.querySelectorAll("[data-passkey]")) {
    const form = part.querySelector("form");
    const trouble = part.querySelector("[data-passkey-trouble]");
    part.hidden = false;
    form.addEventListener("submit", async (event) => {
      const answer = form.elements.credential;
      if (answer.value) return; // the device has answered: the form goes its way
      event.preventDefault();
      event.stopImmediatePropagation();
      trouble.hidden = true;
      try {
        const credential = await ask[part.dataset.passkey](JSON.parse(part.dataset.options));
        answer.value = JSON.stringify(credential);
        form.requestSubmit();
      } catch {
        trouble.hidden = false; // the person closed the device's window, or it has no passkey for us
        trouble.focus();
      }
    }, true);
  }
}
