// What people state about a finding: the form on its card, and the comments on its page. Only a live server accepts
// them, and adds this script.
"use strict";
(() => {
  const WORDS = {
    acknowledged: "acknowledged: somebody is looking into it",
    known: "known: it is intended",
    fixed: "fixed",
    wontfix: "will not be fixed",
    muted: "muted: no more notifications",
  };
  const ACCEPTED = "accepted: the new level is the baseline";
  const made = squash.make;
  const labelled = (text, field) => made("label", { text }, field);
  const input = (name, value, more = {}) => made("input", { name, value: value || "", autocomplete: "off", ...more });

  // The fields begin with what was said before.
  const fields = (said, admin) => {
    const words = admin ? { ...WORDS, accepted: ACCEPTED } : WORDS;
    const options = Object.entries(words).map(([value, text]) => made("option", { value, text }));
    const state = made("select", { name: "state" }, ...options);
    state.value = said.state in words ? said.state : "acknowledged";
    const fixed = input("fixed_in", said.fixed_in, { type: "number", min: 1 });
    const when = labelled("Number of the build with the fix", fixed);
    const since = input("since", "", { type: "number", min: 1 });
    const from = labelled("Since build number (empty: where it began)", since);
    const assignee = labelled("Assigned to", input("assignee", said.assignee, { maxlength: 200 }));
    const ticket = input("ticket", said.ticket, { maxlength: 2000, placeholder: "DM-123 or an address" });
    const tracker = labelled("Ticket", ticket);
    const shown = () => {
      when.hidden = state.value !== "fixed";
      from.hidden = state.value !== "accepted";
      tracker.hidden = assignee.hidden = state.value === "accepted";
    };
    state.addEventListener("change", shown);
    shown();
    const note = input("note", said.note, { maxlength: 10000 });
    return [labelled("State", state), when, from, labelled("Note", note), assignee, tracker];
  };

  const bodyOf = (form) => {
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => String(value).trim()));
    if (values.state === "accepted") {
      const { note, since } = values;
      return ["acceptance", { note, since: since ? Number(since) : undefined }];
    }
    if (values.state !== "fixed") delete values.fixed_in;
    delete values.since;
    return ["triage", values.fixed_in ? { ...values, fixed_in: Number(values.fixed_in) } : values];
  };

  // Send a request; the form then says that it was saved, or what is wrong.
  const send = async (form, method, path, body) => {
    const buttons = [...form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    const answered = form.querySelector(".fault");
    try {
      const headers = body ? { "Content-Type": "application/json" } : {};
      const sent = { method, headers, body: body ? JSON.stringify(body) : undefined };
      const answer = await fetch(squash.href(`api/findings/${path}/`), sent);
      if (answer.ok) {
        form.replaceChildren(made("p", { role: "status", text: "Saved." }));
        return;
      }
      answered.textContent = (await answer.json()).detail;
    } catch (error) {
      answered.textContent = `Saving failed: ${error.message}`;
    }
    for (const button of buttons) button.disabled = false;
  };
  const fault = () => made("p", { class: "fault", role: "alert" });
  const acting = (text, act) => {
    const button = made("button", { class: "button", type: "button", text });
    button.addEventListener("click", act);
    return button;
  };

  const offer = (place, admin) => {
    const { finding: name, said: words } = place.dataset;
    const body = place.querySelector(".act-body");
    if (!name || body.querySelector("form")) return;
    const said = JSON.parse(words || "{}");
    const form = made("form", { class: "triage" }, ...fields(said, admin), fault());
    const buttons = made(
      "div",
      { class: "buttons" },
      made("button", { class: "button main", type: "submit", text: "Save" }),
    );
    if (said.state) buttons.append(acting("Undo", () => send(form, "DELETE", `${name}/triage`)));
    if (said.accepted && admin)
      buttons.append(acting("Undo the acceptance", () => send(form, "DELETE", `${name}/acceptance`)));
    form.append(buttons);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [what, values] = bodyOf(form);
      send(form, "POST", `${name}/${what}`, values);
    });
    body.replaceChildren(form);
  };

  // ---- comments ----
  const offerComments = (place, me) => {
    const name = place.dataset.finding;
    if (place.querySelector("form")) return;
    const note = made("textarea", { name: "note", rows: 3, maxlength: 10000, required: true });
    const submit = made("button", { class: "button", type: "submit", text: "Comment" });
    const form = made("form", { class: "triage" }, labelled("Comment", note), fault(), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, "POST", `${name}/comments`, { note: note.value });
    });
    place.append(form);
    for (const item of place.querySelectorAll("[data-comment]")) {
      if (item.dataset.who !== me.name && me.role !== "admin") continue;
      const gone = made("form", { class: "triage" }, fault());
      gone.append(acting("Delete", () => send(gone, "DELETE", `${name}/comments/${item.dataset.comment}`)));
      item.append(gone);
    }
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const me = await squash.me;
    if (!me || (me.role !== "submitter" && me.role !== "admin")) return;
    const all = () => {
      for (const place of document.querySelectorAll("details.act")) offer(place, me.role === "admin");
      for (const place of document.querySelectorAll("#thread")) offerComments(place, me);
    };
    squash.onChange(all);
    all();
  });
})();
