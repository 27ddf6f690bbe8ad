// The legend: a button for each series that hides or shows it.
"use strict";
(() => {
  const SHOWN = 12;
  const made = squash.make;

  const sample = (series) => {
    const dash = ["", "6 3", "2 3"][Math.floor(series.index / 6) % 3];
    const stroke = squash.ink(`series-${series.color}`);
    const line = { x1: 0, x2: 20, y1: 5, y2: 5, stroke, "stroke-width": 2.5, "stroke-dasharray": dash };
    return squash.svg("svg", { "aria-hidden": "true" }, squash.svg("line", line));
  };

  const entry = (series, hidden, change) => {
    const button = made(
      "button",
      {
        type: "button",
        "aria-pressed": String(!hidden.has(series.label)),
        title: `${series.label}: hide or show; Alt-click shows only this one`,
      },
      sample(series),
      made("span", { text: series.label }),
    );
    button.addEventListener("click", (event) => {
      if (event.altKey) change("only", series.label);
      else change("toggle", series.label);
    });
    return made("li", {}, button);
  };

  // `change` is called with "toggle" | "only" | "all" | "none" and a label.
  squash.showLegend = (list, series, hidden, notes, change) => {
    const open = list.dataset.open === "yes";
    const focus = list.contains(document.activeElement)
      ? [...list.querySelectorAll("button")].indexOf(/** @type {HTMLButtonElement} */ (document.activeElement))
      : -1;
    const items =
      series.length < 2 ? [] : series.slice(0, open ? series.length : SHOWN).map((each) => entry(each, hidden, change));
    const action = (text, act) => {
      const button = made("button", { type: "button", class: "quiet", text });
      button.addEventListener("click", act);
      items.push(made("li", {}, button));
    };
    if (series.length > SHOWN) {
      action(open ? "fewer" : `all ${series.length} series`, () => {
        list.dataset.open = open ? "no" : "yes";
        squash.showLegend(list, series, hidden, notes, change);
      });
    }
    if (series.length > 2) {
      if (hidden.size) action("show all", () => change("all"));
      if (hidden.size < series.length) action("hide all", () => change("none"));
    }
    items.push(...notes.map((text) => made("li", { class: "told", text })));
    list.replaceChildren(...items);
    list.hidden = !items.length;
    if (focus >= 0) {
      const buttons = list.querySelectorAll("button");
      if (buttons.length) buttons[Math.min(focus, buttons.length - 1)].focus();
    }
  };
})();
