// Pooled tables: the choice, the picture with its axes, and the texts about it.
"use strict";
(() => {
  const page = document.getElementById("pooled");
  if (!page) return;
  const form = document.getElementById("pooled-choices");
  const place = document.getElementById("pooled-plot");
  const said = Object.fromEntries(
    ["title", "about", "view", "left", "notes", "key", "none", "link"].map((name) => [
      name,
      document.getElementById(`pooled-${name}`),
    ]),
  );
  const selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
  const NAMES = Object.keys(selects);
  const STEP = 0.2;
  const tip = squash.make("div", { class: "pooled-tip", hidden: "" });
  let pools = [];
  let plot = null;
  let about = null;
  let counts = null;
  let asked = 0;
  let settling = null;

  // Bokeh requests images as cross-origin, which browsers refuse for files.
  if (location.protocol === "file:") {
    Object.defineProperty(HTMLImageElement.prototype, "crossOrigin", { get: () => null, set() {} });
  }

  const titleOf = ({ name, label }) =>
    name === "build" && !label ? "build number" : label.length > 2 && !/\s/.test(label) ? label : name;
  const withUnit = (column) => `${titleOf(column)}${column.unit ? ` (${column.unit})` : ""}`;
  const valueText = (column, value) =>
    column.name === "build" ? `#${Math.round(value)}` : squash.quantity(value, column.unit);

  // ---- choices; each depends on those before it ----
  const partOf = (pool, name) => (name === "x" || name === "y" ? pool[name].name : pool[name]);
  const textOf = (pool, name) => (name === "x" || name === "y" ? withUnit(pool[name]) : pool[name] || "none");
  const offer = (wanted) => {
    let left = pools;
    for (const name of NAMES) {
      const options = new Map(left.map((pool) => [partOf(pool, name), textOf(pool, name)]));
      const value = options.has(wanted[name]) ? wanted[name] : options.keys().next().value;
      selects[name].replaceChildren(...[...options].map(([key, text]) => squash.make("option", { value: key, text })));
      selects[name].value = value;
      selects[name].parentElement.hidden = options.size < 2 && name.length > 1;
      left = left.filter((pool) => partOf(pool, name) === value);
    }
    return left[0];
  };
  const chosen = () => Object.fromEntries(NAMES.map((name) => [name, selects[name].value]));

  // ---- the view: the visible part of the picture ----
  const ranges = () => ["x_range", "y_range"].map((name) => squash.source(plot, name));
  const viewed = () => {
    const [x, y] = ranges();
    return { left: x.start, right: x.end, bottom: y.start, top: y.end };
  };
  const isWhole = ({ left, right, bottom, top }) =>
    [left, bottom, 1 - right, 1 - top].every((each) => Math.abs(each) < 0.005);
  const look = ({ left, right, bottom, top }) => {
    const [x, y] = ranges();
    x.setv({ start: left, end: right, reset_start: 0, reset_end: 1 });
    y.setv({ start: bottom, end: top, reset_start: 0, reset_end: 1 });
  };
  const WHOLE = { left: 0, right: 1, bottom: 0, top: 1 };
  const zoom = (factor) => {
    const { left, right, bottom, top } = viewed();
    const least = 0.5 / 2 ** (about.depth || 8);
    const stretch = (low, high) => {
      const half = Math.min(0.5, Math.max(least, ((high - low) * factor) / 2));
      const middle = Math.min(1 - half, Math.max(half, (low + high) / 2));
      return [middle - half, middle + half];
    };
    const [x, y] = [stretch(left, right), stretch(bottom, top)];
    look({ left: x[0], right: x[1], bottom: y[0], top: y[1] });
  };
  const move = (across, up) => {
    const { left, right, bottom, top } = viewed();
    const dx = across * STEP * (right - left);
    const dy = up * STEP * (top - bottom);
    look({ left: left + dx, right: right + dx, bottom: bottom + dy, top: top + dy });
  };
  const ACTS = {
    in: () => zoom(0.5),
    out: () => zoom(2),
    all: () => look(WHOLE),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: () => look(WHOLE),
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, 1),
    ArrowDown: () => move(0, -1),
  };

  const fromAddress = (query, scales) => {
    const ends = (query.get("view") || "").split(",").map(Number);
    if (ends.length !== 4 || ends.some((each) => !Number.isFinite(each))) return WHOLE;
    const [left, right, bottom, top] = ends.map((value, at) => squash.placeOf(scales[at >> 1], value));
    const fits = [left, right, bottom, top].every(Number.isFinite) && left < right && bottom < top;
    return fits ? { left, right, bottom, top } : WHOLE;
  };
  const toAddress = () => {
    const view = viewed();
    const query = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
    const ends = [view.left, view.right, view.bottom, view.top].map((each, at) =>
      squash.valueAt(about.scales[at >> 1], each).toPrecision(7),
    );
    if (!isWhole(view)) query.set("view", ends.map(Number).join(","));
    history.replaceState(null, "", `?${query}`);
  };

  // ---- the picture ----
  const setAxes = () => {
    const view = viewed();
    const ends = [
      [view.left, view.right],
      [view.bottom, view.top],
    ];
    ["x", "y"].forEach((way, at) => {
      const scale = about.scales[at];
      const kind = scale.log ? "log" : "linear";
      const [start, end] = ends[at].map((each) => squash.valueAt(scale, each));
      squash.source(plot, `${way}_${kind}_range`).setv({ start, end });
    });
  };
  const dressAxes = () =>
    ["x", "y"].forEach((way, at) => {
      for (const kind of ["linear", "log"]) {
        const shown = (kind === "log") === about.scales[at].log;
        const axis = squash.source(plot, `${way}_${kind}_axis`);
        axis.setv({ visible: shown, axis_label: withUnit(about[way]), axis_label_text_color: squash.ink("muted") });
        axis.ticker.desired_num_ticks = place.clientWidth < 450 ? 3 : 6; // otherwise numbers overlap
        squash.source(plot, `${way}_${kind}_grid`).visible = shown;
      }
    });
  const showTiles = (key) => {
    const renderer = squash.source(plot, "tiles");
    const old = renderer.tile_source;
    if (about.depth !== undefined) {
      const url = `${squash.href(`data/pooled/${key}`)}/{Z}/{X}/{Y}.png`;
      const same = {
        x_origin_offset: 0,
        y_origin_offset: 0,
        initial_resolution: 1 / 256,
        wrap_around: false,
        snap_to_zoom: false,
      };
      const source = new old.constructor({ ...same, url, max_zoom: about.depth });
      const children = source.children_by_tile_xyz.bind(source);
      // Unlike a map, this picture has no square pixels and a last level.
      source.snap_to_zoom_level = source.rescale = (extent) => extent;
      source.children_by_tile_xyz = (x, y, z) => (z < source.max_zoom ? children(x, y, z) : []);
      renderer.tile_source = source;
    }
    renderer.visible = about.depth !== undefined;
  };
  const tint = () => {
    const accent = squash.ink("accent");
    const text = squash.ink("text");
    squash.source(plot, "drawn").glyph.fill_color = accent;
    squash.source(plot, "outline").glyph.line_color = text;
    if (about) dressAxes();
  };

  // ---- words ----
  const fact = (name, ...content) => [squash.make("dt", { text: name }), squash.make("dd", {}, ...content)];
  const spanOf = (numbers) => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return numbers.length > 1
      ? `${squash.counted(numbers.length, "build")}, #${low} to #${high}`
      : numbers.length
        ? `one build, #${low}`
        : "none";
  };
  const showTexts = () => {
    const when = squash.make("span", { text: squash.ago(about.made), title: squash.absolute(about.made) });
    said.title.textContent = `${titleOf(about.y)} against ${titleOf(about.x)}`;
    said.about.replaceChildren(
      ...fact("points", squash.whole(about.points)),
      ...fact("of", spanOf(about.builds)),
      ...fact("table", about.table),
      ...fact("job", about.job),
      ...(about.dataset ? fact("dataset", about.dataset) : []),
      ...(about.filter ? fact("filter", about.filter) : []),
      ...fact("made", when),
    );
    const logs = ["x", "y"].filter((_, at) => about.scales[at].log).map((way) => titleOf(about[way]));
    const notes = [
      about.outside
        ? `${squash.counted(about.outside, "point")} far from the others ${about.outside === 1 ? "lies" : "lie"} outside the picture.`
        : "",
      about.lost
        ? `${squash.counted(about.lost, "row")} without a finite value ${about.lost === 1 ? "is" : "are"} not counted.`
        : "",
      logs.length ? `Logarithmic: ${logs.join(" and ")}.` : "",
      "Newer builds are not included.",
    ];
    said.notes.textContent = notes.filter(Boolean).join(" ");
    said.left.hidden = !about.left_out.length;
    said.left
      .querySelector("ul")
      .replaceChildren(
        ...about.left_out.map(([number, why]) => squash.make("li", {}, squash.make("b", { text: `#${number} ` }), why)),
      );
    said.key.hidden = about.depth === undefined;
  };
  const showCounts = () => {
    const view = viewed();
    const share = counts.count(view);
    const [left, right, bottom, top] = [view.left, view.right, view.bottom, view.top].map((each, at) =>
      valueText(about[at < 2 ? "x" : "y"], squash.valueAt(about.scales[at >> 1], each)),
    );
    const number = !share
      ? "None"
      : about.places || isWhole(view)
        ? squash.whole(share)
        : `About ${squash.whole(share)}`;
    said.view.textContent = `${number} of ${squash.counted(about.points, "point")}: ${titleOf(about.x)} from ${left} to ${right}, ${titleOf(about.y)} from ${bottom} to ${top}.`;
    page.dataset.shown = share;
  };

  const pointAt = ({ x, y, sx, sy }) => {
    if (!about || x < 0 || x >= 1 || y < 0 || y >= 1) return leave();
    const view = viewed();
    const cell = squash.pooledCell(counts, x, y, view.right - view.left, place.clientWidth);
    const number = counts.count(cell);
    const spans = ["x", "y"].map((way, at) => {
      const ends = at ? [cell.bottom, cell.top] : [cell.left, cell.right];
      return ends
        .map((each) => valueText({ ...about[way], unit: "" }, squash.valueAt(about.scales[at], each)))
        .join(" to ");
    });
    squash.fill(plot, "cell", { left: [cell.left], right: [cell.right], bottom: [cell.bottom], top: [cell.top] });
    tip.replaceChildren(
      squash.make("b", { text: `${squash.counted(number, "point")} here` }),
      ...["x", "y"].map((way, at) =>
        squash.make("span", { text: `${titleOf(about[way])} ${spans[at]} ${about[way].unit}` }),
      ),
    );
    tip.hidden = false;
    const beside = sx + 14 + tip.offsetWidth < place.clientWidth ? sx + 14 : sx - 14 - tip.offsetWidth;
    tip.style.left = `${Math.max(0, beside)}px`;
    tip.style.top = `${Math.max(0, sy - tip.offsetHeight - 10)}px`;
    page.dataset.here = number;
    return undefined;
  };
  const leave = () => {
    squash.fill(plot, "cell", { left: [], right: [], bottom: [], top: [] });
    tip.hidden = true;
    delete page.dataset.here;
  };

  // ---- update of the page ----
  const settle = () => {
    if (!about) return;
    setAxes();
    clearTimeout(settling);
    settling = setTimeout(() => {
      toAddress();
      showCounts();
      page.dataset.settled = location.search;
    }, 120);
  };

  const show = async (pool, query) => {
    const turn = ++asked;
    const loaded = await squash.load(`data/pooled/${pool.key}/pool.js`);
    if (turn !== asked) return; // superseded by a newer choice
    about = loaded;
    counts = squash.pooledCounts(loaded);
    leave();
    dressAxes();
    squash.fill(plot, "points", loaded.places ? { u: counts.u, v: counts.v } : { u: [], v: [] });
    showTiles(pool.key);
    look(fromAddress(query, loaded.scales));
    showTexts();
    plot.empty.hidden = loaded.points > 0;
    plot.empty.textContent = "No row has finite values in both columns: choose others.";
    settle();
    page.dataset.key = pool.key;
  };
  const fail = (error) => {
    plot.empty.hidden = false;
    plot.empty.textContent = `${error.message}: rebuild the pooled tables with squash-jenkins dashboards build --pooled 100.`;
  };

  const listen = () => {
    for (const range of ranges()) range.change.connect(settle);
    plot.model.on_event("mousemove", pointAt);
    plot.model.on_event("tap", pointAt);
    plot.model.on_event("mouseleave", leave);
    squash.dragTools(page, () => [plot]);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => show(offer(chosen()), new URLSearchParams()).catch(fail));
    page.addEventListener("click", (/** @type {EventOn} */ event) => {
      if (event.target.dataset.zoom) ACTS[event.target.dataset.zoom]();
    });
    place.addEventListener("keydown", (event) => {
      if (!ACTS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      ACTS[event.key]();
    });
    said.link.addEventListener("click", () => {
      toAddress();
      squash.copyLink(said.link);
    });
    place.addEventListener("tint", tint);
  };

  const readPools = async () => {
    pools = (await squash.load("data/pooled.js")).pools;
    said.none.hidden = pools.length > 0;
    return pools.length > 0;
  };
  // After an update the same choice may have more points. The view stays.
  const renew = async () => {
    if (!plot) {
      await start();
      return;
    }
    if (!(await readPools())) return;
    const pool = offer(chosen());
    if (pool.key !== page.dataset.key) await show(pool, new URLSearchParams(location.search)).catch(fail);
  };
  const start = async () => {
    if (!(await readPools())) return;
    page.hidden = form.hidden = false;
    plot = await squash.draw(place);
    if (!plot) return;
    place.append(tip);
    tint();
    listen();
    const query = new URLSearchParams(location.search);
    await show(offer(Object.fromEntries(query)), query).catch(fail);
    setTimeout(() => squash.repaint(plot), 100);
  };
  squash.onChange(renew);
  document.addEventListener("DOMContentLoaded", start); // BokehJS is there by then
})();
