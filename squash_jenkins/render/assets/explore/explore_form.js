// Explore: the form, and the choice in the address.
"use strict";
(() => {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("explore-form"));
  if (!form) return;
  const selects = Object.fromEntries(
    ["table", "builds", "x", "xscale", "y", "yscale", "colour"].map((name) => [
      name,
      /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)),
    ]),
  );
  const rows = [...form.querySelectorAll("[data-filter]")].map((row) => ({
    row,
    column: row.querySelector("select[name=column]"),
    low: row.querySelector("input[name=low]"),
    high: row.querySelector("input[name=high]"),
    words: row.querySelector("select[name=words]"),
    range: row.querySelector(".explore-range"),
    list: row.querySelector(".explore-words"),
  }));
  let tables = [];

  const keyOf = ({ job, dataset, filter, table }) => JSON.stringify([job, dataset, filter, table]);
  const nameOf = ({ job, dataset, filter, table }) => [table, dataset, filter, job].filter(Boolean).join(" · ");
  const titleOf = ({ name, unit }) => (unit ? `${name} (${unit})` : name);
  const offer = (select, options, wanted) => {
    const before = [...select.options].map((each) => `${each.value}\n${each.text}`).join("\n\n");
    if (before !== options.map(([value, text]) => `${value}\n${text}`).join("\n\n")) {
      select.replaceChildren(...options.map(([value, text]) => squash.make("option", { value, text })));
    }
    if (options.some(([value]) => value === wanted)) select.value = wanted;
    else if (options.length && select.selectedIndex < 0) select.selectedIndex = 0;
  };
  const current = () => tables.find((each) => keyOf(each) === selects.table.value) || tables[0];
  const kindOf = (name) => (current().columns.find((each) => each.name === name) || {}).kind;

  // Offer the columns of the table; choices that the table has stay selected.
  const offerColumns = (wanted) => {
    const { columns } = current();
    const numbers = columns.filter((each) => each.kind === "number");
    const named = (list) => list.map((each) => [each.name, titleOf(each)]);
    const usual = numbers.length > 1 ? numbers.slice(1) : numbers;
    const has = (name) => columns.some((each) => each.name === name);
    offer(selects.x, named(numbers), has(wanted.x) ? wanted.x : usual[0].name);
    offer(selects.y, named(numbers), has(wanted.y) ? wanted.y : (usual[1] || usual[0]).name);
    offer(selects.colour, [["", "number of points"], ...named(columns)], has(wanted.colour) ? wanted.colour : "");
    rows.forEach((each, at) => {
      const given = (wanted.filters || [])[at] || {};
      offer(each.column, [["", "any value"], ...named(columns)], has(given.column) ? given.column : "");
      each.low.value = given.low ?? "";
      each.high.value = given.high ?? "";
      each.words.replaceChildren(
        ...(given.words || []).map((word) => squash.make("option", { value: word, text: word, selected: "" })),
      );
    });
    arrange();
  };
  // Show the fields that each filter needs, and one unused filter.
  const arrange = () => {
    const used = rows.filter((each) => each.column.value).length;
    rows.forEach((each, at) => {
      const kind = each.column.value && kindOf(each.column.value);
      each.row.hidden = at > used && !each.column.value;
      each.range.hidden = kind !== "number";
      each.list.hidden = kind !== "word";
    });
  };
  const filterOf = ({ column, low, high, words }) => {
    if (kindOf(column.value) === "word")
      return { column: column.value, words: [...words.selectedOptions].map((each) => each.value) };
    const end = (input) =>
      input.value.trim() === "" || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber;
    return { column: column.value, low: end(low), high: end(high) };
  };

  // Return the choice, without the view.
  const chosen = () => {
    const { job, dataset, filter, table } = current();
    const filters = rows.filter((each) => each.column.value).map(filterOf);
    return {
      job,
      dataset,
      filter,
      table,
      builds: Number(selects.builds.value),
      x: selects.x.value,
      y: selects.y.value,
      colour: selects.colour.value,
      xscale: selects.xscale.value,
      yscale: selects.yscale.value,
      filters,
    };
  };
  const load = async () => {
    const answer = await fetch(`${squash.href("explore/tables")}?builds=${selects.builds.value}`, {
      credentials: "same-origin",
    });
    if (!answer.ok) throw new Error(answer.status === 401 ? "sign in" : `the server responded ${answer.status}`);
    tables = (await answer.json()).tables;
  };
  // Load the list of tables; the choice stays.
  const refresh = async (wanted) => {
    await load();
    if (!tables.length) return false;
    const like =
      tables.find((each) => keyOf(each) === keyOf(wanted)) ||
      tables.find((each) =>
        ["job", "dataset", "filter", "table"].every((name) => !wanted[name] || wanted[name] === each[name]),
      );
    offer(
      selects.table,
      tables.map((each) => [keyOf(each), nameOf(each)]),
      keyOf(like || tables[0]),
    );
    offerColumns(wanted);
    return true;
  };
  // Offer the words of columns, the most frequent first; selected ones stay selected.
  const offerWords = (words) => {
    for (const { column, words: list } of rows) {
      const found = words[column.value];
      if (!found) continue;
      const kept = [...list.selectedOptions].map((each) => each.value);
      const counts = new Map(found);
      for (const word of kept) if (!counts.has(word)) counts.set(word, 0);
      list.replaceChildren(
        ...[...counts].map(([word, count]) =>
          squash.make("option", { value: word, text: `${word || "(empty)"} (${squash.whole(count)})` }),
        ),
      );
      for (const option of list.options) option.selected = kept.includes(option.value);
    }
  };

  // ---- the address ----
  const fromAddress = () => {
    const query = new URLSearchParams(location.search);
    /** @type {any} */
    const given = Object.fromEntries(
      ["job", "dataset", "filter", "table", "x", "y", "colour"].map((name) => [name, query.get(name) || ""]),
    );
    for (const name of ["xscale", "yscale"]) selects[name].value = query.get(name) === "log" ? "log" : "linear";
    const builds = query.get("builds") || "100";
    if ([...selects.builds.options].some((each) => each.value === builds)) selects.builds.value = builds;
    try {
      given.filters = JSON.parse(query.get("only") || "[]");
      given.view = JSON.parse(query.get("view") || "null");
    } catch {
      given.filters = []; // a malformed address: no filters
    }
    if (!Array.isArray(given.filters)) given.filters = [];
    if (!Array.isArray(given.view) || given.view.length !== 4 || !given.view.every(Number.isFinite)) given.view = null;
    return given;
  };
  const USUAL = ["", 100, "linear"]; // what the address leaves out
  // A choice adds a step to the browser's history; a zoom does not.
  const toAddress = (choice, view, step) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(choice))
      if (name !== "filters" && !USUAL.includes(value)) query.set(name, value);
    if (choice.filters.length) query.set("only", JSON.stringify(choice.filters));
    if (view) query.set("view", JSON.stringify(view.map((each) => Number(each.toPrecision(7)))));
    if (step && `?${query}` !== location.search) history.pushState(null, "", `?${query}`);
    else history.replaceState(null, "", `?${query}`);
  };

  const WHOLE = ["table", "builds", "x", "y", "xscale", "yscale"]; // another picture: it is shown as a whole
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", async (/** @type {EventOn<HTMLSelectElement>} */ event) => {
    const { name } = event.target;
    if (name === "builds") await refresh(chosen());
    if (name === "table") offerColumns(chosen());
    if (name === "column") {
      const each = rows.find(({ column }) => column === event.target);
      each.low.value = each.high.value = "";
      each.words.replaceChildren();
      arrange();
    }
    form.dispatchEvent(new CustomEvent("chosen", { detail: { whole: WHOLE.includes(name) } }));
  });
  squash.exploring = { form, refresh, chosen, current, offerWords, fromAddress, toAddress };
})();
