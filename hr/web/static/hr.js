// The HR pages work without this; it prints, submits a form when a date is chosen, chooses all lines, and
// keeps the first page fresh.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const input of document.querySelectorAll("form[data-auto] input, form[data-auto] select")) {
  input.addEventListener("change", () => {
    if (input.form.checkValidity()) input.form.submit();
  });
}

// Long work that is done a part at a time, each part kept.
for (const form of document.querySelectorAll("form[data-go-on]")) form.submit();

// Only while the page is seen and nothing is being typed or chosen on it.
const refreshSeconds = Number(document.body.dataset.refresh || 0);
if (refreshSeconds > 0) {
  setInterval(() => {
    const busy = document.activeElement && document.activeElement.matches("input, select, textarea");
    if (!document.hidden && !busy) window.location.reload();
  }, refreshSeconds * 1000);
}

for (const button of document.querySelectorAll("[data-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of button.form.querySelectorAll("input[name=day]")) box.checked = true;
  });
}
