// Copies what stands in a field that is too long to be seen whole on a small screen.
"use strict";
(() => {
  if (!navigator.clipboard) return; // Browsers have it on https only, and on the machine itself.
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
      button.textContent = button.dataset.copied;
      document.querySelector("[data-said]").textContent = button.dataset.copied;
    });
  }
})();
