// A link from the pages of tables to Explore, which only a live server has; it adds this script.
"use strict";
(() => {
  const NAMES = ["job", "dataset", "filter", "table", "x", "y"];
  const lead = () => {
    const head = document.querySelector("main .head");
    if (!head || document.getElementById("explore-way")) return;
    const link = squash.make("a", {
      class: "button",
      id: "explore-way",
      href: squash.href("explore/"),
      text: "Explore",
    });
    link.title = "Any columns, colours and filters, drawn on the server";
    // By the time the link is followed, the address holds the choice.
    link.addEventListener("click", () => {
      const here = new URLSearchParams(location.search);
      const there = new URLSearchParams();
      for (const name of NAMES) if (here.get(name)) there.set(name, here.get(name));
      link.href = squash.href("explore/") + (there.size ? `?${there}` : "");
    });
    const place = squash.make("div", { class: "buttons" }, link);
    head.append(place);
  };
  document.addEventListener("DOMContentLoaded", lead);
  squash.onChange(lead);
})();
