// Supervisor's pages: the check column while typing, the seconds to wait, and the machines every two seconds.
"use strict";
(() => {
  const REFRESH_MS = 2000;

  const check = document.getElementById("check");
  if (check) {
    const counted = Number(document.getElementById("counted").dataset.counted);
    const fields = ["good", "scrap_labour", "scrap_material", "rework"].map((name) => document.querySelector(`input[name=${name}]`));
    const reason = document.querySelector("input[name=reason]"), why = document.getElementById("why");
    const button = document.querySelector(".sealing");
    const chip = check.querySelector(".chip"), word = chip.querySelector("span"), use = chip.querySelector("use");
    const update = () => {
      const differs = fields.reduce((sum, field) => sum + (Number(field.value) || 0), 0) - counted;
      const fits = differs === 0;
      const text = fits ? check.dataset.fits : (differs < 0 ? check.dataset.short : check.dataset.over).replace("#", Math.abs(differs));
      if (word.textContent !== text) word.textContent = text;
      chip.classList.toggle("ok", fits);
      chip.classList.toggle("stop", !fits);
      use.setAttribute("href", `/shared/icons.svg#i-${fits ? "check" : "warning"}`);
      why.hidden = fits;
      reason.disabled = fits;
      button.hidden = !fits && !reason.value.trim();
    };
    for (const field of [...fields, reason]) field.addEventListener("input", update);
    update();
  }

  const wait = document.querySelector("[data-wait]");
  if (wait) {
    const timer = setInterval(() => {
      const left = Number(wait.textContent) - 1;
      wait.textContent = Math.max(0, left);
      if (left <= 0) clearInterval(timer);
    }, 1000);
  }

  const area = document.getElementById("refreshed");
  if (area) {
    setInterval(async () => {
      try {
        const answer = await fetch(area.dataset.refresh, { cache: "no-store" });
        if (answer.redirected) { location.reload(); return; }
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        area.replaceChildren(...page.getElementById("refreshed").childNodes);
      } catch { /* the next round tries again */ }
    }, REFRESH_MS);
  }
})();
