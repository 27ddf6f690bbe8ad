// The card of a finding, as the pages of builds and metrics show it.
"use strict";
(() => {
  const made = squash.make;
  const pill = (...content) => made("li", { class: "pill" }, ...content);

  // A finding as the page of a metric shows it: in the words and numbers of that metric's series.
  squash.findingAbout = (finding, series) => {
    if (!series || !series.headline) return finding;
    const { headline, levels, tone, word } = series;
    const whole = { text: finding.headline, page: finding.page };
    const details = [
      { text: levels ? `${levels} ` : "" },
      ...finding.since,
      { text: ". Part of: " },
      whole,
      { text: "." },
    ];
    return { ...finding, headline, tone, word, details };
  };

  // `where` names its place; `more` are further entries beside its state, `below` follows them.
  squash.findingCard = (finding, where, more, below) =>
    made(
      "article",
      { class: `card finding ${finding.tone}${finding.open ? "" : " calmed"}` },
      made(
        "h3",
        {},
        made("a", { href: squash.href(finding.page), text: finding.headline }),
        ...(where ? [" ", made("span", { text: `in ${where}` })] : []),
      ),
      made(
        "p",
        {},
        ...finding.details.map((part) =>
          part.page ? made("a", { href: squash.href(part.page), text: part.text }) : part.text,
        ),
      ),
      made(
        "ul",
        { class: "pills" },
        pill(made("span", { class: `word ${finding.tone}`, text: finding.word })),
        pill(made("b", { text: finding.state })),
        ...more,
      ),
      ...below,
    );
})();
