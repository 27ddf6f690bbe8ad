// The findings of a build: those that begin with it, those that end with it, and those that began earlier.
"use strict";
(() => {
  const HELD = 8;
  const made = squash.make;
  const same = (one, other) => one && one[0] === other[0] && one[1] === other[1];

  const suspect = ({ name, text, url }) =>
    made(
      "li",
      { class: "pill suspect" },
      url ? made("a", { href: url, rel: "noopener", text: `${name} ${text}` }) : `${name} ${text}`,
    );
  const card = (finding) => squash.findingCard(finding, finding.place, finding.suspects.slice(0, 3).map(suspect), []);

  const listed = (findings, more) =>
    findings
      .flatMap((finding, at) => [
        ...(at ? [", "] : []),
        made("a", { href: squash.href(finding.page), text: finding.headline }),
        ` (since #${finding.begin[0]}, ${squash.moment(finding.begin[1]).split(",")[0]}${finding.state === "open" ? "" : `, ${finding.state}`})`,
      ])
      .concat(more > 0 ? [" and ", made("a", { href: squash.href("findings/index.html"), text: `${more} more` })] : []);

  // `here` is the number and the start of the build; `findings` come from the job's findings.js.
  // Return those that begin.
  squash.findingsHere = (page, findings, here) => {
    const begins = findings.filter((each) => same(each.begin, here));
    const over = findings.filter((each) => same(each.ended, here));
    const holds = findings.filter(
      (each) => each.direction === "worse" && each.begin[1] < here[1] && (!each.ended || each.ended[1] > here[1]),
    );
    if (begins.length) {
      const text = `${begins.length} finding${begins.length === 1 ? " begins" : "s begin"} here`;
      page.append(
        made(
          "section",
          { id: "begins", "aria-labelledby": "begins-head" },
          made("h2", { id: "begins-head", text }),
          made("div", { class: "cards begins" }, ...begins.map(card)),
        ),
      );
    }
    const sentence = made("p", { class: "lead standing" });
    if (over.length)
      sentence.append("Ended with this build: ", ...listed(over.slice(0, HELD), over.length - HELD), ". ");
    if (holds.length)
      sentence.append("Worse since an earlier build: ", ...listed(holds.slice(0, HELD), holds.length - HELD), ".");
    if (over.length || holds.length) page.append(sentence);
    return begins;
  };
})();
