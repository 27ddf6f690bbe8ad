// The list of findings; the form above it filters and sorts it, and the address holds the choice.
"use strict";
(() => {
  const DAY = 86400;
  const form = document.getElementById("findings");
  if (!form) return;
  /** @type {(HTMLSelectElement | HTMLInputElement)[]} */
  const fields = [...form.querySelectorAll("select"), ...form.querySelectorAll("input")];
  const texts = new Intl.Collator(undefined, { numeric: true });

  const metricsOf = (item) => item.dataset.metrics.split("\n");
  const part = (text, wanted) => text.toLowerCase().includes(wanted.toLowerCase());
  const fits = (item, /** @type {Record<string, string>} */ { only, job, metric, size, age, state }) => {
    const { dataset } = item;
    return (
      (!only || dataset.direction === only) &&
      (!job || dataset.job === job) &&
      (!metric || metricsOf(item).some((name) => part(name, metric))) &&
      (!size || (dataset.size !== "" && Number(dataset.size) >= Number(size))) &&
      (!age || Number(dataset.begin) >= Date.now() / 1000 - Number(age) * DAY) &&
      (!state || dataset.state === state)
    );
  };

  // ---- order: within each section, a group where its first finding is ----
  const leading = (item) => item.querySelector("li[data-state]") || item;
  const begin = (item) => Number(leading(item).dataset.begin);
  const size = (item) => Number(leading(item).dataset.size || -1);
  const newest = (one, other) => begin(other) - begin(one);
  const ORDERS = {
    "": newest,
    oldest: (one, other) => begin(one) - begin(other),
    size: (one, other) => size(other) - size(one),
    job: (one, other) => texts.compare(leading(one).dataset.job, leading(other).dataset.job),
    metric: (one, other) => texts.compare(metricsOf(leading(one))[0], metricsOf(leading(other))[0]),
  };
  const sort = (place, order) => {
    const items = [...place.children];
    const sorted = [...items].sort((one, other) => order(one, other) || newest(one, other));
    if (sorted.some((item, at) => item !== items[at])) place.replaceChildren(...sorted);
  };

  const show = () => {
    const chosen = Object.fromEntries(fields.map((each) => [each.name, each.value.trim()]));
    const order = ORDERS[chosen.sort] || newest;
    for (const place of document.querySelectorAll(".caused")) sort(place, order);
    for (const place of document.querySelectorAll("section.findings > .cards, section.findings tbody"))
      sort(place, order);
    const items = [...document.querySelectorAll("[data-direction][data-state]")];
    for (const item of items) item.hidden = !fits(item, chosen);
    for (const group of document.querySelectorAll(".cause"))
      group.hidden = [...group.querySelectorAll("li[data-state]")].every((item) => item.hidden);
    for (const section of document.querySelectorAll("section.findings")) {
      const own = items.filter((item) => section.contains(item));
      const left = own.filter((item) => !item.hidden);
      section.hidden = !left.length;
      section.querySelector("h2 span").textContent =
        left.length === own.length ? String(own.length) : `${left.length} of ${own.length}`;
    }
    document.getElementById("no-finding").hidden = items.some((item) => !item.hidden);
  };

  // ---- the address ----
  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const field of fields) {
      const value = query.get(field.name) || "";
      const options = field instanceof HTMLSelectElement ? [...field.options] : null;
      const known = !options || options.some((option) => option.value === value);
      field.value = known ? value : "";
    }
  };
  const write = (how) => {
    const filled = fields.filter((each) => each.value.trim());
    const chosen = new URLSearchParams(filled.map((each) => [each.name, each.value.trim()]));
    history[how](null, "", filled.length ? `?${chosen}` : location.pathname);
    show();
  };

  read();
  form.hidden = false;
  squash.onChange(show);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const field of fields) {
    const how = field instanceof HTMLSelectElement ? "pushState" : "replaceState";
    field.addEventListener("input", () => write(how));
  }
  addEventListener("popstate", () => {
    read();
    show();
  });
  show();
})();
