// The choices of the history page: in the form above the plot and in the address.
"use strict";
(() => {
  const MANY = 1000; // builds of a job; with more, the last half year is shown first
  const SERIES = ["dataset", "filter", "level"];
  const VIEW = ["period", "x", "y", "color"];
  const ALSO = ["metric", "job", ...SERIES]; // of these, several can be shown together

  squash.Choices = class {
    constructor(form, catalogue) {
      this.form = form;
      this.catalogue = catalogue;
      this.selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
      this.median = form.querySelector("[name=median]");
      // Not in the form: hidden series and picked builds.
      this.hidden = new Set();
      /** What is shown beside the choice of each menu. @type {Record<string, Set<string>>} */
      this.also = Object.fromEntries(ALSO.map((name) => [name, new Set()]));
      this.picked = { build: "", from: "", to: "", of: "", base: "", series: "", zoom: "" };
      this.step = false; // whether the next change of the address is one that Back undoes
      this.read(new URLSearchParams(location.search));
    }

    get value() {
      return Object.fromEntries(Object.entries(this.selects).map(([name, each]) => [name, each.value]));
    }
    get jobs() {
      const { value } = this.selects.job;
      return this.catalogue.filter((job) => !value || job.title === value || this.also.job.has(job.title));
    }

    // Take what is shown beside the choices: `job:ci_hsc`, `metric:shop.latency` …
    addAlso(parts) {
      for (const each of Object.values(this.also)) each.clear();
      for (const part of parts) {
        const [name, ...rest] = part.split(":");
        if (Object.hasOwn(this.also, name) && rest.join(":")) this.also[name].add(rest.join(":"));
      }
    }
    // Forget what a menu shows anyway.
    trimAlso(name) {
      if (!Object.hasOwn(this.also, name)) return;
      const { value } = this.selects[name];
      if (value) this.also[name].delete(value);
      else this.also[name].clear();
    }
    get alsoParts() {
      return Object.entries(this.also).flatMap(([name, values]) => [...values].map((value) => `${name}:${value}`));
    }

    offer(name, values, texts = values) {
      const select = this.selects[name];
      const before = select.parentElement.hidden ? "" : select.value; // what nobody saw was no choice
      const known = [...select.options].map((each) => each.value);
      if (JSON.stringify(known) !== JSON.stringify(values))
        select.replaceChildren(...values.map((value, at) => squash.make("option", { value, text: texts[at] })));
      select.value = values.includes(before) ? before : values[0];
      select.parentElement.hidden = values.length < 2;
    }

    offerSeries() {
      for (const name of SERIES) {
        const values = [...new Set(this.jobs.flatMap((job) => job.series.map((each) => each[name] || "–")))].sort();
        this.offer(name, values.length > 1 ? ["", ...values] : values, values.length > 1 ? ["all", ...values] : values);
      }
    }

    // Add new jobs and series; the choice stays.
    renew(catalogue) {
      this.catalogue = catalogue;
      const titles = catalogue.map((job) => job.title);
      this.offer("job", titles.length > 1 ? [...titles, ""] : titles, titles.length > 1 ? [...titles, "all"] : titles);
      this.offerSeries();
    }

    // The default choices, which the address leaves out.
    get defaults() {
      const long = this.jobs.some((job) => job.count > MANY);
      return { period: long ? "6months" : "", x: this.selects.x.options[0].value, y: "", color: "" };
    }

    read(query) {
      const titles = this.catalogue.map((job) => job.title);
      this.offer("job", titles.length > 1 ? [...titles, ""] : titles, titles.length > 1 ? [...titles, "all"] : titles);
      this.addAlso(query.getAll("also"));
      const newest = [...this.catalogue].sort((one, other) => other.newest - one.newest)[0];
      const wanted = query.get("job");
      this.gone = wanted && !titles.includes(wanted) ? wanted : null;
      this.selects.job.value = wanted !== null && [...titles, ""].includes(wanted) ? wanted : newest.title;
      this.offerSeries();
      for (const [name, value] of Object.entries(this.defaults)) this.selects[name].value = value;
      for (const name of SERIES) this.selects[name].value = this.selects[name].options[0].value;
      for (const name of [...SERIES, ...VIEW]) {
        const value = query.get(name);
        const known = [...this.selects[name].options].map((each) => each.value);
        if (value !== null && known.includes(value)) this.selects[name].value = value;
      }
      for (const name of VIEW) this.selects[name].parentElement.hidden = false;
      if (this.median) {
        this.median.checked = query.has("median");
        this.median.parentElement.hidden = false;
      }
      this.hidden = new Set(query.getAll("hide"));
      for (const name of Object.keys(this.picked)) this.picked[name] = query.get(name) || "";
    }

    // The whole state as a query, without defaults.
    get query() {
      const query = new URLSearchParams();
      const defaults = this.defaults;
      for (const [name, select] of Object.entries(this.selects)) {
        if (name === "metric") continue;
        const value = select.value;
        const usual = name in defaults ? defaults[name] : "";
        if (
          name === "job"
            ? this.catalogue.length > 1 || (this.gone === null && location.search.includes("job="))
            : !select.parentElement.hidden && value !== usual
        )
          query.set(name, value);
      }
      if (this.median && this.median.checked) query.set("median", "11");
      for (const label of this.hidden) query.append("hide", label);
      for (const part of this.alsoParts) query.append("also", part);
      for (const [name, value] of Object.entries(this.picked)) if (value) query.set(name, value);
      return query;
    }

    // Write the address: choices add a step to the browser's history, drags and selections do not.
    write() {
      const query = this.query.toString();
      const address = query ? `?${query}` : location.pathname;
      if (this.step && `?${query}` !== location.search) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
      this.step = false;
    }
  };

  // ---- other metrics: their pages get the same choices ----
  const OWN = ["hide", "build", "from", "to", "of", "base", "series"]; // parts of the address that belong to one metric

  // Offer all metrics that were ever measured; without their package where all are of one.
  squash.offerMetrics = async (choices, metric) => {
    const metrics = (await squash.finder()).metrics.filter((each) => each.measured);
    const pages = new Map(metrics.map((each) => [each.name, each.page]));
    if (!pages.has(metric)) return;
    const names = [...pages.keys()].sort();
    const single = new Set(names.map(squash.packageName)).size === 1 && squash.packageName(metric);
    choices.offer("metric", names, single ? names.map((name) => name.slice(single.length + 1)) : names);
    choices.selects.metric.value = metric;
    choices.selects.metric.addEventListener("change", (event) => {
      const query = choices.query;
      for (const key of OWN) query.delete(key);
      location.href = `${squash.href(pages.get(event.target.value))}?${query}`;
    });
  };
})();
