// Show who is signed in, and link to what only a live server has; its pages load this script.
"use strict";
(() => {
  // Most pages say who reads them. null without a response: live.js reports that the connection is lost.
  const said = /** @type {HTMLScriptElement} */ (document.currentScript).dataset.me;
  const ask = async () => {
    const answer = await fetch(squash.href("api/me/"), { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  };
  squash.me = said ? Promise.resolve(JSON.parse(said)) : ask().catch(() => null);

  const NAMELESS = {
    nobody: "Not signed in",
    local: "Everybody on this machine is an admin, because there are no accounts yet",
  };
  const link = (path, text) => squash.make("a", { href: squash.href(path), text });

  // Signing in leads back to this page; its path is relative to the root of the site.
  const signIn = () => {
    const start = new URL(squash.href(""), location.href).pathname;
    const here = `/${location.pathname.slice(start.length)}${location.search}`;
    const there = link("sign-in/", "Sign in");
    if (!here.startsWith("/sign-in/")) there.href += `?next=${encodeURIComponent(here)}`;
    return there;
  };

  const linksOf = (me) => {
    const links = [];
    if (me.role !== "none") links.push(link("explore/", "Explore tables"), link("api/docs/", "REST API"));
    if (me.role === "admin") links.push(link("admin/", "Admin"));
    if (me.how === "nobody") links.push(signIn());
    if (me.how === "session") links.push(link("sign-in/", "Sign out"));
    return links;
  };

  const show = (me) => {
    const known = me.how !== "nobody" && me.how !== "local";
    const menu = squash.make("details", { class: "account" });
    const name = squash.make("summary", { text: known ? me.name : "More" });
    const status = squash.make("li", { class: "said", text: known ? `${me.name}: ${me.role}` : NAMELESS[me.how] });
    menu.append(name, squash.make("ul", {}, status, ...linksOf(me).map((each) => squash.make("li", {}, each))));
    document.querySelector(".top-in").append(menu);
    document.addEventListener("click", (event) => {
      if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      name.focus();
    });
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const me = await squash.me;
    if (me) show(me);
  });
})();
