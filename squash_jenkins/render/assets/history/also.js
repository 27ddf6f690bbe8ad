// Series beside those of the menus: of other jobs, datasets, filters, levels or metrics.
"use strict";
(() => {
  const made = squash.make;
  const textOf = (part) => {
    const [name, ...rest] = part.split(":");
    return [name, rest.join(":")];
  };

  // Return what can be added: whatever the menus offer but do not show.
  const offers = (choices, metrics, metric) => {
    const found = [];
    for (const [name, select] of Object.entries(choices.selects)) {
      if (!Object.hasOwn(choices.also, name) || name === "metric" || !select.value) continue;
      for (const { value } of select.options)
        if (value && value !== select.value) found.push({ value: `${name}:${value}`, text: value, detail: name });
    }
    for (const name of metrics)
      if (name !== metric) found.push({ value: `metric:${name}`, text: name, detail: "metric" });
    return found;
  };

  // Show what is added, each with a button that removes it; `change` is called with all that is to be shown.
  squash.showAlso = (place, choices, change) => {
    const parts = choices.alsoParts;
    place.replaceChildren(
      ...parts.map((part) => {
        const [name, value] = textOf(part);
        const button = made(
          "button",
          { type: "button", class: "choice also", "aria-label": `Remove ${name} ${value}` },
          `${name} `,
          made("b", { text: value }),
          made("span", { "aria-hidden": "true", text: "×" }),
        );
        button.addEventListener("click", () => change(parts.filter((each) => each !== part)));
        return button;
      }),
    );
  };

  squash.offerAlso = async (button, choices, metric, change) => {
    const metrics = (await squash.load("data/finder.js")).metrics.filter((each) => each.measured);
    const names = metrics.map((each) => each.name);
    squash.openList(button, {
      title: "Add to the plot",
      options: offers(choices, names, metric),
      chosen: choices.alsoParts,
      several: true,
      choose: change,
    });
  };
})();
