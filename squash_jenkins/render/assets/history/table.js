// The table below the trend: the same builds, with their package changes.
"use strict";
(() => {
  const FIRST_ROWS = 100;
  const MOST_ROWS = 2000;
  const made = squash.make;

  // Return the package changes of a build as nodes.
  const packageNodes = (packages) => {
    if (!packages) return [made("span", { class: "muted", text: "no package list in this build" })];
    if (!packages.total) return [made("span", { class: "muted", text: "no package changed" })];
    /** @type {(Node | string)[]} */
    const parts = [];
    packages.rows.forEach(([name, text, url], at) => {
      if (at) parts.push(", ");
      parts.push(
        `${name} `,
        url ? made("a", { href: url, rel: "noopener", class: "code", text }) : made("span", { class: "code", text }),
      );
    });
    if (packages.total > packages.rows.length) parts.push(` and ${packages.total - packages.rows.length} more`);
    return parts;
  };

  const valueNodes = ({ build, point }) =>
    point && point.value !== null
      ? [made("b", { text: squash.number(point.value, squash.thresholds(point.limits)) }), ` ${point.unit || ""}`]
      : [squash.missingText((point ? point.missing : build.without) || squash.whyMissing(build, null, 0), build)];

  const cells = (row) => {
    const { build, point } = row;
    const measured = point && point.value !== null;
    /** @type {(Node | string)[]} */
    const links = [made("a", { href: build.page, text: `${build.job.name} #${build.number}` })];
    if (build.jenkins)
      links.push(" ", made("a", { href: build.jenkins, rel: "noopener", class: "muted nowrap", text: "↗ Jenkins" }));
    const worse = measured && point.before && squash.steps(point.before.status, point.status) < 0;
    row.packages = made("td", { class: "break" });
    return [
      made("td", { class: "nowrap", title: squash.absolute(build.end), text: squash.moment(build.end) }),
      made("td", { class: "build break" }, ...links),
      made("td", { class: "series break", text: point ? point.series.label : "" }),
      made("td", { class: measured ? "nowrap" : "why" }, ...valueNodes(row)),
      made("td", { class: `nowrap${worse ? " worse" : ""}`, text: measured ? point.change : "" }),
      made(
        "td",
        { class: "nowrap" },
        made("span", {
          class: `word ${measured ? point.status.tone : "none"}`,
          text: measured ? point.status.word : "",
        }),
      ),
      row.packages,
    ];
  };
  squash.Table = class {
    // `pick(row, event)` is called for a clicked row, `near(point | null)` for the row under the pointer.
    constructor(body, note, pick, near) {
      this.body = body;
      this.note = note;
      /** @type {TableRow[]} */
      this.rows = [];
      this.limit = FIRST_ROWS;
      this.chosen = new Set();
      this.frame = body.closest(".scroll");
      const rowOf = (event) => {
        const element = event.target.closest("tr");
        return element && this.rows[Number(element.dataset.at)];
      };
      body.addEventListener("click", (event) => {
        if (!event.target.closest("a") && rowOf(event)) pick(rowOf(event), event);
      });
      body.addEventListener("pointerover", (event) => {
        const row = rowOf(event);
        near(row ? row.point : null);
      });
      body.addEventListener("pointerleave", () => near(null));
    }

    show(shown, limit = FIRST_ROWS) {
      this.shown = shown;
      this.total =
        shown.builds.filter((build) => !build.measured).length +
        shown.series.reduce((sum, each) => sum + each.points.length, 0);
      this.limit = limit;
      this.several = shown.series.length > 1;
      this.draw();
    }

    // Return the newest rows; only these are created.
    newest() {
      const { builds, series } = this.shown;
      /** @type {TableRow[]} */
      const rows = [];
      const ends = builds.map((build) => build.end).sort((one, other) => one - other);
      const since = ends.length > this.limit ? ends[ends.length - this.limit] : -Infinity;
      for (const { points } of series)
        for (const point of points) if (point.build.end >= since) rows.push({ build: point.build, point });
      for (const build of builds) if (build.end >= since && !build.measured) rows.push({ build, point: null });
      rows.sort((one, other) => other.build.end - one.build.end || other.build.number - one.build.number);
      return rows.slice(0, this.limit);
    }

    draw() {
      const shown = (this.rows = this.newest());
      this.body.replaceChildren(
        ...shown.map((row, at) => {
          row.element = made("tr", { "data-at": at }, ...cells(row));
          return row.element;
        }),
      );
      for (const each of this.body.parentElement.querySelectorAll(".series")) each.hidden = !this.several;
      this.foot();
      this.mark(this.chosen, false);
      this.readPackages();
    }

    // Load the packages of rows as they come into view: those of each block of builds are a file.
    readPackages() {
      if (this.watching) this.watching.disconnect();
      const show = async (rows) => {
        await squash.readPackages(rows.map((row) => row.build));
        for (const row of rows) row.packages.replaceChildren(...packageNodes(row.build.packages));
        this.body.dataset.packages = "told";
      };
      this.watching = new IntersectionObserver(
        (entries) => {
          const seen = entries.filter((each) => each.isIntersecting).map((each) => each.target);
          for (const row of seen) this.watching.unobserve(row);
          const rows = this.rows.filter((row) => seen.includes(row.element));
          if (rows.length) show(rows);
        },
        { root: this.frame },
      );
      for (const row of this.rows) this.watching.observe(row.element);
    }

    foot() {
      this.note.replaceChildren();
      if (!this.total) this.note.textContent = "Nothing was measured. Choose a longer period or another series.";
      if (this.total <= this.limit) return;
      const next = Math.min(MOST_ROWS, this.total);
      this.note.append(`The newest ${this.limit} of ${this.total} rows; the CSV has all. `);
      if (next <= this.limit) return;
      const more = made("button", {
        type: "button",
        class: "button small",
        text: next < this.total ? `Show ${next}` : "Show all",
      });
      more.addEventListener("click", () => {
        this.limit = next;
        this.draw();
      });
      this.note.append(more);
    }

    // Mark the rows of some points; `scroll` brings the newest of them into view.
    mark(points, scroll) {
      this.chosen = points;
      const shown = () => this.rows.some((row) => points.has(row.point));
      if (scroll && points.size && this.limit < Math.min(MOST_ROWS, this.total) && !shown()) {
        this.limit = MOST_ROWS;
        this.draw();
      }
      let first = null;
      for (const row of this.rows) {
        const on = row.point !== null && points.has(row.point);
        row.element.classList.toggle("chosen", on);
        if (on && !first) first = row.element;
      }
      if (scroll && first) this.frame.scrollTop = first.offsetTop - this.frame.clientHeight / 3;
    }

    near(point) {
      if (this.nearby) this.nearby.classList.remove("near");
      const row = point && this.rows.find((each) => each.point === point);
      this.nearby = row ? row.element : null;
      if (this.nearby) this.nearby.classList.add("near");
    }
  };
})();
