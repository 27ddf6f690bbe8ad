// What an admin sets of a metric: which values are better, smallest change, unit, description.
// Only a live server takes it, and adds this script.
"use strict";
(() => {
  const made = squash.make;
  const BETTER = {
    "": "as the settings, the definition or the specifications say",
    lower: "lower is better",
    higher: "higher is better",
    none: "neither is better",
  };

  const addressOf = (what, metric) => squash.href(`api/${what}/${metric}/`);
  const call = async (address, body) => {
    const answer = await fetch(address, {
      method: body ? "PUT" : "GET",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    return found;
  };
  // The rules that were set before stay.
  const setRules = async (metric, changed) => {
    const { set } = await call(addressOf("rules", metric));
    await call(addressOf("rules", metric), { ...set, ...changed });
  };

  // ---- good or bad? ----
  const ask = (place) => {
    if (place.querySelector("button")) return;
    const { metric, up } = place.dataset;
    const answered = made("span", { role: "status" });
    const choices = [
      ["Good", up ? "higher" : "lower"],
      ["Bad", up ? "lower" : "higher"],
      ["Neither", "none"],
    ];
    const buttons = choices.map(([text, direction]) => {
      const title = `${BETTER[direction]}; findings are computed again`;
      const button = made("button", { class: "button small", type: "button", text, title });
      button.addEventListener("click", async () => {
        for (const each of buttons) each.disabled = true;
        try {
          await setRules(metric, { direction });
          answered.textContent = `Saved: ${BETTER[direction]}.`;
        } catch (error) {
          answered.textContent = `Saving failed: ${error.message}`;
          for (const each of buttons) each.disabled = false;
        }
      });
      return button;
    });
    place.append(...buttons, answered);
  };

  // ---- the form on the page of a metric ----
  const labelled = (text, field) => made("label", { text }, field);
  const fieldsOf = (rules, said) => {
    const better = made(
      "select",
      { name: "direction" },
      ...Object.entries(BETTER).map(([value, text]) => made("option", { value, text })),
    );
    better.value = rules.set.direction || "";
    const smallest = made("input", {
      name: "smallest",
      maxlength: 100,
      autocomplete: "off",
      placeholder: "2 % or 5 ms",
    });
    smallest.value = rules.set.smallest || "";
    const unit = made("input", { name: "unit", maxlength: 100, autocomplete: "off" });
    unit.value = said.unit || "";
    const description = made("textarea", { name: "description", maxlength: 10000, rows: 2 });
    description.value = said.description || "";
    return [
      labelled("Better values", better),
      labelled("Smallest change that is a finding", smallest),
      labelled("Unit of values that come without one", unit),
      labelled("Description", description),
    ];
  };
  const save = async (metric, form, before) => {
    const given = Object.fromEntries(
      [...new FormData(form)].map(([key, value]) => [key, String(value).trim() || null]),
    );
    const { direction, smallest, unit, description } = given;
    const { said, rules } = before;
    if (direction !== (rules.set.direction || null) || smallest !== (rules.set.smallest || null))
      await setRules(metric, { direction, smallest });
    if (unit !== said.unit || description !== said.description)
      await call(addressOf("descriptions", metric), { unit, description });
  };
  const open = async (metric, body) => {
    const [rules, said] = await Promise.all([
      call(addressOf("rules", metric)),
      call(addressOf("descriptions", metric)),
    ]);
    const answered = made("p", { class: "fault", role: "alert" });
    const button = made("button", { class: "button main", type: "submit", text: "Save" });
    const form = made("form", { class: "triage" }, ...fieldsOf(rules, said), answered, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        await save(metric, form, { rules, said });
        form.replaceChildren(
          made("p", { role: "status", text: "Saved. Findings are computed again; the page follows." }),
        );
      } catch (error) {
        answered.textContent = error.message;
        button.disabled = false;
      }
    });
    body.replaceChildren(form);
  };
  const offer = (place) => {
    const { metric } = place.dataset;
    if (place.querySelector("details")) return;
    const body = made("div", { class: "act-body" });
    const details = made(
      "details",
      { class: "metric-form" },
      made("summary", { class: "button small", text: "Set direction, unit …" }),
      body,
    );
    details.addEventListener("toggle", () => {
      if (details.open)
        open(metric, body).catch((error) => body.replaceChildren(made("p", { class: "fault", text: error.message })));
    });
    place.append(details);
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const me = await squash.me;
    if (!me || me.role !== "admin") return;
    const all = () => {
      document.querySelectorAll(".ask[data-metric]").forEach(ask);
      document.querySelectorAll(".metric-settings[data-metric]").forEach(offer);
    };
    squash.onChange(all);
    all();
  });
})();
