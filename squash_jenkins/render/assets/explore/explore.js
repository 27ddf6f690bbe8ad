// Explore: the picture that the server draws in a Bokeh session, the texts about it, and the view.
"use strict";
(() => {
  const page = document.getElementById("explore");
  const choosing = squash.exploring;
  if (!page) return;
  const place = document.getElementById("explore-plot");
  const empty = place.querySelector(".empty");
  const hover = new squash.ExploreHover(place, choosing);
  const said = Object.fromEntries(
    ["title", "state", "about", "news", "left", "legend", "none", "link", "begin", "wait"].map((name) => [
      name,
      document.getElementById(`explore-${name}`),
    ]),
  );
  const WAIT = 150;
  const AGAIN = 2000;
  const STEP = 0.2;
  let plot = null;
  let asked = null;
  let picture = null;
  let view = null;
  let shown = null;
  let timer = 0;
  let count = 0;
  let placing = false;
  let stepping = false; // whether Back is to undo the next request

  const same = (one, other) =>
    one &&
    other &&
    one.every((each, at) => Math.abs(each - other[at]) <= 1e-6 * Math.abs(other[at & 2] - other[(at & 2) + 1]));
  const ranges = () => ["x_range", "y_range"].map((name) => squash.source(plot, name));
  const viewed = () => ranges().flatMap((range) => [range.start, range.end]);
  const look = ([left, right, bottom, top]) => {
    const [x, y] = ranges();
    x.setv({ start: left, end: right });
    y.setv({ start: bottom, end: top });
  };
  const say = (text) => {
    said.state.textContent = text;
  };

  // ---- requests ----
  const ask = () => {
    if (!plot || !choosing.current()) return;
    const choice = choosing.chosen();
    const { inner_width: width, inner_height: height } = plot.model;
    const size = width > 0 && height > 0 ? [Math.round(width), Math.round(height)] : [800, 500];
    place.setAttribute("aria-busy", "true");
    choosing.toAddress(choice, view, stepping);
    stepping = false;
    if (!shown) said.wait.textContent = `Drawing ${squash.counted(choosing.current().rows, "row")}…`;
    count += 1; // so that the same choice is sent again
    asked.setv({ tags: [JSON.stringify({ ...choice, view, size }), count] });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };
  const moved = () => {
    if (!plot || placing) return;
    const now = viewed();
    if (same(now, shown) || now.some((each) => !Number.isFinite(each))) return;
    shown = now;
    view = [Math.min(now[0], now[1]), Math.max(now[0], now[1]), Math.min(now[2], now[3]), Math.max(now[2], now[3])];
    soon();
  };
  const resized = () => {
    if (shown) soon();
  };
  const showWhole = () => {
    view = null;
    ask();
  };
  // Change the ends of an axis as they stand in pixels: logarithmic ones by their powers of ten.
  const along = ([start, end], scale, change) => {
    if (scale !== "log") return change(start, end);
    return change(Math.log10(start), Math.log10(end)).map((power) => 10 ** Math.min(Math.max(power, -37), 38));
  };
  const reshape = (across, up) => {
    const [left, right, bottom, top] = viewed();
    const { xscale, yscale } = choosing.chosen();
    const [x, y] = [along([left, right], xscale, across), along([bottom, top], yscale, up)];
    look([x[0], x[1], y[0], y[1]]);
  };
  const stretch = (factor) => {
    const about = (low, high) => {
      const half = ((high - low) * factor) / 2;
      return [(low + high) / 2 - half, (low + high) / 2 + half];
    };
    reshape(about, about);
  };
  const move = (across, up) => {
    const by = (share) => (low, high) => [low + share * STEP * (high - low), high + share * STEP * (high - low)];
    reshape(by(across), by(up));
  };
  const ACTS = {
    in: () => stretch(0.5),
    out: () => stretch(2),
    all: showWhole,
    "+": () => stretch(0.5),
    "=": () => stretch(0.5),
    "-": () => stretch(2),
    0: showWhole,
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, 1),
    ArrowDown: () => move(0, -1),
  };

  // ---- texts ----
  const swatch = (colour) =>
    squash.svg(
      "svg",
      { width: 12, height: 12, "aria-hidden": "true" },
      squash.svg("rect", { width: 12, height: 12, rx: 3, fill: colour }),
    );
  const ramp = () =>
    squash.make(
      "li",
      { class: "explore-ramp" },
      squash.make("span", {
        class: "pooled-ramp",
        role: "img",
        "aria-label": "Colours from pale blue over blue and violet to orange",
      }),
    );
  const legend = ({ kind, low, high, words }, colour) => {
    const item = (...content) => squash.make("li", {}, ...content);
    if (kind === "word")
      return words.map(([word, ink, points]) => item(swatch(ink), `${word || "(empty)"} (${squash.whole(points)})`));
    const unit = (choosing.current().columns.find((each) => each.name === colour) || { unit: "" }).unit;
    const ends =
      kind === "count"
        ? ["points in a pixel: 1", squash.whole(high)]
        : [
            `mean ${colour} in a pixel: ${squash.quantity(low, unit)} or less`,
            `${squash.quantity(high, unit)} or more`,
          ];
    return [item(ends[0]), ramp(), item(ends[1])];
  };
  const titled = (name) => {
    const column = choosing.current().columns.find((each) => each.name === name);
    return column && column.unit ? `${name} (${column.unit})` : name;
  };
  const fact = (name, text) => [squash.make("dt", { text: name }), squash.make("dd", { text })];
  const showTexts = () => {
    const { about, asked: choice } = picture;
    said.title.textContent = `${choice.y} against ${choice.x}`;
    say(`${squash.whole(picture.shown)} points in view`);
    showEmpty();
    said.about.replaceChildren(
      ...fact("selected", `${squash.whole(picture.selected)} of ${squash.whole(picture.rows)} rows`),
      ...fact("of", `${picture.builds} ${picture.builds === 1 ? "build" : "builds"}`),
      ...fact("table", about.table),
      ...fact("job", about.job),
      ...(about.dataset ? fact("dataset", about.dataset) : []),
      ...(about.filter ? fact("filter", about.filter) : []),
      ...fact("drawn in", `${squash.number(picture.seconds)} s`),
    );
    said.legend.replaceChildren(...legend(picture.legend, choice.colour));
    said.left.hidden = !picture.left_out.length;
    said.left
      .querySelector("ul")
      .replaceChildren(
        ...picture.left_out.map(([number, why]) =>
          squash.make("li", {}, squash.make("b", { text: `#${number} ` }), why),
        ),
      );
    if (picture.news) {
      const many = picture.news.builds.length;
      said.news.textContent = `New: ${squash.whole(picture.news.rows)} rows of ${many === 1 ? `build #${picture.news.builds[0]}` : `${many} builds`}. The picture includes them.`;
      said.news.hidden = false;
    }
  };
  // Say why a picture is empty, and what to do about it.
  const showEmpty = () => {
    const { asked: choice } = picture;
    const logs = ["x", "y"].filter((way) => choice[`${way}scale`] === "log").map((way) => choice[way]);
    const text = !picture.rows
      ? "No table of these builds can be read; “Left out” says why."
      : !picture.selected
        ? "No row passes “Only rows with”: widen a range or choose more words."
        : picture.shown
          ? ""
          : picture.whole
            ? `No row has ${logs.length ? `a value above zero, as a logarithmic axis needs it, in ${logs.join(" and ")}` : `finite values in ${choice.x} and ${choice.y}`}.`
            : "No point is in view: Reset shows all.";
    empty.hidden = !text;
    said.wait.textContent = text;
    const lost = picture.whole ? picture.selected - picture.shown : 0;
    if (lost && picture.shown)
      say(
        `${squash.whole(picture.shown)} points in view; ${squash.counted(lost, "row")} without a finite value${logs.length ? " above zero" : ""} left out`,
      );
  };
  const answered = (tags) => {
    picture = JSON.parse(tags[0]);
    place.removeAttribute("aria-busy");
    if (picture.fault) {
      say(picture.fault);
      said.wait.textContent = picture.fault;
      empty.hidden = Boolean(shown);
      return;
    }
    if (view === null || same(view, picture.view)) {
      const [left, right, bottom, top] = (shown = picture.view);
      const [x, y] = ranges();
      placing = true; // these changes are not the reader's
      x.setv({ start: left, end: right, ...(picture.whole ? { reset_start: left, reset_end: right } : {}) });
      y.setv({ start: bottom, end: top, ...(picture.whole ? { reset_start: bottom, reset_end: top } : {}) });
      placing = false;
    }
    squash.source(plot, "x_axis").axis_label = titled(picture.asked.x);
    squash.source(plot, "y_axis").axis_label = titled(picture.asked.y);
    choosing.offerWords(picture.words);
    showTexts();
    place.dataset.drawn = String(Number(place.dataset.drawn || 0) + 1);
  };

  // ---- the session ----
  let dragging = "zoom";
  const choose = squash.dragTools(page, () => (plot ? [plot] : []));
  const drag = (word) => {
    dragging = word;
    choose(word);
  };
  const dress = () => {
    if (!plot) return;
    for (const name of ["x_axis", "y_axis"]) squash.source(plot, name).axis_label_text_color = squash.ink("muted");
  };
  const again = () => {
    // a hidden page needs no session
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
    else begin();
  };
  const lost = (why) => {
    plot = null;
    place.removeAttribute("aria-busy");
    say(`${why} Trying again…`);
    setTimeout(again, AGAIN);
  };
  const connect = async () => {
    const answer = await fetch(squash.href("explore/session"), { credentials: "same-origin" });
    if (answer.status === 401) {
      location.reload(); // this leads to the sign-in form
      return;
    }
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    const address = new URL(squash.href("explore/ws"), location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const figure = place.querySelector(".figure");
    for (const { document: old } of squash.plots.splice(0)) old.clear();
    figure.replaceChildren();
    const views = await Bokeh.embed.add_document_from_session(address.href, found.token, figure);
    const { document: session } = views.roots[0].model;
    plot = { place, empty, document: session, model: session.get_model_by_name("plot") };
    squash.plots.push(plot);
    squash.tint(plot);
    asked = squash.source(plot, "asked");
    const answers = squash.source(plot, "told");
    answers.properties.tags.change.connect(() => answered(answers.tags));
    for (const range of ranges()) for (const end of ["start", "end"]) range.properties[end].change.connect(moved);
    for (const side of ["inner_width", "inner_height"]) plot.model.properties[side].change.connect(resized);
    session.on_event("connection_lost", (_, event) => {
      event.connection.deref()?.close(); // otherwise the old document would keep sending
      lost("The connection was lost.");
    });
    shown = null;
    hover.listen(plot);
    drag(dragging);
    ask();
  };
  const begin = async () => {
    try {
      await connect();
    } catch (error) {
      lost(`The server cannot be reached (${error.message}).`);
    }
  };

  document.addEventListener("DOMContentLoaded", async () => {
    said.begin.hidden = false;
    place.addEventListener("tint", dress);
    said.link.addEventListener("click", () => squash.copyLink(said.link));
    choosing.form.addEventListener("chosen", (/** @type {CustomEvent} */ event) => {
      if (event.detail.whole) view = null;
      stepping = true;
      hover.hide();
      said.news.hidden = true;
      ask();
    });
    page.addEventListener("click", (/** @type {EventOn} */ event) => {
      const act = plot && ACTS[event.target.dataset.zoom];
      if (act) act();
    });
    place.addEventListener("keydown", (event) => {
      const act =
        plot && event.target === place && !event.ctrlKey && !event.metaKey && !event.altKey && ACTS[event.key];
      if (act) {
        event.preventDefault();
        act();
      }
    });
    const fromAddress = async () => {
      const given = choosing.fromAddress();
      view = given.view;
      return choosing.refresh(given);
    };
    window.addEventListener("popstate", async () => {
      if (await fromAddress()) ask();
    });
    const any = await fromAddress();
    said.begin.hidden = true;
    said.none.hidden = any;
    choosing.form.hidden = page.hidden = !any;
    if (any) begin();
  });
})();
