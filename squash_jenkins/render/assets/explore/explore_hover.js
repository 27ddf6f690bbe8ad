// Explore: the rows at the place that the reader points at, which the server finds, with links to their builds.
"use strict";
(() => {
  const REACH = 6; // pixels
  const WAIT = 120;
  const made = squash.make;

  const valueText = (name, value, columns) => {
    const column = columns.find((each) => each.name === name);
    if (value === null) return "not measured";
    return typeof value === "number" ? squash.quantity(value, column ? column.unit : "") : value || "(empty)";
  };
  const rowOf = ({ build, page, values }, columns) =>
    made(
      "div",
      { class: "explore-row" },
      made("p", {}, made("a", { href: squash.href(page), text: `Build #${build}` })),
      made(
        "dl",
        {},
        ...Object.entries(values)
          .filter(([name]) => name !== "build")
          .flatMap(([name, value]) => [
            made("dt", { text: name }),
            made("dd", { text: valueText(name, value, columns) }),
          ]),
      ),
    );

  squash.ExploreHover = class {
    // `choosing` has the choice and the columns of the table.
    constructor(place, choosing) {
      this.place = place;
      this.choosing = choosing;
      this.plot = null;
      this.timer = 0;
      this.count = 0;
      this.tip = made("div", { class: "tip explore-tip", role: "status", hidden: "" });
      place.append(this.tip);
      this.tip.addEventListener("pointerenter", () => clearTimeout(this.timer));
      place.addEventListener("pointerleave", () => this.later());
      place.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.hide();
      });
    }

    // Begin anew with the plot of a session.
    listen(plot) {
      this.plot = plot;
      this.hide();
      plot.model.on_event("mousemove", (event) => this.point(event));
      plot.model.on_event("tap", (event) => this.point(event, 0));
      const found = squash.source(plot, "found");
      found.properties.tags.change.connect(() => this.show(JSON.parse(found.tags[0])));
    }

    point({ x, y, sx, sy }, wait = WAIT) {
      clearTimeout(this.timer);
      const choice = this.choosing.chosen();
      const [reachX, reachY] = this.reach(choice);
      if (![x, y, reachX, reachY].every((each) => Number.isFinite(each)) || !reachX || !reachY) return;
      this.timer = setTimeout(() => {
        this.at = [sx, sy];
        this.count += 1; // so that the same place is searched again
        const spot = { choice, x, y, reach_x: reachX, reach_y: reachY };
        squash.source(this.plot, "pointed").setv({ tags: [JSON.stringify(spot), this.count] });
      }, wait);
    }

    // Return a few pixels in units of the axes; in powers of ten where these are logarithmic.
    reach({ xscale, yscale }) {
      const { inner_width: wide, inner_height: high } = this.plot.model;
      return [
        ["x_range", xscale, wide],
        ["y_range", yscale, high],
      ].map(([name, scale, pixels]) => {
        const { start, end } = squash.source(this.plot, name);
        const span = scale === "log" ? Math.log10(end) - Math.log10(start) : end - start;
        return (Math.abs(span) / pixels) * REACH;
      });
    }

    show({ rows, within }) {
      if (!rows.length) {
        this.later();
        return;
      }
      const { columns } = this.choosing.current();
      const rest = within - rows.length;
      this.tip.replaceChildren(
        ...rows.map((row) => rowOf(row, columns)),
        ...(rest > 0 ? [made("p", { class: "muted", text: `and ${squash.counted(rest, "row")} more here` })] : []),
      );
      this.tip.hidden = false;
      const [left, top] = this.at;
      const room = this.place.clientWidth - this.tip.offsetWidth;
      const beside = left + 16 > room ? left - 16 - this.tip.offsetWidth : left + 16;
      Object.assign(this.tip.style, {
        left: `${Math.max(0, Math.min(beside, room))}px`,
        top: `${Math.max(0, top - this.tip.offsetHeight / 2)}px`,
      });
      this.place.dataset.here = String(within);
    }

    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.hide(), 400);
    }
    hide() {
      clearTimeout(this.timer);
      this.tip.hidden = true;
      delete this.place.dataset.here;
    }
  };
})();
