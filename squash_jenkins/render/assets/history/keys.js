// Keys of the history page, and the list that tells them.
"use strict";
(() => {
  const KEYS = [
    ["←  →", "the build before, the next build"],
    ["Home  End", "the first, the newest build"],
    ["↑  ↓", "another series, when the plot has the focus"],
    ["Shift and ←  →", "select a range of builds"],
    ["Enter", "open the page of the build"],
    ["j", "open the build in Jenkins"],
    ["b", "take the build as the baseline"],
    ["m", "running median"],
    ["z", "the whole range again"],
    ["Esc", "clear the selection"],
    ["/", "find a job, metric or build"],
    ["?", "this list"],
  ];
  const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;

  squash.keysDialog = () => {
    const rows = KEYS.map(([keys, text]) =>
      squash.make(
        "tr",
        {},
        squash.make("th", { scope: "row" }, squash.make("kbd", { text: keys })),
        squash.make("td", { text }),
      ),
    );
    const shut = squash.make("button", { type: "button", class: "button", text: "Close" });
    const dialog = squash.make(
      "dialog",
      { class: "keys", "aria-labelledby": "keys-title" },
      squash.make("h2", { id: "keys-title", text: "Keys" }),
      squash.make("table", {}, squash.make("tbody", {}, ...rows)),
      squash.make("p", {
        class: "muted",
        text: "Drag across the plot to zoom in or to select; Ctrl, Cmd or Shift and a click on a point open the build in Jenkins.",
      }),
      shut,
    );
    shut.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
    return dialog;
  };

  // `act` has a function for each word: step, end, series, open, jenkins, base, median, reset, clear, help.
  squash.listenToKeys = (plotPlace, act) => {
    const across = { ArrowLeft: -1, ArrowRight: 1 };
    const up = { ArrowUp: -1, ArrowDown: 1 };
    const ends = { Home: 0, End: 1 };
    const words = { j: act.jenkins, b: act.base, m: act.median, z: act.reset, "?": act.help, Escape: act.clear };
    const took = (event) => {
      const on = document.activeElement;
      const inPlot = plotPlace.contains(on);
      const { key } = event;
      if (key in across) {
        act.step(across[key], event.shiftKey);
        return true;
      }
      if (key in up && inPlot) {
        act.series(up[key]);
        return true;
      }
      if (key in ends && inPlot) {
        act.end(ends[key]);
        return true;
      }
      if (key === "Enter" && (inPlot || on === document.body) && !on.closest("a, button")) return act.open();
      if (key in words) {
        words[key]();
        return key !== "Escape";
      }
      return false;
    };
    document.addEventListener("keydown", (event) => {
      const on = document.activeElement;
      if (
        TYPING.test(on.tagName) ||
        on.closest("dialog[open], .finder") ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return;
      if (event.key in across && on.closest(".scroll, .menu")) return; // they scroll themselves
      if (took(event)) event.preventDefault();
    });
  };
})();
