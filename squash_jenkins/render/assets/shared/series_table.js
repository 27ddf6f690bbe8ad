// The table of series: only the rows in view are in the page, so that ten thousand are as quick as ten.
"use strict";
(() => {
  const card = /** @type {HTMLElement | null} */ (document.querySelector("[data-series]"));
  if (!card) return;
  const made = squash.make;
  const WHOLE = 150; // with no more rows all are in the page
  const BEYOND = 12; // rows above and below those in view
  const TALL = { wide: 46, narrow: 92 }; // heights of rows, as in series_table.css
  const narrow = matchMedia("(max-width: 700px)");
  const COLUMNS = [
    ["metric", "Metric"],
    ["job", "Job"],
    ["dataset", "Dataset"],
    ["value", "Newest"],
    ["change", "Change", "from the usual value: the median of up to 30 builds before"],
    ["noise", "× noise", "the change in units of the typical build-to-build difference"],
    ["status", "Status"],
    ["", "Trend"],
    ["age", "Age"],
  ];
  const count = card.querySelector(".series-count");
  const place = card.querySelector(".series-place");
  const form = card.querySelector("form");
  let rows = [];
  let shown = [];
  let without = new Set(); // columns that say nothing here
  let current = 0; // the row that the keyboard is at
  const nodes = new Map();

  // ---- the table ----
  const columns = () => COLUMNS.filter(([name]) => !without.has(name));
  const choice = new squash.SeriesChoice(
    form,
    COLUMNS.filter(([name]) => name),
    () => refresh(),
  );

  const headCell = ([name, text, title]) => {
    if (!name) return made("th", { scope: "col", class: "series-spark", text });
    const button = made("button", { type: "button", title, text });
    button.addEventListener("click", () => choice.sortBy(name));
    return made(
      "th",
      { scope: "col", class: `series-${name}`, "aria-sort": squash.seriesOrder(choice.chosen.sort, name) },
      button,
    );
  };

  let body = null;
  let above = null;
  let below = null;
  const build = () => {
    const spacer = () => made("tr", { class: "series-space", "aria-hidden": "true" }, made("td", { colspan: 9 }));
    above = spacer();
    below = spacer();
    body = made("tbody", {}, above, below);
    const table = made(
      "table",
      { class: "series-table", "aria-rowcount": shown.length + 1, "aria-label": "Series" },
      made("thead", {}, made("tr", { "aria-rowindex": 1 }, ...columns().map(headCell))),
      body,
    );
    nodes.clear();
    place.replaceChildren(table);
    body.addEventListener("keydown", walk);
    body.addEventListener("focusin", (/** @type {EventOn} */ { target }) => {
      const row = target.closest("tr");
      if (row && row.ariaRowIndex) settle(Number(row.ariaRowIndex) - 2);
    });
  };

  const tall = () => (narrow.matches ? TALL.narrow : TALL.wide);
  const inView = () => {
    if (shown.length <= WHOLE) return [0, shown.length];
    const top = body.getBoundingClientRect().top;
    const first = Math.floor(-top / tall()) - BEYOND;
    const last = Math.ceil((innerHeight - top) / tall()) + BEYOND;
    return [Math.min(Math.max(0, first), shown.length), Math.min(Math.max(0, last), shown.length)];
  };

  const setHeight = (spacer, many) => {
    spacer.hidden = !many;
    spacer.firstElementChild.style.height = `${many * tall()}px`;
  };
  const draw = () => {
    if (!body) return;
    const [first, last] = inView();
    for (const [at, node] of nodes) {
      if ((at < first || at >= last) && !node.contains(document.activeElement)) {
        node.remove();
        nodes.delete(at);
      }
    }
    let before = above;
    for (let at = first; at < last; at++) {
      if (!nodes.has(at)) {
        nodes.set(at, squash.seriesRowNode(shown[at], at, without));
        before.after(nodes.get(at));
      }
      before = nodes.get(at);
    }
    setHeight(above, first);
    setHeight(below, shown.length - last);
    settle(Math.min(Math.max(current, first), Math.max(first, last - 1)));
  };

  // ---- one stop of the Tab key; arrows go on from there ----
  const linkAt = (at) => /** @type {HTMLElement | null} */ (nodes.get(at)?.querySelector("a") ?? null);
  const settle = (at) => {
    linkAt(current)?.setAttribute("tabindex", "-1");
    current = at;
    linkAt(current)?.setAttribute("tabindex", "0");
  };
  const goTo = (at) => {
    const wanted = Math.min(Math.max(0, at), shown.length - 1);
    const top = body.getBoundingClientRect().top + wanted * tall();
    if (!nodes.has(wanted) || top < 60 || top > innerHeight - tall()) scrollBy(0, top - innerHeight / 2);
    draw();
    settle(wanted);
    linkAt(wanted)?.focus({ preventScroll: true });
  };
  const walk = (event) => {
    const row = event.target.closest("tr");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...row.querySelectorAll("a")];
    const beside = links[links.indexOf(event.target) + { ArrowRight: 1, ArrowLeft: -1 }[event.key]];
    const page = Math.floor(innerHeight / tall()) - 2;
    const to = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (to === undefined && !beside) return;
    event.preventDefault();
    if (beside) beside.focus();
    else goTo(to);
  };

  // ---- what is shown ----
  const showCount = () => {
    const all = squash.whole(rows.length);
    const word = rows.length === 1 ? "series" : "series";
    count.textContent =
      shown.length === rows.length ? `${all} ${word}` : `${squash.whole(shown.length)} of ${all} ${word}`;
  };
  const refresh = () => {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const column = focused?.closest("th")?.className;
    shown = squash.sortedSeries(squash.fittingSeries(rows, choice.chosen), choice.chosen.sort);
    current = 0;
    build();
    if (column) /** @type {HTMLElement | null} */ (place.querySelector(`th.${column} button`))?.focus();
    showCount();
    if (!shown.length) place.replaceChildren(made("p", { class: "muted", text: nothing() }));
    draw();
    card.dataset.rows = String(shown.length);
  };
  const nothing = () => (rows.length ? "No series matches these filters." : "No series has been measured yet.");

  const save = () => {
    const number = (value) => (Number.isFinite(value) ? value : "");
    const head = ["job", "metric", "dataset", "filter", "level", "value", "unit", "usual", "percent", "noise"];
    const lines = shown.map((row) => [
      ...[row.job, row.metric, row.dataset, row.filter, row.level, number(row.value), row.unit],
      ...[row.usual, row.share, row.noise, row.times].map(number),
      ...[row.word, row.mark ? row.mark.text : "", row.build.number, new Date(row.build.end).toISOString()],
    ]);
    const text = squash.csv([[...head, "times noise", "status", "finding", "build", "finished"], ...lines]);
    squash.save("series.csv", "text/csv", text);
  };

  const read = async () => {
    rows = squash.seriesRows(await squash.load(card.dataset.series));
    const one = (key) => new Set(rows.map(key)).size < 2;
    without = new Set();
    if (one((row) => row.job)) {
      without.add("job");
      if (rows.every((row) => !row.dataset && !row.filter)) without.add("dataset");
    }
    choice.offer(rows);
    refresh();
  };

  let due = false;
  const later = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  };
  form.querySelector("button[name=csv]").addEventListener("click", save);
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later, { passive: true });
  narrow.addEventListener("change", () => refresh());
  squash.onChange(read);
  read().catch((error) => {
    place.replaceChildren(made("p", { class: "muted", text: `The table could not be loaded: ${error.message}.` }));
  });
})();
