// What every page does: load data files, show relative times, search, draw plots.
"use strict";
(() => {
  const held = new Map();
  const waiting = new Map();
  const loading = new Set(); // files
  const asked = new Set(); // keys that came from data files
  let stamp = null; // revision in the addresses of data files, so that the browser's cache is not used
  const root = document.body ? document.body.dataset.root : "./";

  // Data files are scripts that call this, because scripts also load from file://.
  squash.data = (key, payload) => {
    const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
    if (script && script.dataset.file !== undefined) asked.add(key);
    held.set(key, payload);
    for (const { resolve } of waiting.get(key) || []) resolve(payload);
    waiting.delete(key);
  };

  squash.href = (path) => root + path.split("/").map(encodeURIComponent).join("/");

  // Give up waiting for what a file should have held.
  const giveUp = (file) => {
    for (const [key, all] of waiting) {
      const lost = all.filter((each) => each.file === file);
      if (!lost.length) continue;
      waiting.delete(key);
      for (const each of lost) each.fail(new Error(`${key}.js could not be loaded`));
    }
  };
  const request = (file) => {
    if (loading.has(file)) return;
    loading.add(file);
    const script = document.createElement("script");
    script.dataset.file = file;
    script.src =
      squash.href(file) + (location.protocol === "file:" ? "" : `?${stamp ?? `t=${Math.floor(Date.now() / 60000)}`}`);
    script.onload = script.onerror = () => {
      script.remove();
      loading.delete(file);
      giveUp(file);
    };
    document.head.append(script);
  };

  // Return what a data file holds; what is needed together is in one file.
  squash.load = (path, file = path) => {
    const key = path.replace(/\.js$/, "");
    if (held.has(key)) return Promise.resolve(held.get(key));
    return new Promise((resolve, fail) => {
      waiting.set(key, [...(waiting.get(key) || []), { resolve, fail, file }]);
      request(file);
    });
  };
  // Request early, while BokehJS loads, what a script reads later; that reports what is missing.
  squash.expect = (paths) => {
    for (const path of paths) squash.load(path).catch(() => null);
  };
  squash.finder = () => squash.load("data/finder.js", "data/jobs.js");

  // ---- updates of an open page; see live.js ----
  const handlers = [];
  // Register a function that is called when there is new data: it reads its data again and redraws in place.
  squash.onChange = (handler) => handlers.push(handler);
  squash.changed = async () => {
    complete();
    for (const handler of handlers) await handler();
    relate();
  };
  // Return a function that restores the zoom of plots after their data changed.
  squash.keepZoom = (plots) => {
    const kept = plots
      .flatMap((plot) => ["x_range", "y_range"].map((name) => squash.source(plot, name)))
      .filter(Boolean)
      .map((model) => [model, model.start, model.end])
      .filter(([model, start, end]) => start !== model.reset_start || end !== model.reset_end);
    return () => {
      for (const [model, start, end] of kept) model.setv({ start, end });
    };
  };
  // Forget the data files that were loaded; the next `load` requests them with this stamp.
  squash.forget = async (now) => {
    stamp = now;
    while (waiting.size)
      await new Promise((over) => {
        setTimeout(over, 20);
      }); // pending files would be outdated
    for (const key of asked) held.delete(key);
    asked.clear();
  };

  squash.make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") element.textContent = String(value);
      else if (value !== null && value !== undefined) element.setAttribute(key, String(value));
    }
    element.append(...children);
    return element;
  };

  squash.svg = (name, attributes = {}, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.append(...children);
    return element;
  };

  squash.ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const relate = () => {
    for (const element of document.querySelectorAll("time[datetime]")) {
      const moment = Date.parse(element.getAttribute("datetime"));
      if (Number.isNaN(moment)) continue;
      element.textContent = squash.ago(moment);
      element.title = squash.absolute(moment);
    }
  };

  // ---- plots: the definition of a figure is shared, its data is separate ----
  // Put columns into a definition before it is drawn, so that automatic ranges fit at once.
  // Named models may get other attributes, such as the ends of a range.
  const prefill = (part, columns, models) => {
    if (!part || typeof part !== "object") return;
    const attributes = part.attributes;
    if (part.name === "ColumnDataSource" && attributes && Object.hasOwn(columns, attributes.name)) {
      attributes.data = { type: "map", entries: Object.entries(columns[attributes.name]) };
      return;
    }
    for (const child of Object.values(part)) prefill(child, columns, models);
    if (attributes && Object.hasOwn(models, attributes.name)) Object.assign(attributes, models[attributes.name]);
  };

  // Bokeh divides the ends of a logarithmic axis by each other, which overflows beyond 308 decades.
  const widenLogScales = () => {
    const scale = Bokeh.Models.LogScale.prototype;
    const state = scale._compute_state;
    scale._compute_state = function wide() {
      const [factor, offset, decades, start] = state.call(this);
      return [factor, offset, Number.isFinite(decades) ? decades : Math.log(this.source_range.end) - start, start];
    };
  };

  // Axes write numbers and days as texts do.
  const OF_TIME = [
    "hours",
    "days",
    "months",
    "minutes",
    "hourmin",
    "minsec",
    "seconds",
    "milliseconds",
    "microseconds",
  ];
  const label = (plot) => {
    for (const model of plot.document._all_models.values()) {
      if (model.type === "BasicTickFormatter") model.doFormat = (ticks) => squash.ticks(ticks);
      if (model.type !== "DatetimeTickFormatter") continue;
      const own = OF_TIME.map((name) => [name, String(model[name]).replace(/%b %d,?/, "%e %b")]);
      model.setv(Object.fromEntries(own));
    }
  };

  squash.draw = async (place, columns = {}, models = {}) => {
    const found = held.get(place.dataset.plot.replace(/\.js$/, ""));
    const empty = place.querySelector(".empty");
    if (!found || found.fault) {
      empty.textContent = found ? found.fault : "The definition of this plot is missing: rebuild the pages.";
      return null;
    }
    prefill(found.item.doc, columns, models);
    const manager = await Bokeh.embed.embed_item(found.item, place.querySelector(".figure"));
    const view = manager.roots[0];
    view.el.tabIndex = -1; // the place around it is the stop, where it can do something
    const document_ = view.model.document;
    const plot = { place, empty, document: document_, model: view.model, view };
    squash.plots.push(plot);
    label(plot);
    squash.tint(plot);
    return plot;
  };
  squash.plots = [];

  squash.source = (plot, name) => plot.document.get_model_by_name(name);
  squash.fill = (plot, name, columns) => {
    const source = squash.source(plot, name);
    if (source) source.data = columns;
  };

  // Set the ends of a range, to which a reset returns.
  squash.setRange = (plot, name, start, end) => {
    const model = squash.source(plot, name);
    if (model) model.setv({ start, end, reset_start: start, reset_end: end });
  };

  // Bokeh paints once before there is a layout and leaves a speck in the corner;
  // a change of size makes it start with an empty canvas.
  squash.repaint = (plot) => {
    if (typeof plot.model.height === "number") plot.model.height += 1;
  };

  squash.tint = (plot) => {
    const muted = squash.ink("muted");
    const line = squash.ink("line");
    for (const model of plot.document._all_models.values()) {
      if (model.type.endsWith("Axis")) model.major_label_text_color = muted;
      if (model.type === "Grid") model.grid_line_color = line;
    }
    plot.place.dispatchEvent(new CustomEvent("tint"));
  };

  const fed = () => (document.body.dataset.feed ? JSON.parse(document.body.dataset.feed) : []);
  squash.expect(fed());
  const feed = async () => {
    const paths = fed();
    const places = [...document.querySelectorAll(".plot")];
    if (document.getElementById("history") || !places.length) return;
    const read = async () => Object.assign({}, ...(await Promise.all(paths.map((path) => squash.load(path)))));
    const columns = await read();
    for (const place of places) {
      const plot = await squash.draw(place, columns);
      if (plot) plot.empty.hidden = true;
    }
    squash.onChange(async () => {
      const now = await read();
      for (const plot of squash.plots) for (const [name, own] of Object.entries(now)) squash.fill(plot, name, own);
    });
  };

  // ---- the search field ----
  const matches = (index, text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const numbers = words.filter((word) => /^#?\d+$/.test(word)).map((word) => Number(word.replace("#", "")));
    const names = words.filter((word) => !/^#?\d+$/.test(word));
    const fits = (name) => names.every((word) => name.toLowerCase().includes(word));
    const builds = index.jobs
      .filter((job) => fits(job.name))
      .flatMap((job) =>
        numbers
          .filter((number) => job.numbers.some(([low, high]) => low <= number && number <= high))
          .map((number) => ({
            text: `${job.name} #${number}`,
            kind: "build",
            page: `${job.folder}/${number}/index.html`,
          })),
      );
    const every = (name) => words.every((word) => name.toLowerCase().includes(word));
    const jobs = index.jobs
      .filter((job) => every(job.name))
      .map((job) => ({ text: job.name, kind: "job", page: `${job.folder}/index.html` }));
    const metrics = index.metrics
      .filter((metric) => every(metric.name))
      .sort((one, other) => Number(other.measured) - Number(one.measured))
      .map(({ name, page, measured }) => ({ text: name, kind: measured ? "metric" : "metric, never measured", page }));
    return [...builds, ...metrics, ...jobs].slice(0, 12);
  };

  const finder = () => {
    const box = document.querySelector(".finder");
    if (!box) return;
    const input = squash.make("input", {
      type: "search",
      placeholder: "Find job, metric, build…  /",
      "aria-label": "Find a job, metric or build",
      autocomplete: "off",
      spellcheck: "false",
    });
    box.append(input);
    const show = async () => {
      const old = box.querySelector("ul");
      if (old) old.remove();
      if (!input.value.trim()) return;
      const found = matches(await squash.finder(), input.value.trim());
      const again = box.querySelector("ul");
      if (again) again.remove();
      const rows = found.map((each) =>
        squash.make(
          "li",
          {},
          squash.make(
            "a",
            { href: squash.href(each.page) },
            squash.make("b", { text: each.text }),
            squash.make("span", { text: each.kind }),
          ),
        ),
      );
      box.append(
        squash.make(
          "ul",
          {},
          ...(rows.length ? rows : [squash.make("li", { class: "nothing", text: "Nothing found." })]),
        ),
      );
    };
    input.addEventListener("input", show);
    input.addEventListener("focus", show);
    input.addEventListener("keydown", (event) => {
      const first = box.querySelector("a");
      if (event.key === "Enter" && first) location.href = first.href;
      if (event.key === "ArrowDown" && first) {
        event.preventDefault();
        first.focus();
      }
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const list = box.querySelector("ul");
      if (list) list.remove();
      input.blur();
    });
    document.addEventListener("click", (event) => {
      const list = box.querySelector("ul");
      if (list && !box.contains(/** @type {Node} */ (event.target))) list.remove();
    });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (event.key === "/" && !typing) {
        event.preventDefault();
        input.focus();
      }
    });
  };

  // ---- texts to copy: commands, and addresses that only the browser knows ----
  const copy = async (button) => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      const text = button.previousElementSibling;
      if (text) getSelection().selectAllChildren(text);
      button.textContent = "Selected";
    }
    setTimeout(() => {
      button.textContent = before;
    }, 2000);
  };

  const complete = () => {
    for (const element of document.querySelectorAll("[data-embed]")) {
      const picture = new URL(squash.href(element.dataset.embed), location.href).href;
      const own = new URL(squash.href(element.dataset.page), location.href).href.replace(/index\.html$/, "");
      const page = element.dataset.query ? `${own}?${element.dataset.query}` : own;
      element.textContent = `[![${element.dataset.name}](${picture})](${page})`;
      const button = /** @type {HTMLElement | null} */ (element.nextElementSibling);
      if (button && button.dataset.copy !== undefined) button.dataset.copy = element.textContent;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    if ("Bokeh" in window) widenLogScales();
    complete();
    document.addEventListener("click", (/** @type {EventOn} */ event) => {
      const button = event.target.closest("button[data-copy]");
      if (button) copy(button);
    });
    relate();
    setInterval(relate, 30000);
    finder();
    feed();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => squash.plots.forEach(squash.tint));
  });

  // ---- printing ----
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-print]"))) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
