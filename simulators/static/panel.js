"use strict";
// Refreshes the figures each second; loads the page again when something else has changed, unless someone is using it.
const EVERY_MS = 1000;

async function refresh() {
  try {
    const answer = await fetch("/live.json", { signal: AbortSignal.timeout(3 * EVERY_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const live = await answer.json();
    document.body.classList.remove("stale");
    for (const place of document.querySelectorAll("[data-live]")) {
      place.textContent = live.figures[place.dataset.live] ?? place.textContent;
    }
    const busy = document.activeElement !== document.body || document.querySelector("details[open]");
    if (live.state !== document.body.dataset.state && !busy) location.reload();
  } catch {
    document.body.classList.add("stale"); // no answer: what stands here is no longer true
  }
}

async function always() {
  if (!document.hidden) await refresh();
  setTimeout(always, EVERY_MS);
}

always();
