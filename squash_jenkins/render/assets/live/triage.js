// Say what is known of a finding, on its card: only a live server can take it, and adds this script.
"use strict";
(() => {
  const WORDS = {
    acknowledged: "acknowledged: somebody looks into it",
    known: "known: it is meant to be so",
    fixed: "fixed",
    wontfix: "will not be fixed",
    muted: "muted: no more of it",
  };
  const labelled = (text, field) => squash.make("label", { text }, field);

  const fields = () => {
    const state = squash.make(
      "select",
      { name: "state" },
      ...Object.entries(WORDS).map(([value, text]) => squash.make("option", { value, text })),
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
    when.hidden = true;
    state.addEventListener("change", () => {
      when.hidden = state.value !== "fixed";
    });
    return [labelled("State", state), when, labelled("Note", note), labelled("Ticket", ticket)];
  };

  const bodyOf = (form) => {
    const told = Object.fromEntries([...new FormData(form)].filter(([, value]) => String(value).trim()));
    if (told.state !== "fixed") delete told.fixed_in;
    return JSON.stringify(told.fixed_in ? { ...told, fixed_in: Number(told.fixed_in) } : told);
  };

  const send = async (form, name, answered) => {
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(squash.href(`api/findings/${name}/triage/`), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: bodyOf(form),
      });
      if (answer.ok) {
        form.replaceChildren(squash.make("p", { role: "status", text: "Noted." }));
        return;
      }
      answered.textContent = (await answer.json()).detail;
    } catch (error) {
      answered.textContent = `It could not be sent: ${error.message}`;
    }
    button.disabled = false;
  };

  const offer = (place) => {
    const name = place.dataset.finding;
    const body = place.querySelector(".act-body");
    if (!name || body.querySelector("form")) return;
    const answered = squash.make("p", { class: "fault", role: "alert" });
    const form = squash.make(
      "form",
      { class: "triage" },
      ...fields(),
      answered,
      squash.make("button", { class: "button main", type: "submit", text: "Say it" }),
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
    const all = () => document.querySelectorAll("details.act").forEach(offer);
    squash.onChange(all);
    all();
  });
})();
