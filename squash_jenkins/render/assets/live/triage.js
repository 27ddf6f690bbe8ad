// The triage form on the card of a finding; only a live server accepts it, and adds this script.
"use strict";
(() => {
  const WORDS = {
    acknowledged: "acknowledged: somebody is looking into it",
    known: "known: expected change",
    fixed: "fixed",
    wontfix: "will not be fixed",
    muted: "muted: do not report again",
  };
  const ACCEPTED = "accepted: the new level is the baseline";
  const labelled = (text, field) => squash.make("label", { text }, field);

  const fields = (admin) => {
    const words = admin ? { ...WORDS, accepted: ACCEPTED } : WORDS;
    const state = squash.make(
      "select",
      { name: "state" },
      ...Object.entries(words).map(([value, text]) => squash.make("option", { value, text })),
    );
    const note = squash.make("input", { name: "note", maxlength: 10000, autocomplete: "off" });
    const ticket = squash.make("input", {
      name: "ticket",
      maxlength: 2000,
      autocomplete: "off",
      placeholder: "DM-123 or an address",
    });
    const fixed = squash.make("input", { name: "fixed_in", type: "number", min: 1, autocomplete: "off" });
    const when = labelled("Number of the build with the fix", fixed);
    const since = squash.make("input", { name: "since", type: "number", min: 1, autocomplete: "off" });
    const from = labelled("Since build number (empty: where it began)", since);
    const tracker = labelled("Ticket", ticket);
    const shown = () => {
      when.hidden = state.value !== "fixed";
      from.hidden = state.value !== "accepted";
      tracker.hidden = state.value === "accepted";
    };
    state.addEventListener("change", shown);
    shown();
    return [labelled("State", state), when, from, labelled("Note", note), tracker];
  };

  const bodyOf = (form) => {
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => String(value).trim()));
    if (values.state === "accepted") {
      const { note, since } = values;
      return ["acceptance", JSON.stringify({ note, since: since ? Number(since) : undefined })];
    }
    if (values.state !== "fixed") delete values.fixed_in;
    delete values.since;
    return ["triage", JSON.stringify(values.fixed_in ? { ...values, fixed_in: Number(values.fixed_in) } : values)];
  };

  const send = async (form, name, answered) => {
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const [what, body] = bodyOf(form);
      const answer = await fetch(squash.href(`api/findings/${name}/${what}/`), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
      if (answer.ok) {
        form.replaceChildren(squash.make("p", { role: "status", text: "Saved." }));
        return;
      }
      answered.textContent = (await answer.json()).detail;
    } catch (error) {
      answered.textContent = `Saving failed: ${error.message}`;
    }
    button.disabled = false;
  };

  const offer = (place, admin) => {
    const name = place.dataset.finding;
    const body = place.querySelector(".act-body");
    if (!name || body.querySelector("form")) return;
    const answered = squash.make("p", { class: "fault", role: "alert" });
    const form = squash.make(
      "form",
      { class: "triage" },
      ...fields(admin),
      answered,
      squash.make("button", { class: "button main", type: "submit", text: "Save" }),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, name, answered);
    });
    body.replaceChildren(form);
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const me = await squash.me;
    if (!me || (me.role !== "submitter" && me.role !== "admin")) return;
    const all = () => document.querySelectorAll("details.act").forEach((place) => offer(place, me.role === "admin"));
    squash.onChange(all);
    all();
  });
})();
