// The tooltip for the pointer, the finger or the keyboard; made on demand, so that plots hold no texts.
"use strict";
(() => {
  const REACH = 26;
  const LEAVING = 350;
  const NARROW = 480;
  const made = squash.make;

  const packagesText = (packages) => {
    if (!packages) return "no package list in this build";
    if (!packages.total) return "none";
    const named = packages.rows
      .slice(0, 3)
      .map((row) => row[0])
      .join(", ");
    return packages.total > 3 ? `${named} and ${packages.total - 3} more` : named;
  };

  const facts = (rows) =>
    made(
      "dl",
      {},
      ...rows.filter(([, text]) => text).flatMap(([name, text]) => [made("dt", { text: name }), made("dd", {}, text)]),
    );
  const links = (build) => {
    const list = made("p", { class: "tip-links" }, made("a", { href: build.page, text: "Page of the build" }));
    if (build.jenkins) list.append(made("a", { href: build.jenkins, rel: "noopener", text: "Jenkins ↗" }));
    return list;
  };
  const title = (build) => made("p", { class: "tip-title", text: `${build.job.name} #${build.number}` });

  const aboutPoint = (point, view) => {
    const { build, series } = point;
    const base = view.y === "percent" ? squash.baseline(series, view.base) : null;
    const value = squash.quantity(point.value, point.unit, squash.thresholds(point.limits));
    const share = base ? ` (${squash.change(point.value, base.value) || "0.0%"} from the baseline)` : "";
    const packages = made("span", { text: packagesText(build.packages) });
    if (build.packages === undefined) {
      packages.textContent = "…";
      squash.readPackages([build]).then(() => {
        packages.textContent = packagesText(build.packages);
      });
    }
    return [
      title(build),
      facts([
        ["value", made("b", { text: value + share })],
        [
          "change",
          point.before ? `${point.change || "–"} from #${point.before.build.number}` : "nothing to compare with",
        ],
        ["reaches", point.status.word],
        ["series", series.label],
        ["node", build.node],
        ["finished", squash.absolute(build.end)],
        ["packages changed", packages],
      ]),
      links(build),
    ];
  };
  const aboutFailed = (build) => [
    title(build),
    facts([
      ["ended with", build.result],
      ["no value", build.measured ? "" : (build.without || build.missing)?.text],
      ["finished", squash.absolute(build.end)],
    ]),
    links(build),
  ];
  const aboutMissing = ({ build, reasons }) => [
    title(build),
    facts([
      ...reasons.slice(0, 6).map(([label, missing]) => [label || "no value", squash.missingText(missing, build)]),
      ["finished", squash.absolute(build.end)],
    ]),
    links(build),
  ];
  const aboutGap = ([before, after, many]) => {
    const { title: job, unstored } = before.job;
    const [first, last] = [before.number + 1, after.number - 1];
    const numbers = many === 1 ? String(first) : `${first}..${last}`;
    return [
      made("p", { class: "tip-title", text: `${job} #${first}${many === 1 ? "" : ` to #${last}`}` }),
      facts([
        ["no value", unstored.text],
        ["import", made("code", { text: `${unstored.command} --builds ${numbers}` })],
      ]),
    ];
  };
  const aboutMark = ({ finding, labels }) => [
    made("p", { class: "tip-title", text: finding.headline }),
    facts([
      ["where", finding.place],
      ["series", labels.join(", ")],
      ["what", finding.details.map((part) => part.text).join("")],
      ["now", `${finding.word} · ${finding.state}`],
    ]),
    made("p", { class: "tip-links" }, made("a", { href: squash.href(finding.page), text: "Page of the finding" })),
  ];

  const ABOUT = { point: aboutPoint, failed: aboutFailed, missing: aboutMissing, gaps: aboutGap, marks: aboutMark };

  squash.Hover = class {
    // `act` has near(point | null), open(thing, event, touch), focus() and alone(hover); `view` returns what is chosen.
    constructor(plot, view, act) {
      this.plot = plot;
      this.view = view;
      this.act = act;
      /** @type {TrendPlan | null} */
      this.plan = null;
      this.timer = 0;
      this.down = null;
      this.figure = plot.place.querySelector(".figure");
      this.tip = made("div", { class: "tip", role: "status", hidden: "" });
      this.ring = made("span", { class: "ring", "aria-hidden": "true", hidden: "" });
      plot.place.append(this.ring, this.tip);
      this.figure.addEventListener("pointermove", (event) => {
        if (event.pointerType !== "touch" && !event.buttons) this.follow(event);
      });
      this.figure.addEventListener("pointerdown", (event) => {
        this.down = [event.clientX, event.clientY, event.pointerType];
      });
      this.figure.addEventListener("click", (event) => this.tap(event));
      // The focus goes to the element with the keys, not to the canvas; touch moves it after the finger was lifted.
      for (const name of ["pointerup", "click"]) this.figure.addEventListener(name, () => act.focus());
      plot.place.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch") this.later();
      });
      this.tip.addEventListener("pointerenter", () => clearTimeout(this.timer));
    }

    get frame() {
      return this.plot.view.frame;
    }

    /** Where something is, in pixels of the figure. @returns {[left: number, top: number] | null} */
    at(thing) {
      const frame = this.frame;
      if (!frame) return null;
      const share = frame.y_scales.get("share");
      if (thing.kind === "point") {
        const { x, y } = this.plan.columns;
        return [frame.x_scale.compute(x[thing.at]), frame.y_scale.compute(y[thing.at])];
      }
      const { x, y } = this.plan.sources[thing.kind];
      return [frame.x_scale.compute(x[thing.at]), share.compute(y[thing.at])];
    }

    // Return the nearest thing; findings and failed builds come before points.
    nearest(left, top) {
      const frame = this.frame;
      if (!frame || !this.plan) return null;
      for (const kind of ["marks", "failed", "missing"]) {
        const { x, y } = this.plan.sources[kind];
        const share = frame.y_scales.get("share");
        for (let at = 0; at < x.length; at++) {
          if (Math.abs(frame.x_scale.compute(x[at]) - left) < 9 && Math.abs(share.compute(y[at]) - top) < 9)
            return { kind, at };
        }
      }
      return this.nearestPoint(frame, left, top) || this.gapAt(frame.x_scale.invert(left));
    }

    gapAt(x) {
      const { x0, x1 } = this.plan.sources.gaps;
      const at = Array.from(x0).findIndex((from, place) => from <= x && x <= x1[place]);
      return at < 0 ? null : { kind: "gaps", at };
    }

    nearestPoint(frame, left, top) {
      const { x, y } = this.plan.columns;
      const [from, to] = [frame.x_scale.invert(left - REACH), frame.x_scale.invert(left + REACH)];
      let best = -1;
      let least = REACH * REACH;
      for (let at = 0; at < x.length; at++) {
        if (x[at] < from || x[at] > to) continue;
        const across = frame.x_scale.compute(x[at]) - left;
        const up = frame.y_scale.compute(y[at]) - top;
        const far = across * across + up * up;
        if (far < least) {
          least = far;
          best = at;
        }
      }
      return best < 0 ? null : { kind: "point", at: best };
    }

    here(event) {
      const box = this.figure.getBoundingClientRect();
      return this.nearest(event.clientX - box.left, event.clientY - box.top);
    }
    what(thing) {
      return thing.kind === "point" ? this.plan.points[thing.at] : this.plan[thing.kind][thing.at];
    }

    follow(event) {
      const thing = this.here(event);
      this.figure.classList.toggle("over", Boolean(thing));
      if (thing) this.show(thing);
      else this.later();
    }

    tap(event) {
      const [left, top, kind] = this.down || [event.clientX, event.clientY, "mouse"];
      if (Math.hypot(event.clientX - left, event.clientY - top) > 5) return; // a drag
      const thing = this.here(event);
      const touch = kind === "touch";
      if (!thing) {
        if (touch) this.hide();
        return;
      }
      if (touch) this.show(thing);
      this.act.open(thing.kind, this.what(thing), event, touch);
    }

    showPoint(point) {
      const at = this.plan ? this.plan.points.indexOf(point) : -1;
      if (at >= 0) this.show({ kind: "point", at });
    }

    show(thing) {
      clearTimeout(this.timer);
      const place = this.at(thing);
      const what = this.what(thing);
      if (!place || !what) return;
      this.act.alone(this);
      if (this.shown !== what) {
        this.shown = what;
        const about = ABOUT[thing.kind];
        this.tip.replaceChildren(...about(what, this.view()));
        this.act.near(thing.kind === "point" ? what : null);
      }
      this.ring.hidden = thing.kind !== "point";
      this.put(this.ring, place[0], place[1]);
      this.tip.hidden = false;
      this.beside(place);
    }

    put(element, left, top) {
      Object.assign(element.style, { left: `${left}px`, top: `${top}px`, bottom: "auto" });
    }

    // Place the tooltip above the point if there is room, else below it; on a phone below the plot.
    beside([left, top]) {
      const { offsetWidth: wide, offsetHeight: high } = this.tip;
      const room = this.figure.clientWidth;
      if (room < NARROW) {
        this.put(this.tip, 0, this.figure.clientHeight + 4);
        return;
      }
      const above = top - high - 12 > -4;
      const from = Math.max(0, Math.min(left - wide / 2, room - wide));
      this.put(this.tip, from, above ? 0 : top + 14);
      if (!above) return;
      this.tip.style.top = "auto"; // it may grow when the packages have loaded
      this.tip.style.bottom = `${this.plot.place.clientHeight - top + 12}px`;
    }

    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.hide(), LEAVING);
    }
    hide() {
      clearTimeout(this.timer);
      this.tip.hidden = this.ring.hidden = true;
      if (this.shown) {
        this.shown = null;
        this.act.near(null);
      }
    }
  };
})();
