// The page of a job: the builds that are older than those listed.
"use strict";
(() => {
  const STEP = 200;
  const section = document.getElementById("older");
  if (!section) return;
  const made = squash.make;
  const button = section.querySelector("button");
  let older = null;
  let shown = 0;

  const length = (milliseconds) => {
    const minutes = Math.round(milliseconds / 60000);
    return minutes < 1
      ? `${Math.round(milliseconds / 1000)} s`
      : minutes < 60
        ? `${minutes} min`
        : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  const row = (build) =>
    made(
      "tr",
      {},
      made("td", { class: "build" }, made("a", { href: build.page, text: `#${build.number}` })),
      made("td", {}, made("span", { class: `dot ${build.tone}`, text: build.result })),
      made("td", { class: "nowrap", title: squash.absolute(build.end), text: squash.moment(build.end) }),
      made("td", { class: "nowrap", text: length(build.end - build.start) }),
      made(
        "td",
        {},
        ...(build.jenkins
          ? [made("a", { href: build.jenkins, rel: "noopener", class: "nowrap", text: "↗ Jenkins" })]
          : []),
      ),
    );

  const more = async () => {
    if (!older) {
      const job = (await squash.jobs()).find((each) => each.folder === section.dataset.folder);
      older = (await squash.readBuilds(job)).reverse().slice(Number(section.dataset.listed));
      const heads = ["build", "result", "finished", "duration", ""].map((text) => made("th", { text }));
      section.prepend(
        made("h2", { text: "Older builds" }),
        made(
          "div",
          { class: "card" },
          made(
            "div",
            { class: "scroll" },
            made("table", {}, made("thead", {}, made("tr", {}, ...heads)), made("tbody", {})),
          ),
        ),
      );
    }
    section.querySelector("tbody").append(...older.slice(shown, shown + STEP).map(row));
    shown += STEP;
    button.hidden = shown >= older.length;
    button.textContent = `Show ${Math.min(STEP, older.length - shown)} more of ${older.length - shown}`;
    section.dataset.shown = String(Math.min(shown, older.length));
  };
  // A new build at the top of the list moves another one down to this part.
  const renew = async () => {
    if (!older) return;
    const count = shown;
    section.querySelector("tbody").replaceChildren();
    older = null;
    shown = 0;
    section.querySelectorAll("h2, .card").forEach((each) => each.remove());
    while (shown < count) await more();
  };
  squash.onChange(renew);
  button.hidden = false;
  button.addEventListener("click", () =>
    more().catch((error) => {
      button.replaceWith(made("p", { text: `${error.message}. Rebuild the pages: squash-jenkins dashboards build.` }));
    }),
  );
})();
