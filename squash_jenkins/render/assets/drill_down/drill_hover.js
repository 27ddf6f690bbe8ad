// The values of the row that the reader points at, in any figure of Drill-down.
"use strict";
(() => {
  const REACH = 14; // pixels
  const made = squash.make;
  const known = new WeakMap(); // plot → what it shows

  // Return the index of the nearest point within reach, -1 for none.
  const nearest = (frame, { x, y }, left, top) => {
    const ends = [frame.x_scale.invert(left - REACH), frame.x_scale.invert(left + REACH)].sort((a, b) => a - b);
    let best = -1;
    let least = REACH * REACH;
    for (let at = 0; at < x.length; at++) {
      if (x[at] < ends[0] || x[at] > ends[1]) continue;
      const across = frame.x_scale.compute(x[at]) - left;
      const up = frame.y_scale.compute(y[at]) - top;
      const far = across * across + up * up;
      if (far < least) {
        least = far;
        best = at;
      }
    }
    return best;
  };

  // The figure may be one of several in a row; the one with the points has the name `scatter`.
  const frameOf = (plot) => {
    const views = plot.view.child_views || [];
    const own = views.find((view) => view.model.name === "scatter");
    const view = own || plot.view;
    return view.frame && { frame: view.frame, element: view.el };
  };

  const listen = (plot) => {
    const tip = made("div", { class: "tip", role: "status", hidden: "" });
    plot.place.append(tip);
    const hide = () => {
      tip.hidden = true;
      delete plot.place.dataset.here;
    };
    plot.place.addEventListener("pointermove", (event) => {
      const shown = known.get(plot);
      const found = frameOf(plot);
      if (!shown || !found || event.buttons) {
        hide();
        return;
      }
      const box = found.element.getBoundingClientRect();
      const at = nearest(found.frame, shown, event.clientX - box.left, event.clientY - box.top);
      if (at < 0) {
        hide();
        return;
      }
      tip.replaceChildren(
        made(
          "dl",
          {},
          ...shown.facts(at).flatMap(([name, text]) => [made("dt", { text: name }), made("dd", { text })]),
        ),
      );
      tip.hidden = false;
      plot.place.dataset.here = String(at);
      const outer = plot.place.getBoundingClientRect();
      const left = event.clientX - outer.left + 14;
      const room = outer.width - tip.offsetWidth;
      Object.assign(tip.style, {
        left: `${Math.max(0, left > room ? left - tip.offsetWidth - 28 : left)}px`,
        top: `${Math.max(0, event.clientY - outer.top - tip.offsetHeight - 8)}px`,
      });
    });
    plot.place.addEventListener("pointerleave", hide);
  };

  // Show the facts of a point when the reader points at it: `facts` returns [name, text] by its index.
  squash.drill.hover = (plot, x, y, facts) => {
    if (!known.has(plot)) listen(plot);
    known.set(plot, { x, y, facts });
  };
})();
