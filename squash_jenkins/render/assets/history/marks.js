// Findings on the history page: marks on the trend, and the list with suspects below it.
"use strict";
(() => {
  const ROWS = 3;
  const LETTER = 6.6;
  const LISTED = 5;

  // Return what is known of the nodes of the shown series: which ones measure more or less.
  squash.readNodes = async (jobs, shown) => {
    const found = new Map();
    for (const job of jobs) {
      for (const each of (await squash.load(`${job.data}/findings.js`)).nodes) {
        const labels = shownOf(shown, job, each).map((series) => series.label);
        if (labels.length) found.set(each.text, [...(found.get(each.text) || []), ...labels]);
      }
    }
    return [...found].map(([text, labels]) => {
      const whose = labels.length === shown.series.length ? "" : `${labels.join(", ")}: `;
      return `${whose}${text}; findings allow for it`;
    });
  };
  const shownOf = (shown, job, each) =>
    shown.series.filter(
      (series) =>
        series.metric === each.metric &&
        series.job === job &&
        ["dataset", "filter", "level"].every((key) => (series[key] || "") === each[key]),
    );

  // Return the findings of the shown series, each with its job and the marks to draw.
  squash.readFindings = async (jobs, shown) => {
    const found = [];
    const oldest = Math.min(...shown.builds.map((build) => build.start));
    const labelsOf = (job, each) => shownOf(shown, job, each).map((series) => series.label);
    for (const job of jobs) {
      for (const finding of (await squash.load(`${job.data}/findings.js`)).findings) {
        const series = finding.series.filter((each) => shownOf(shown, job, each).length);
        const recent = series
          .filter((each) => each.at[0][1] >= oldest)
          .map((each) => ({ ...each, labels: labelsOf(job, each) }));
        if (!series.length || (!finding.open && !recent.length)) continue;
        const marks = together(recent).map((mark) => named(mark, shown.series.length));
        found.push({ ...squash.findingAbout(finding, series[0]), job, marks });
      }
    }
    return found.sort((one, other) => start(other) - start(one));
  };
  // Series whose findings begin in the same build share a mark, as wide as all of them.
  const together = (series) => {
    const marks = new Map();
    for (const {
      text,
      over,
      tone,
      labels,
      at: [build, first, last],
    } of series) {
      const mark = marks.get(text);
      if (!mark) {
        marks.set(text, { text, over, tone, labels, at: [build, first, last] });
        continue;
      }
      mark.labels = [...mark.labels, ...labels];
      if (first[1] < mark.at[1][1]) mark.at[1] = first;
      if (last[1] > mark.at[2][1]) mark.at[2] = last;
    }
    return [...marks.values()];
  };
  // Among several series a mark names the one that it is about, or how many.
  const named = (mark, many) => {
    const { labels, text } = mark;
    if (labels.length === many) return mark;
    return { ...mark, text: labels.length === 1 ? `${labels[0]}: ${text}` : `${labels.length} of ${many}: ${text}` };
  };
  const start = (finding) => finding.series[0].at[0][1];

  // ---- on the trend ----
  const middle = (places, at, step) => {
    const index = places.indexOf(at);
    const other = places[index + step];
    return other === undefined || index < 0 ? at : (at + other) / 2;
  };

  // Distribute labels over rows so that none overlap; a mark without room gets no label.
  const labelled = (marks, [low, high], width) => {
    const ends = Array(ROWS).fill([]);
    for (const mark of [...marks].sort((one, other) => one.over - other.over || other.x - one.x)) {
      const pixel = ((mark.x - low) / (high - low)) * width;
      const long = mark.text.length * LETTER + 14;
      mark.align = pixel > long ? "right" : "left";
      const [from, to] = mark.align === "right" ? [pixel - long, pixel] : [pixel, pixel + long];
      const row = ends.findIndex((taken) => taken.every(([one, other]) => to < one || from > other));
      mark.label = row < 0 ? "" : mark.text;
      mark.y = 0.965 - 0.055 * Math.max(row, 0);
      if (row >= 0) ends[row] = [...ends[row], [from, to]];
    }
    return marks;
  };

  // Return the marks with their places, and the columns of the sources `bands` and `marks`.
  squash.planMarks = (shown, found, axis, ends, width) => {
    const pick = ([number, begin]) => (axis === "build" ? number : squash.toAxisTime(begin));
    const marks = found.flatMap((finding) =>
      finding.marks.map((each) => {
        const [x, first, last] = each.at.map(pick);
        const own = shown.builds.filter((build) => build.job === finding.job && !(axis === "build" && build.replaced));
        const places = own.map((build) => squash.place(build, axis)).sort((one, other) => one - other);
        return { ...each, x, x0: middle(places, first, -1), x1: middle(places, last, 1), finding };
      }),
    );
    labelled(marks, ends, width);
    const toneOf = ({ tone, over }) => (over || tone === "plain" ? "none" : tone);
    const column = (value) => marks.map(value);
    return {
      marks,
      sources: {
        bands: {
          x0: column((mark) => mark.x0),
          x1: column((mark) => mark.x1),
          color: column((mark) => squash.ink(toneOf(mark))),
        },
        marks: {
          x: column((mark) => mark.x),
          y: column((mark) => mark.y),
          label: column((mark) => mark.label),
          color: column((mark) => squash.ink(toneOf(mark))),
          ink: column((mark) => squash.ink(`${toneOf(mark)}-text`)),
          align: column((mark) => mark.align),
          shift: column((mark) => (mark.align === "right" ? -9 : 9)),
        },
      },
    };
  };

  // ---- below it ----
  const made = squash.make;
  const suspectRow = (each) =>
    made(
      "tr",
      {},
      made("td", { text: each.rank }),
      made("td", { class: "break", text: each.name }),
      made(
        "td",
        { class: "break change" },
        each.url ? made("a", { href: each.url, rel: "noopener", class: "code", text: each.text }) : each.text,
      ),
      made("td", { class: "why", text: each.reasons.join("; ") }),
    );

  const suspects = (finding, open) => {
    if (!finding.suspects.length) return made("p", { class: "muted", text: finding.reason });
    const count = finding.suspects.length + finding.more;
    const head = ["rank", "package or commit", "change", "why"].map((text) => made("th", { text }));
    const table = made(
      "table",
      {},
      made("thead", {}, made("tr", {}, ...head)),
      made("tbody", {}, ...finding.suspects.map(suspectRow)),
    );
    const box = made(
      "details",
      { class: "more" },
      made("summary", { text: `${count} suspect${count === 1 ? "" : "s"}` }),
      made("div", { class: "scroll" }, table),
    );
    if (finding.more)
      box.append(
        made(
          "p",
          {},
          made("a", {
            href: `${squash.href(finding.page)}#suspects`,
            text: `${finding.more} more on the page of the finding`,
          }),
        ),
      );
    box.open = open;
    return box;
  };

  const card = (finding, open, several) => {
    const where = [several ? finding.job.title : "", finding.place].filter(Boolean).join(" · ");
    return squash.findingCard(finding, where, [], [suspects(finding, open)]);
  };

  squash.listFindings = (place, found, several) => {
    const first = found.find((finding) => finding.open && finding.suspects.length);
    const cards = found.map((finding) => card(finding, finding === first, several));
    const rest = cards.splice(LISTED);
    if (rest.length)
      cards.push(made("details", { class: "more" }, made("summary", { text: `${rest.length} earlier` }), ...rest));
    place.replaceChildren(
      ...(cards.length
        ? cards
        : [
            made("p", {
              class: "muted",
              text: "No findings: no series changed by more than its noise or began to miss a specification.",
            }),
          ]),
    );
    place.dataset.findings = String(found.length);
  };
})();
