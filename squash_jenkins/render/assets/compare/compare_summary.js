// The lines above a comparison: its sides, and how much moved.
"use strict";
(() => {
  const made = squash.make;

  const link = (side) => made("a", { href: side.build.page, text: side.label });
  squash.sideLine = (side) => {
    const { job, build, builds, range } = side;
    const about = range
      ? `${builds.length} build${builds.length === 1 ? "" : "s"} from ${squash.moment(builds[0].start)} to ${squash.moment(build.start)}${side.left ? `; ${side.left} older ones of the range are left out` : ""}`
      : `${build.result}, finished ${squash.moment(build.end)}`;
    return made(
      "p",
      {},
      made("b", {}, `${job.title} `, ...(range ? [side.label] : [link(side)])),
      ` ${about} `,
      ...(build.jenkins && !range
        ? [made("a", { href: build.jenkins, rel: "noopener", class: "nowrap", text: "↗ Jenkins" })]
        : []),
    );
  };
  // Two builds on nodes that measure differently: return that, or nothing.
  squash.nodeNote = async (from, to) => {
    const [one, other] = [from.build.node, to.build.node];
    if (from.range || to.range || from.job !== to.job || !one || !other || one === other) return [];
    const known = (await squash.load(`${from.job.data}/findings.js`)).nodes.map((each) => each.text);
    const effects = [...new Set(known)].filter((text) => text.includes(one) || text.includes(other));
    if (!effects.length) return [];
    const ran = `${from.label} ran on ${one} and ${to.label} on ${other}`;
    const text = `${ran}; ${effects.slice(0, 3).join("; ")}. Findings allow for it, this comparison does not.`;
    return [made("p", { class: "node-note", text })];
  };

  // Say how many series moved by more than `over` times their noise.
  squash.summarizeCompared = ({ rows, ignored, to }, over) => {
    const measured = rows.filter((row) => !Number.isNaN(row.difference));
    const far = measured.filter((row) => Math.abs(row.times) > over);
    const unknown = measured.filter((row) => Number.isNaN(row.times));
    const way = (word) => far.filter((row) => row.trend === word).length;
    const open = far.filter((row) => row.open).length;
    const neutral = far.length - way("worse") - way("better") - open;
    const parts = [
      `${squash.number(way("worse"))} worse`,
      `${squash.number(way("better"))} better`,
      ...(open ? [`${squash.number(open)} changed: good or bad?`] : []),
      ...(neutral ? [`${squash.number(neutral)} without a better or worse`] : []),
    ];
    const changed = rows.filter((row) => row.changed).length;
    /** @type {(Node | string)[]} */
    const sentence = [
      made("b", {
        text: measured.length
          ? `${squash.number(far.length)} of ${squash.number(measured.length)} series moved more than ${squash.number(over)}× their noise${far.length ? `: ${parts.join(", ")}` : ""}.`
          : "No series was measured on both sides, so there is nothing to compare.",
      }),
    ];
    if (changed) sentence.push(` The status of ${squash.number(changed)} changed.`);
    const note = [
      `Noise: typical build-to-build difference, steps and outliers aside; findings compare with the same, as of ${to.range ? `#${to.build.number}` : to.label}.`,
    ];
    if (unknown.length)
      note.push(
        ` Of ${squash.number(unknown.length)} the noise is unknown because fewer than 8 builds measured them; they come last, sorted by their change in percent.`,
      );
    if (ignored.size)
      note.push(
        ` The jobs have one ${[...ignored].join(" and one ")} each, of other names: series are matched without.`,
      );
    return [made("p", {}, ...sentence), made("p", { class: "muted small", text: note.join("") })];
  };
})();
