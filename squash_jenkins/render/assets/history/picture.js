// Save the plot as a picture with title and legend on a solid background.
"use strict";
(() => {
  const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
  const MARGIN = 20;
  const LINE = 20;
  const ITEM = 26;

  // Lay out the entries of the legend in lines; return them as [{text, ink, x, y}], and their height.
  const layOut = (entries, wide, measure) => {
    const placed = [];
    let x = MARGIN;
    let y = 0;
    for (const each of entries) {
      const long = ITEM + measure(each.text) + 18;
      if (x > MARGIN && x + long > wide - MARGIN) {
        x = MARGIN;
        y += LINE;
      }
      placed.push({ ...each, x, y });
      x += long;
    }
    return { placed, high: entries.length ? y + LINE + 6 : 0 };
  };

  const measured = () => {
    const context = document.createElement("canvas").getContext("2d");
    context.font = `13px ${FONT}`;
    return (text) => context.measureText(text).width;
  };

  const plan = (about, wide) => {
    const legend = layOut(about.legend, wide, measured());
    const top = MARGIN + 46;
    return { ...about, legend: legend.placed, wide, top, plotTop: top + legend.high };
  };

  const paint = (context, layout, card, text, muted) => {
    context.fillStyle = card;
    context.fillRect(0, 0, layout.wide, layout.high);
    context.fillStyle = text;
    context.font = `650 18px ${FONT}`;
    context.fillText(layout.title, MARGIN, MARGIN + 14, layout.wide - 2 * MARGIN);
    context.fillStyle = muted;
    context.font = `13px ${FONT}`;
    context.fillText(layout.subtitle, MARGIN, MARGIN + 34, layout.wide - 2 * MARGIN);
    for (const each of layout.legend) {
      context.fillStyle = each.ink;
      context.fillRect(each.x, layout.top + each.y + 6, 18, 3);
      context.fillStyle = muted;
      context.fillText(each.text, each.x + ITEM, layout.top + each.y + 12);
    }
  };

  const inks = () => [squash.ink("card"), squash.ink("text"), squash.ink("muted")];

  // Save plots below each other as one picture.
  squash.savePicture = async (plots, about, name) => {
    const drawn = plots.map((plot) => plot.view.export("png", true).canvas);
    const wide = plots[0].place.querySelector(".figure").clientWidth;
    const ratio = drawn[0].width / wide;
    const layout = plan(about, wide);
    layout.high = layout.plotTop + drawn.reduce((sum, each) => sum + each.height, 0) / ratio + MARGIN / 2;
    const canvas = document.createElement("canvas");
    canvas.width = drawn[0].width;
    canvas.height = Math.ceil(layout.high * ratio);
    const context = canvas.getContext("2d");
    context.save();
    context.scale(ratio, ratio);
    paint(context, layout, ...inks());
    context.restore();
    let top = layout.plotTop * ratio;
    for (const each of drawn) {
      context.drawImage(each, 0, top);
      top += each.height;
    }
    const blob = await new Promise((done) => {
      canvas.toBlob(done, "image/png");
    });
    squash.save(squash.fileName(name, "png"), "image/png", blob);
  };

  // ---- the same as SVG ----
  const shape = squash.svg;

  squash.saveVectors = (plots, about, name) => {
    const drawn = plots.map((plot) => plot.view.export("svg", false).ctx.get_svg());
    const heights = drawn.map((each) => Number(each.getAttribute("height")));
    const wide = Number(drawn[0].getAttribute("width"));
    const layout = plan(about, wide);
    const [card, text, muted] = inks();
    const high = layout.plotTop + heights.reduce((sum, each) => sum + each, 0) + MARGIN / 2;
    const whole = shape("svg", { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "font-family": FONT });
    whole.append(
      shape("rect", { width: wide, height: high, fill: card }),
      shape("text", { x: MARGIN, y: MARGIN + 14, fill: text, "font-size": 18, "font-weight": 650 }, layout.title),
      shape("text", { x: MARGIN, y: MARGIN + 34, fill: muted, "font-size": 13 }, layout.subtitle),
    );
    for (const each of layout.legend) {
      whole.append(
        shape("rect", { x: each.x, y: layout.top + each.y + 6, width: 18, height: 3, fill: each.ink }),
        shape("text", { x: each.x + ITEM, y: layout.top + each.y + 12, fill: muted, "font-size": 13 }, each.text),
      );
    }
    let y = layout.plotTop;
    drawn.forEach((each, at) => {
      each.setAttribute("y", String(y));
      y += heights[at];
    });
    whole.append(...drawn);
    squash.save(squash.fileName(name, "svg"), "image/svg+xml", new XMLSerializer().serializeToString(whole));
  };
})();
