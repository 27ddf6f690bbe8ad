// The list of findings; the form above it filters it, and the address holds the choice.
"use strict";
(() => {
  const form = document.getElementById("findings");
  if (!form) return;
  const selects = [...form.querySelectorAll("select")];

  const fits = (item, chosen) =>
    (!chosen.only || item.dataset.direction === chosen.only) &&
    (!chosen.job || item.dataset.job === chosen.job) &&
    (!chosen.state || item.dataset.state === chosen.state);

  const show = () => {
    const items = [...document.querySelectorAll("[data-direction][data-state]")];
    const empty = document.getElementById("no-finding");
    const chosen = Object.fromEntries(selects.map((each) => [each.name, each.value]));
    for (const item of items) item.hidden = !fits(item, chosen);
    for (const section of document.querySelectorAll("section.findings")) {
      const own = items.filter((item) => section.contains(item));
      const left = own.filter((item) => !item.hidden);
      section.hidden = !left.length;
      section.querySelector("h2 span").textContent =
        left.length === own.length ? String(own.length) : `${left.length} of ${own.length}`;
    }
    empty.hidden = items.some((item) => !item.hidden);
  };

  const query = new URLSearchParams(location.search);
  for (const select of selects) {
    const value = query.get(select.name);
    if (value !== null && [...select.options].some((option) => option.value === value)) select.value = value;
  }
  form.hidden = false;
  squash.onChange(show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const chosen = new URLSearchParams(selects.filter((each) => each.value).map((each) => [each.name, each.value]));
    history.replaceState(null, "", `?${chosen}`);
    show();
  });
  show();
})();
