// One station's screen: takes its <main> from the server's stream, or asks for it each second when there is none.
"use strict";
(() => {
  const LOST_MS = 3000, POLL_MS = 1000, RELOAD_AFTER_MS = 10000, STREAM_AGAIN_MS = 30000, TOUCH_EVERY_MS = 3000;

  // [frequency in Hz, length in ms] or [0, pause in ms]; docs: the table of sounds in the visual language.
  const TONES = {
    read: [[1047, 40]],
    in: [[659, 90], [880, 140]],
    out: [[880, 90], [587, 140]],
    "in-kept": [[659, 90], [880, 140], [0, 60], [1319, 35]],
    "out-kept": [[880, 90], [587, 140], [0, 60], [1319, 35]],
    ask: [[740, 80], [0, 80], [740, 80]],
    step: [[784, 70], [1047, 70]],
    stop: [[311, 180], [0, 90], [311, 180]],
    down: [[233, 400], [0, 200], [233, 400], [0, 200], [233, 400]],
  };
  const ROUGH = new Set(["stop", "down"]);
  const VOLUME = 0.4, RISE_S = 0.005, FALL_S = 0.04;

  const body = document.body;
  const overlay = document.getElementById("reconnecting");
  const base = `/station/${encodeURIComponent(body.dataset.station)}`;
  let seq = Number(body.dataset.seq), shown = Number(body.dataset.shown);
  let heardAt = performance.now(), lostSince = null, touchedAt = -Infinity;
  let wall = null; // {utcMs, offsetMin, at}: the server's clock when we last heard it
  let audio = null;

  function play(name) {
    const tones = TONES[name];
    if (!tones || !window.AudioContext) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume().catch(() => {});
    let start = audio.currentTime + 0.01;
    for (const [hertz, ms] of tones) {
      const end = start + ms / 1000;
      if (hertz) {
        const tone = audio.createOscillator(), gain = audio.createGain();
        tone.type = ROUGH.has(name) ? "triangle" : "sine";
        tone.frequency.value = hertz;
        gain.gain.setValueAtTime(0, start);
        gain.gain.linearRampToValueAtTime(VOLUME, start + RISE_S);
        gain.gain.setValueAtTime(VOLUME, Math.max(start + RISE_S, end - FALL_S));
        gain.gain.linearRampToValueAtTime(0, end);
        tone.connect(gain).connect(audio.destination);
        tone.start(start);
        tone.stop(end);
      }
      start = end;
    }
  }

  function heard() {
    const now = performance.now();
    heardAt = now;
    if (lostSince !== null && now - lostSince > RELOAD_AFTER_MS) location.reload();
    lostSince = null;
    overlay.hidden = true;
  }

  function show(payload) {
    heard();
    if (payload.seq === seq) return;
    const page = new DOMParser().parseFromString(payload.html, "text/html");
    const next = document.adoptNode(page.querySelector("main"));
    document.documentElement.lang = next.lang;
    document.querySelector("main").replaceWith(next);
    if (payload.shown !== shown && payload.sound) play(payload.sound);
    seq = payload.seq;
    shown = payload.shown;
    tick();
  }

  function setClock(beat) {
    heard();
    wall = { utcMs: beat.wall_us / 1000, offsetMin: beat.offset_min, at: performance.now() };
    tick();
  }

  function tick() {
    if (wall === null) return;
    const local = new Date(wall.utcMs + performance.now() - wall.at + wall.offsetMin * 60000);
    const text = local.toISOString().slice(11, 16);
    for (const clock of document.querySelectorAll("[data-clock]")) if (clock.textContent !== text) clock.textContent = text;
  }

  let polling = null;
  function listen() {
    const stream = new EventSource(`${base}/events`);
    stream.addEventListener("screen", (event) => { stopPolling(); show(JSON.parse(event.data)); });
    stream.addEventListener("beat", (event) => setClock(JSON.parse(event.data)));
    stream.onerror = () => {
      // CONNECTING: the browser tries again by itself. CLOSED: the server has no stream left for us.
      if (stream.readyState === EventSource.CLOSED) { startPolling(); setTimeout(listen, STREAM_AGAIN_MS); }
    };
  }

  async function poll() {
    try {
      const answer = await fetch(`${base}/screen`, { cache: "no-store" });
      if (!answer.ok) return;
      const payload = await answer.json();
      setClock(payload);
      show(payload);
    } catch { /* the watch below shows that the server is away */ }
  }
  function startPolling() { if (polling === null) { polling = setInterval(poll, POLL_MS); poll(); } }
  function stopPolling() { clearInterval(polling); polling = null; }

  setInterval(() => {
    tick();
    if (performance.now() - heardAt > LOST_MS) {
      if (lostSince === null) lostSince = heardAt;
      overlay.hidden = false;
    }
  }, 250);

  function tell(values, what = "touch") {
    const form = new URLSearchParams({ csrf: body.dataset.csrf, ...values });
    fetch(`${base}/${what}`, { method: "POST", body: form }).catch(() => {});
  }
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-language], [data-join], [data-direction], [data-pay]");
    if (!choice) return;
    if (choice.dataset.pay) tell({ action: choice.dataset.pay, number: choice.dataset.number || "0" }, "pay");
    else if (choice.dataset.join) tell({ action: choice.dataset.join }, "join");
    else if (choice.dataset.direction) {
      const { fact, tap, direction } = choice.dataset;
      tell({ fact, tap, direction }, "direction");
    } else tell({ language: choice.dataset.language });
  });
  document.addEventListener("pointerdown", () => {
    const now = performance.now();
    if (document.querySelector("main .result, main.work") && now - touchedAt > TOUCH_EVERY_MS) { touchedAt = now; tell({}); }
  });
  // Whoever goes back or forward must not find what was here: a page that the browser keeps is kept empty.
  window.addEventListener("pagehide", () => document.querySelector("main").replaceChildren());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  listen();
})();
