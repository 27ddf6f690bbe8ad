// Keyboard shortcuts of the history page, and the list of them.
"use strict";
(() => {
  const KEYS = [
    ["←  →", "previous build, next build"],
    ["Home  End", "first build, newest build"],
    ["↑  ↓", "another series, if the plot has the focus"],
    ["Shift and ←  →", "select a range of builds"],
    ["Enter", "open the page of the build"],
    ["j", "open the build in Jenkins"],
    ["b", "use the build as the baseline"],
    ["m", "running median"],
    ["z", "whole range"],
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
        text: "Drag across the plot to zoom or to select. Ctrl-, Cmd- or Shift-click a point to open the build in Jenkins.",
      }),
      shut,
    );
    shut.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
    return dialog;
  };

  // `act` has the functions step, end, series, open, jenkins, base, median, reset, clear and help.
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
      if (event.key in across && on.closest(".scroll, .menu")) return; // these scroll themselves
      if (took(event)) event.preventDefault();
    });
  };
})();
