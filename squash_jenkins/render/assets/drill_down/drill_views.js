// Drill-down into matched stars, by position (AM, AD, AF) or by magnitude (PA, PF).
"use strict";
(() => {
  const drill = squash.drill;
  const BINS = 100;
  const CURVE = 200;
  const slider = /** @type {HTMLInputElement} */ (document.getElementById("drill-snr"));
  const said = document.getElementById("drill-snr-said");
  if (!slider) return;
  const clear = document.getElementById("drill-clear");
  const numbers = document.getElementById("drill-numbers");
  const empty = document.getElementById("drill-empty");
  const POSITIONS = ["snr", "dist"];
  const MAGNITUDES = ["snr", "mag", "magrms", "magerr"];
  const LOG = new Set(["snr", "magerr", "magrms", "dist"]);
  const FIGURES = {
    drill_rms: ["magrms", null],
    drill_magnitude: ["mag", "magrms"],
    drill_error: ["magerr", "magrms"],
    drill_signal: ["mag", "snr"],
  };
  let now = null;
  let due = false;

  // ---- selection ----
  const inBox = (columns, box, row) =>
    box.every(([name, low, high]) => columns[name].values[row] >= low && columns[name].values[row] <= high);
  const choose = ({ columns, rows, box }) => {
    const cut = Number(slider.value);
    const snr = columns.snr.values;
    return rows.filter((row) => snr[row] > cut && (!box.length || inBox(columns, box, row)));
  };
  const pick = (column, rows) => Float64Array.from(rows, (row) => column.values[row]);
  const fact = (name, text, title) =>
    squash.make("div", { title }, squash.make("dt", { text: name }), squash.make("dd", { text }));
  const showNumbers = (column, rows, factor = 1, unit = column.unit) => {
    const values = pick(column, rows);
    numbers.replaceChildren(
      fact("N", `${squash.whole(rows.length)} of ${squash.whole(now.rows.length)}`, "selected stars"),
      fact("median", rows.length ? drill.valueText(drill.median(values) * factor, unit) : "none", `of ${column.name}`),
      fact(
        "RMS",
        rows.length ? drill.valueText(drill.rms(values) * factor, unit) : "none",
        `root of the mean square of ${column.name}`,
      ),
    );
    document.getElementById("drill").dataset.chosen = rows.length;
  };

  const factsOf = () => {
    const { rows, columns, table } = now;
    const facts = drill.rowFacts(table, columns.snr.size);
    return (at) => facts(rows[at]);
  };

  // ---- lines ----
  const limitsIn = (unit) =>
    now.limits
      .map(([level, threshold, text]) => [level, drill.convert(threshold, now.unit, unit), text])
      .filter(([, value]) => Number.isFinite(value));
  const ink = (level) => squash.ink(["minimum", "design", "stretch"].includes(level) ? level : "text");
  const lines = (places, color) => ({
    xs: places.map(([xs]) => xs),
    ys: places.map(([, ys]) => ys),
    color: places.map((_, at) => color(at)),
  });
  const along = (low, high, log) =>
    Array.from({ length: CURVE }, (_, at) =>
      log ? low ** (1 - at / (CURVE - 1)) * high ** (at / (CURVE - 1)) : low + ((high - low) * at) / (CURVE - 1),
    );

  // Two independent parts: a floor, and a part from the seeing. As in section 3.2 of
  // the LSST overview paper (Ivezic et al., arXiv:0805.2366): theta / SNR, C is a factor near 1.
  const astrometric = (unit) => {
    const [scale, theta, floor] = [
      drill.parameter(now.parameters, "C"),
      drill.parameter(now.parameters, "theta", unit),
      drill.parameter(now.parameters, "sigmaSys", unit),
    ];
    return [scale, theta, floor].every(Number.isFinite) ? (snr) => Math.hypot(floor, (scale * theta) / snr) : null;
  };
  // Equations 4 and 5 of the same paper: sigma^2 = sigmaSys^2 + (0.04 - gamma) x + gamma x^2,
  // x = 10^(0.4 (m - m5)).
  const photometric = (unit) => {
    const [floor, gamma, depth] = [
      drill.parameter(now.parameters, "sigmaSys", unit),
      drill.parameter(now.parameters, "gamma"),
      drill.parameter(now.parameters, "m5", "mag"),
    ];
    const size = drill.convert(1, "mag", unit);
    if (![floor, gamma, depth, size].every(Number.isFinite)) return null;
    return (mag) => {
      const x = 10 ** (0.4 * (mag - depth));
      return Math.hypot(floor, size * Math.sqrt((0.04 - gamma) * x + gamma * x * x));
    };
  };
  /** @returns {[low: number, high: number]} */
  const spread = (values, log, more = []) => {
    const sorted = drill.sorted([...values, ...more]);
    const [low, high] = sorted.length ? [sorted[0], sorted[sorted.length - 1]] : [1, 10];
    if (log) return [low / 1.12, high * 1.12];
    const room = (high - low || Math.abs(high) || 1) * 0.04;
    return [low - room, high + room];
  };
  const thresholds = (limits) => limits.map(([, value]) => value).filter((value) => value > 0);
  // ---- positions ----
  const drawPositions = async () => {
    const plot = await drill.figure("drill_distance");
    const { snr, dist } = now.columns;
    const limits = limitsIn(dist.unit);
    const model = astrometric(dist.unit);
    const distances = pick(dist, now.rows);
    const [left, right] = spread(pick(snr, now.rows), true);
    const [bottom, top] = spread(distances, true, thresholds(limits));
    squash.source(plot, "side").width = plot.place.clientWidth < 450 ? 90 : 180;
    squash.setRange(plot, "x_range", left, right);
    squash.setRange(plot, "y_range", bottom, top);
    drill.label(
      plot,
      ["snr_axis", "distance_axis", "count_axis"],
      [
        "signal-to-noise ratio",
        `${dist.name === "dist" ? "scatter of the position" : dist.name} (${dist.unit || "no unit"})`,
        "stars chosen",
      ],
    );
    squash.fill(plot, "all", drill.specks(pick(snr, now.rows), distances));
    drill.hover(plot, pick(snr, now.rows), distances, factsOf());
    squash.fill(
      plot,
      "limits",
      lines(
        limits.map(([, value]) => [
          [left, right],
          [value, value],
        ]),
        (at) => ink(limits[at][0]),
      ),
    );
    const xs = along(left, right, true);
    squash.fill(
      plot,
      "model",
      model ? lines([[xs, xs.map(model)]], () => squash.ink("series-2")) : { xs: [], ys: [], color: [] },
    );
    drill.legend(plot, [
      ["chosen", "chosen"],
      ["rest", "below the cut"],
      ["cut", "cut"],
      ...limits.map(([level, , text]) => [`limit ${level}`, text]),
      ...(model ? [["model", "error model of the report"]] : []),
    ]);
    return () => {
      const rows = choose(now);
      const cut = Number(slider.value);
      const chosen = pick(dist, rows);
      const bins = drill.bins(chosen, bottom, top, BINS, true);
      squash.fill(plot, "chosen", drill.specks(pick(snr, rows), chosen));
      squash.fill(
        plot,
        "cut",
        lines(
          cut > left && cut < right
            ? [
                [
                  [cut, cut],
                  [bottom, top],
                ],
              ]
            : [],
          () => squash.ink("text"),
        ),
      );
      squash.fill(plot, "bins", bins);
      squash.setRange(plot, "count_range", 0, 1.08 * bins.count.reduce((most, each) => Math.max(most, each), 1));
      showNumbers(dist, rows);
    };
  };

  // ---- magnitudes; a selection in one figure applies to all ----
  const listen = (name) => (plot) =>
    plot.model.on_event("selectiongeometry", ({ geometry, final }) => {
      if (!final || geometry.type !== "rect") return;
      const [x, y] = FIGURES[name];
      const range = (one, other) =>
        [Math.min(one, other), Math.max(one, other)].map((value) => Number(value.toPrecision(6)));
      now.box = [[x, ...range(geometry.x0, geometry.x1)], ...(y ? [[y, ...range(geometry.y0, geometry.y1)]] : [])];
      update();
    });
  const words = {
    magrms: "rms of the magnitude",
    mag: "magnitude",
    magerr: "reported uncertainty",
    snr: "signal-to-noise ratio",
  };
  const drawMagnitudes = async () => {
    const { columns, rows } = now;
    const parts = [];
    const limits = limitsIn(columns.magrms.unit);
    const model = photometric(columns.magrms.unit);
    const title = (name) => `${words[name]}${columns[name].unit ? ` (${columns[name].unit})` : ""}`;
    const scatters = pick(columns.magrms, rows);
    const reach = spread(scatters, true, thresholds(limits));
    for (const [name, [x, y]] of Object.entries(FIGURES)) {
      const plot = await drill.figure(name, listen(name));
      const range = y ? spread(pick(columns[x], rows), LOG.has(x)) : reach;
      squash.setRange(plot, "x_range", ...range);
      drill.label(plot, ["x_axis", "y_axis"], [title(x), y ? title(y) : "stars"]);
      if (y) {
        squash.setRange(plot, "y_range", ...spread(pick(columns[y], rows), true));
        squash.fill(plot, "all", drill.specks(pick(columns[x], rows), pick(columns[y], rows)));
        drill.hover(plot, pick(columns[x], rows), pick(columns[y], rows), factsOf());
        const alike = x === "magerr";
        const xs = along(...range, alike);
        const curve = name === "drill_magnitude" && model ? xs.map(model) : alike ? xs : null;
        squash.fill(
          plot,
          "model",
          curve ? lines([[xs, curve]], () => squash.ink("series-2")) : { xs: [], ys: [], color: [] },
        );
        drill.legend(plot, [
          ["chosen", "chosen"],
          ["rest", "others"],
          .../** @type {[string, string][]} */ (
            curve ? [["model", alike ? "equal" : "error model of the report"]] : []
          ),
        ]);
        parts.push((chosen) =>
          squash.fill(plot, "chosen", drill.specks(pick(columns[x], chosen), pick(columns[y], chosen))),
        );
      } else {
        const bins = drill.bins(scatters, ...range, BINS, true);
        const most = bins.count.reduce((one, other) => Math.max(one, other), 1);
        squash.setRange(plot, "y_range", 0, 1.08 * most);
        squash.fill(plot, "all", bins);
        squash.fill(
          plot,
          "limits",
          lines(
            limits.map(([, value]) => [
              [value, value],
              [0, 1.08 * most],
            ]),
            (at) => ink(limits[at][0]),
          ),
        );
        drill.legend(plot, [
          ["chosen", "chosen"],
          ["rest", "all"],
          ...limits.map(([level, , text]) => [`limit ${level}`, text]),
        ]);
        parts.push((chosen) => squash.fill(plot, "chosen", drill.bins(pick(columns[x], chosen), ...range, BINS, true)));
      }
    }
    now.notes = ["Draw a box in one figure to select its stars in all of them."];
    const factor = columns.magrms.unit === "mag" ? 1000 : 1;
    const unit = factor === 1 ? columns.magrms.unit : "mmag";
    return () => {
      const chosen = choose(now);
      parts.forEach((part) => part(chosen));
      showNumbers(columns.magrms, chosen, factor, unit);
    };
  };

  // ---- the cut; redrawn at most once a frame ----
  // Say in words why nothing is chosen.
  const sayEmpty = () => {
    const none = !choose(now).length;
    empty.hidden = !none;
    empty.textContent = !none
      ? ""
      : !now.rows.length
        ? "No row has finite values above zero in the columns of this view: choose another view or table."
        : now.box.length
          ? "No star is in the box and above the cut: select all, or lower the cut."
          : `No star has a signal-to-noise ratio above ${slider.value}: lower the cut.`;
  };
  const update = () => {
    said.textContent = slider.value;
    slider.setAttribute("aria-valuetext", `above ${slider.value}`);
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (!now || !now.redraw) return;
      clear.hidden = !now.box.length;
      now.redraw();
      sayEmpty();
      now.save();
    });
  };
  slider.addEventListener("input", update);
  clear.addEventListener("click", () => {
    now.box = [];
    update();
    slider.focus();
  });
  document.getElementById("drill-cut").addEventListener("submit", (event) => event.preventDefault());

  const fromAddress = (query, columns) => {
    const cut = Number(query.get("snr") ?? 100);
    const parts = (query.get("box") || "").split(";").map((part) => part.split(","));
    slider.value = String(Number.isFinite(cut) ? cut : 100);
    return parts
      .filter(
        ([name, low, high]) =>
          Object.hasOwn(columns, name) && [low, high].every((each) => each && Number.isFinite(Number(each))),
      )
      .map(([name, low, high]) => [name, Number(low), Number(high)]);
  };
  const view = (name, title, wanted, figures, draw) => ({
    name,
    title,
    fits: (table) => drill.take(table, wanted) !== null,
    toAddress: () => ({
      snr: slider.value === "100" ? "" : slider.value,
      box: now ? now.box.map((part) => part.join(",")).join(";") : "",
    }),
    show: async (about) => {
      const columns = drill.take(about.table, wanted);
      const all = Array.from({ length: columns.snr.values.length }, (_, row) => row);
      const rows = all.filter((row) =>
        wanted.every(
          (each) => Number.isFinite(columns[each].values[row]) && (!LOG.has(each) || columns[each].values[row] > 0),
        ),
      );
      now = { ...about, notes: [], columns, rows, box: fromAddress(about.query, columns) };
      document.getElementById("drill-cut").hidden = false;
      drill.show(figures);
      now.redraw = await draw();
      const lost = all.length - rows.length;
      update();
      return [
        ...now.notes,
        lost ? `${lost} of ${all.length} rows are left out because a value is not finite or not above zero.` : "",
      ];
    },
  });
  drill.views = [
    view("positions", "scatter of positions", POSITIONS, ["drill_distance"], drawPositions),
    view("magnitudes", "scatter of magnitudes", MAGNITUDES, Object.keys(FIGURES), drawMagnitudes),
  ];
})();
