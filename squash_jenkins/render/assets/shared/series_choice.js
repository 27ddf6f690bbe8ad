// Which series a table shows and in which order: the choice, its place in the address, the menus.
"use strict";
(() => {
  const NAMES = ["find", "job", "dataset", "status", "only", "sort"];
  const NONE = "–"; // a series without a dataset

  const place = (row) => [row.dataset, row.filter].filter(Boolean).join(" · ") || NONE;
  squash.placeOfSeries = place;

  const ONLY = {
    worse: (row) => row.mark?.trend === "worse" || row.trend === "worse",
    better: (row) => row.mark?.trend === "better" || row.trend === "better",
    changed: (row) => row.mark !== null && !row.mark.trend,
    far: (row) => Math.abs(row.times) >= 4,
    absent: (row) => row.old || Number.isNaN(row.value),
  };

  squash.fittingSeries = (rows, choice) => {
    const words = choice.find.toLowerCase().split(/\s+/).filter(Boolean);
    const only = ONLY[choice.only] || (() => true);
    return rows.filter(
      (row) =>
        (!choice.job || row.job === choice.job) &&
        (!choice.dataset || place(row) === choice.dataset) &&
        (!choice.status || row.word === choice.status) &&
        only(row) &&
        words.every((word) => row.text.includes(word)),
    );
  };

  // ---- order: the keys of columns; what is unknown comes last both ways ----
  const KEYS = {
    metric: (row) => row.short.toLowerCase(),
    job: (row) => row.job.toLowerCase(),
    dataset: (row) => place(row).toLowerCase(),
    value: (row) => row.value,
    change: (row) => row.share,
    noise: (row) => Math.abs(row.times),
    status: (row) => row.rank,
    age: (row) => -row.build.end,
  };
  // Numbers of which the largest is looked for first.
  const LARGEST = new Set(["value", "change", "noise"]);

  const byImportance = (one, other) =>
    one.weight - other.weight || other.size - one.size || (one.text < other.text ? -1 : 1);

  squash.sortedSeries = (rows, sort) => {
    const name = sort.replace(/^-/, "");
    const key = KEYS[name];
    if (!key) return [...rows].sort(byImportance);
    const way = sort.startsWith("-") !== LARGEST.has(name) ? -1 : 1;
    /** @type {[any, SeriesRow][]} */
    const keyed = rows.map((row) => [key(row), row]);
    const unknown = (/** @type {[any, SeriesRow]} */ [each]) => Number.isNaN(each);
    keyed.sort((one, other) => {
      if (unknown(one) || unknown(other)) return Number(unknown(one)) - Number(unknown(other));
      if (one[0] === other[0]) return byImportance(one[1], other[1]);
      return one[0] < other[0] ? -way : way;
    });
    return keyed.map(([, row]) => row);
  };
  squash.seriesOrder = (sort, name) => {
    if (sort.replace(/^-/, "") !== name) return "none";
    return sort.startsWith("-") === LARGEST.has(name) ? "ascending" : "descending";
  };

  // ---- menus and address ----
  const option = (value, text = value) => squash.make("option", { value, text });
  const offer = (select, values, chosen) => {
    const all = [...new Set(values)].sort();
    const known = chosen && !all.includes(chosen) ? [...all, chosen] : all;
    select.replaceChildren(option("", "all"), ...known.map((each) => option(each)));
    select.value = chosen;
    select.closest("label").hidden = known.length < 2 && !chosen;
  };

  squash.SeriesChoice = class {
    constructor(form, columns, change) {
      this.form = form;
      this.change = change;
      this.defaults = "";
      const sort = form.elements.sort;
      sort.replaceChildren(
        option("", "what matters most"),
        ...columns.map(([name, text]) => option(name, text.toLowerCase())),
      );
      this.read();
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", ({ target }) => {
        if (target.name) this.write(target.name === "find");
      });
      addEventListener("popstate", () => {
        this.read();
        this.change();
      });
    }

    read() {
      const query = new URLSearchParams(location.search);
      this.chosen = Object.fromEntries(NAMES.map((name) => [name, query.get(name) || ""]));
      for (const name of NAMES) this.put(name, this.chosen[name]);
    }

    put(name, value) {
      const field = this.form.elements[name];
      if (field.matches("select") && value && ![...field.options].some((each) => each.value === value))
        field.append(option(value));
      field.value = value;
    }

    offer(rows) {
      const { job, dataset, status } = this.form.elements;
      offer(
        job,
        rows.map((row) => row.job),
        this.chosen.job,
      );
      offer(dataset, rows.map(place), this.chosen.dataset);
      offer(
        status,
        rows.map((row) => row.word),
        this.chosen.status,
      );
      this.form.hidden = false;
    }

    sortBy(name) {
      const now = this.chosen.sort;
      this.put("sort", now === name ? `-${name}` : now === `-${name}` ? "" : name);
      this.write(false);
    }

    write(typing) {
      for (const name of NAMES) this.chosen[name] = this.form.elements[name].value;
      const query = new URLSearchParams(location.search);
      for (const name of NAMES) {
        if (this.chosen[name].trim()) query.set(name, this.chosen[name]);
        else query.delete(name);
      }
      const text = query.size ? `?${query}` : location.pathname;
      history[typing ? "replaceState" : "pushState"](null, "", `${text}${location.hash}`);
      this.change();
    }
  };
})();
