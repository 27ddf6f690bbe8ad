// Keep an open page up to date: when the server reports a change, load the page again and update it in place.
// The live server puts this before all other scripts of its pages; static sites do not have it.
"use strict";
(() => {
  const PATIENCE = 3000;
  const SHOWN_FOR = 60000;
  const PAUSE = 300;
  const AGAIN = [1000, 2000, 5000, 10000]; // milliseconds
  const PARTS = ["main", ".menu", "footer"];
  const self = /** @type {HTMLScriptElement} */ (document.currentScript);
  let shown = self.dataset.state;
  let wanted = shown;
  let busy = false;
  let failed = 0;
  let silence = null;
  let losing = null;
  const parts = new Map();
  for (const name of PARTS) {
    const place = document.querySelector(name);
    if (place) parts.set(name, new squash.Part(place));
  }

  // ---- the status line ----
  const note = document.createElement("p");
  note.className = "live-note";
  note.setAttribute("role", "status");
  const say = (text, { until = null, tone = "" } = {}) => {
    clearTimeout(silence);
    if (note.textContent !== text) note.textContent = text; // so that screen readers read it once
    note.dataset.tone = tone;
    note.hidden = !text;
    if (until) silence = setTimeout(() => say(""), until);
  };
  const offer = (text, word) => {
    if (note.textContent.startsWith(text)) return; // it is shown already
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = word;
    button.addEventListener("click", () => location.reload());
    say(text, { tone: "attention" });
    note.append(" ", button);
  };

  // ---- updates ----
  const revisionOf = (state) => state.split("-")[0];
  const programOf = (state) => state.split("-")[1];
  const scriptsOf = (page) =>
    [...page.querySelectorAll("head script[defer]")].map((each) => each.getAttribute("src")).join(" ");
  const scripts = scriptsOf(document);

  class Gone extends Error {}
  const fetched = async () => {
    const answer = await fetch(location.pathname, { cache: "no-cache", headers: { Accept: "text/html" } });
    if (answer.status === 401 || answer.status === 403 || answer.redirected)
      throw new Gone("Sign in again to see updates.");
    if (answer.status === 404) throw new Gone("This page no longer exists.");
    if (!answer.ok) throw new Error(`the server responded ${answer.status}`);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const renew = async (state) => {
    const page = await fetched();
    if (scriptsOf(page) !== scripts) {
      location.reload(); // the address now shows another kind of page
      return;
    }
    await squash.forget(`r=${revisionOf(state)}`);
    document.title = page.title;
    if (page.body.dataset.feed) document.body.dataset.feed = page.body.dataset.feed;
    for (const image of /** @type {NodeListOf<HTMLImageElement>} */ (
      document.querySelectorAll('main img[src$=".svg"], main img[src*=".svg?r="]')
    ))
      image.src = `${image.getAttribute("src").split("?")[0]}?r=${revisionOf(state)}`;
    for (const [name, part] of parts) {
      const now = page.querySelector(name);
      if (now) part.update(now);
    }
    await squash.changed();
  };

  const seen = () =>
    new Promise((resolve) => {
      if (!document.hidden) {
        resolve();
        return;
      }
      document.addEventListener("visibilitychange", function look() {
        if (document.hidden) return;
        document.removeEventListener("visibilitychange", look);
        resolve();
      });
    });
  const pause = (time) =>
    new Promise((over) => {
      setTimeout(over, time);
    });

  const work = async () => {
    if (busy) return;
    busy = true;
    while (wanted !== shown) {
      await seen();
      const state = wanted;
      const begun = performance.now();
      try {
        await renew(state);
        shown = state;
        failed = 0;
        note.dataset.state = state;
        note.dataset.updates = String(Number(note.dataset.updates || 0) + 1);
        say("Updated just now", { until: SHOWN_FOR });
      } catch (error) {
        if (error instanceof Gone) {
          offer(error.message, "Reload");
          shown = state;
          continue;
        }
        say(`Updating failed (${error.message}); trying again.`, { tone: "attention" });
        await pause(AGAIN[Math.min(failed++, AGAIN.length - 1)]);
      }
      await pause(Math.max(PAUSE, performance.now() - begun)); // update at most half of the time
    }
    busy = false;
  };

  // A newer version writes pages that these scripts do not fit.
  const renewed = () => {
    const before = Number(sessionStorage.getItem("squash-renewed") || 0);
    if (Date.now() - before < 60000 || document.activeElement.matches("input, textarea, select")) {
      offer("The server was updated.", "Reload the page");
      return;
    }
    sessionStorage.setItem("squash-renewed", String(Date.now()));
    location.reload();
  };

  const handle = ({ state, lost, refused }) => {
    if (refused) {
      offer("Sign in again to see updates.", "Reload");
      return;
    }
    if (lost && losing === null)
      losing = setTimeout(() => say("Connection lost, trying again", { tone: "attention" }), PATIENCE);
    if (!lost && losing !== null) {
      clearTimeout(losing);
      losing = null;
      if (note.dataset.tone) say("Connected again", { until: 5000 });
    }
    if (!state || state === wanted) return;
    if (programOf(state) !== programOf(shown)) {
      renewed();
      return;
    }
    wanted = state;
    work();
  };

  // ---- the connection: shared by all pages of a browser if possible, else only for visible pages ----
  const connect = () => {
    const url = new URL(squash.href("assets/live_worker.js"), location.href);
    const shared = Boolean(window.SharedWorker);
    const port = shared ? new SharedWorker(url, { name: "squash" }).port : new Worker(url);
    const [begin, end] = ["hello", "bye"].map((word) => () => port.postMessage(word));
    port.onmessage = ({ data }) => handle(data);
    begin();
    addEventListener("pagehide", end);
    addEventListener("pageshow", (event) => {
      if (event.persisted) begin();
    });
    if (!shared) document.addEventListener("visibilitychange", () => (document.hidden ? end() : begin()));
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!squash.forget) return; // a page without our scripts
    document.body.append(note);
    say("");
    connect();
  });
})();
