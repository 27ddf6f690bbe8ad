// What is new since the reader's last visit; only this browser remembers it.
"use strict";
(() => {
  const PAUSE = 30 * 60e3; // after so long without a look (ms) a new visit begins
  const MOST = 5000; // findings remembered
  const made = squash.make;
  const place = document.getElementById("visit");
  if (!place) return;
  // Several sites may share an origin, as all of file:// do.
  const key = `squash-visit ${new URL(squash.href(""), location.href).pathname}`;

  const remembered = () => {
    try {
      const found = JSON.parse(localStorage.getItem(key) || "null");
      return Number.isFinite(found?.last?.at) && found.last.open ? found : null;
    } catch {
      return null; // the browser forbids storage, or something else wrote there
    }
  };

  const remember = (visits) => {
    try {
      localStorage.setItem(key, JSON.stringify(visits));
    } catch {
      // without storage each visit is the first
    }
  };

  const shown = () => ({
    at: Date.now(),
    builds: Number(place.dataset.builds),
    // name → worse, better or neutral
    open: Object.fromEntries(Object.entries(JSON.parse(place.dataset.open)).slice(0, MOST)),
  });

  // Return the visit before this one, and this one; pages opened in a row are one visit.
  const visitsWith = (now, known) => {
    if (!known) return { before: null, last: now };
    return { before: now.at - known.last.at > PAUSE ? known.last : known.before, last: now };
  };

  const listed = (now, before) => {
    const fresh = Object.entries(now.open).filter(([name]) => !(name in before.open));
    const over = Object.keys(before.open).filter((name) => !(name in now.open));
    const count = (direction) => fresh.filter(([, each]) => each === direction).length;
    const builds = Math.max(0, now.builds - before.builds);
    /** @type {[number, string, string?][]} */
    const parts = [
      [count("worse"), "new regression"],
      [count("neutral"), "new change"],
      [count("better"), "new improvement"],
      [over.length, "finding", " over or triaged"],
      [builds, "new build"],
    ];
    const words = parts.filter(([many]) => many).map(([many, word, after = ""]) => squash.counted(many, word) + after);
    return { fresh: new Set(fresh.map(([name]) => name)), text: words.join(", ") || "nothing new" };
  };

  const mark = (fresh) => {
    for (const each of document.querySelectorAll(".mover[data-finding]")) {
      if (!fresh.has(each.dataset.finding) || each.querySelector(".fresh")) continue;
      each.querySelector(".mover-what").append(" ", made("span", { class: "fresh", text: "new" }));
    }
  };

  // A live page is merged with a newer one: what is shown then counts, against the same visit.
  const visits = visitsWith(shown(), remembered());
  remember(visits);
  const show = () => {
    if (!visits.before) return;
    const now = shown();
    remember({ ...visits, last: now });
    const { fresh, text } = listed(now, visits.before);
    const when = new Date(visits.before.at).toISOString();
    place.replaceChildren(
      "Since your last visit (",
      made("time", { datetime: when, text: squash.moment(visits.before.at) }),
      `): ${text}.`,
    );
    place.hidden = false;
    mark(fresh);
  };
  squash.onChange(show);
  show();
})();
