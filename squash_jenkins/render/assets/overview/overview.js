// The Overview: its filters, with the choice in the address.
"use strict";
(() => {
  const moved = document.querySelector("a[data-moved]");
  if (moved) location.replace(moved.href + location.search + location.hash);

  // ---- filters ----
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("overview"));
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ (
    form ? [...form.querySelectorAll("input, select")] : []
  );
  const chosen = () => Object.fromEntries(fields.map((each) => [each.name, each.value.trim()]));

  const fits = (item, /** @type {Record<string, string>} */ { find, job, only }) =>
    (!job || item.dataset.job === job) &&
    (!only || item.dataset.direction === only) &&
    find
      .toLowerCase()
      .split(/\s+/)
      .every((word) => `${item.dataset.job} ${item.textContent}`.toLowerCase().includes(word));

  // A filter unfolds what it found; without one the list is folded again.
  const unfold = (rest, filtered, shown) => {
    if (!rest || (!filtered && !rest.dataset.unfolded)) return;
    rest.open = filtered && shown.some((row) => rest.contains(row));
    if (filtered) rest.dataset.unfolded = "yes";
    else delete rest.dataset.unfolded;
  };

  const show = () => {
    if (!form) return;
    const choice = chosen();
    const filtered = Object.values(choice).some(Boolean);
    let left = 0;
    for (const group of document.querySelectorAll(".movers")) {
      const rows = [...group.querySelectorAll(".mover")];
      for (const row of rows) row.hidden = !fits(row, choice);
      const shown = rows.filter((row) => !row.hidden);
      group.hidden = !shown.length;
      left += shown.length;
      unfold(group.querySelector("details.more"), filtered, shown);
    }
    const better = document.querySelector(".better-moves");
    unfold(better, filtered, better ? [...better.querySelectorAll(".mover")].filter((row) => !row.hidden) : []);
    for (const card of document.querySelectorAll("section.job")) card.hidden = !fits(card, { ...choice, only: "" });
    document.getElementById("no-mover").hidden = left > 0 || !filtered;
  };

  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const field of fields) {
      const value = query.get(field.name) || "";
      field.value = value;
    }
    show();
  };
  const address = () => {
    const query = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
    return query.size ? `?${query}` : location.pathname;
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      const typing = /** @type {HTMLElement} */ (event.target).matches("input");
      history[typing ? "replaceState" : "pushState"](null, "", address());
      show();
    });
    addEventListener("popstate", read);
  }
  squash.onChange(show);
  read();
})();
