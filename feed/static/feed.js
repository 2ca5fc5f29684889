// Saves reloads; every page works without it.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = location.protocol === "https:" ? "__Host-parvis-zone" : "parvis-zone";
  if (zone && !document.cookie.includes(name)) {
    const flags = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${flags}`;
  }
  if (!document.body.hasAttribute("data-signed-in")) return;

  const feed = document.querySelector("[data-feed]");
  const news = document.querySelector("[data-news]");
  const said = document.querySelector("[data-said]");
  const first = !new URLSearchParams(location.search).has("after");
  const waiting = new Map();  // Posts that came while somebody was reading further down, by id.

  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const articles = (root) => [...root.querySelectorAll("article[data-event-id]")];
  const article = (id) => document.querySelector(`article[data-event-id="${CSS.escape(id)}"]`);
  const at = (one) => Number(one.dataset.at);
  const newer = (one, other) => at(one) > at(other) || (at(one) === at(other) && one.dataset.eventId > other.dataset.eventId);

  // What each answer makes new, and what the reader has opened, is no difference.
  const face = (part) => part.innerHTML.replace(/ name="nonce" value="[^"]*"| open=""/g, "");

  const replaceParts = (page) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const now = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      const busy = part.contains(document.activeElement) || part.querySelector("details[open].picker, details[open].menu");
      if (!now || busy || face(now) === face(part)) continue;
      const fresh = document.importNode(now, true);
      for (const one of part.querySelectorAll("details[open][id]")) fresh.querySelector(`#${CSS.escape(one.id)}`)?.setAttribute("open", "");
      part.replaceWith(fresh);
    }
  };

  const addIcons = (page) => {
    const sprite = document.querySelector(".sprite");
    for (const symbol of page.querySelectorAll(".sprite symbol")) {
      if (!document.getElementById(symbol.id)) sprite.append(document.importNode(symbol, true));
    }
  };

  const showWaiting = () => {
    for (const one of waiting.values()) feed.insertBefore(one, articles(feed).find((other) => newer(one, other)) || null);
    if (waiting.size) document.querySelector("[data-feed] ~ .empty")?.remove();
    waiting.clear();
    news.hidden = true;
  };

  const takeNew = (page) => {
    const last = document.querySelector("[rel=next]") && articles(feed).at(-1);
    const before = waiting.size;
    for (const one of articles(page)) {
      const elsewhere = article(one.dataset.eventId) || (last && newer(last, one));
      if (!elsewhere) waiting.set(one.dataset.eventId, document.importNode(one, true));
    }
    if (!waiting.size) { news.hidden = true; return; }
    const text = (waiting.size === 1 ? news.dataset.one : news.dataset.many).replace("{n}", waiting.size);
    if (waiting.size > before) said.textContent = text;
    if (scrollY < 40 && !feed.contains(document.activeElement)) { showWaiting(); return; }
    news.textContent = text;
    news.hidden = false;
  };

  // A piece of this page, or all of it as it stands now.
  const take = (page) => {
    addIcons(page);
    replaceParts(page);
    if (feed && first) takeNew(page);
  };

  const remove = (id) => { waiting.delete(id); article(id)?.remove(); };

  // Older posts than these may stand on a later page; where there is none, all must be here.
  const removeAbsent = (page) => {
    const there = articles(page), ids = new Set(there.map((one) => one.dataset.eventId));
    const oldest = page.querySelector("[rel=next]") ? Math.min(...there.map(at)) : 0;
    for (const one of [...articles(feed), ...waiting.values()]) {
      if (!ids.has(one.dataset.eventId) && at(one) > oldest) remove(one.dataset.eventId);
    }
  };

  // What somebody has written and not sent yet outlives their session: sending says that it ended.
  const isWriting = () => [...document.querySelectorAll("form[method=post] :is(textarea, input:not([type=hidden]))")]
    .some((field) => field.type === "file" ? field.files.length : field.value !== field.defaultValue);

  let known = performance.getEntriesByType("navigation")[0]?.requestStart || 0;
  const refresh = async () => {
    const asked = performance.now();
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.status >= 500) return;
    if (!answer.ok || answer.redirected) { if (!isWriting()) location.reload(); return; }
    const page = parsed(await answer.text());
    known = asked;
    if (feed && first) removeAbsent(page);
    take(page);
  };

  let running = false, again = false;
  const refreshSoon = async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) { again = false; await refresh(); await new Promise((done) => setTimeout(done, 1000)); }
    } finally { running = false; }
  };

  const hear = ({ data }) => {
    known = performance.now();
    const told = JSON.parse(data);
    if (told.html) { take(parsed(told.html)); return; }
    if (told.html === "") { remove(told.event); return; }
    if (told.event && !feed && !article(told.event)) return;
    if (told.kind === "members" && !location.pathname.startsWith("/groups")) return;
    refreshSoon().catch(() => {});
  };

  // A page that nobody looks at holds no connection: browsers allow six. It hears the rest on its return.
  let live = null;
  const listen = () => {
    live?.close();
    live = null;
    if (document.hidden) return;
    const page = encodeURIComponent(location.pathname + location.search);
    live = new EventSource(`/live?page=${page}&age=${Math.ceil(performance.now() - known)}`);
    live.onmessage = hear;
    // Browsers come back by themselves when a line is cut, but not when they were refused.
    live.onerror = () => {
      if (live?.readyState !== EventSource.CLOSED) return;
      setTimeout(() => refreshSoon().catch(() => {}).then(listen), 5000 + 10000 * Math.random());
    };
  };
  listen();
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => live?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  if (news) news.addEventListener("click", () => { showWaiting(); scrollTo(0, 0); });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select");
    if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form?.requestSubmit();
    if (event.key === "Escape") document.querySelectorAll("details[open].picker, details[open].menu").forEach((one) => { one.open = false; });
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const titles = [...document.querySelectorAll("article h2 a")];
    const at = titles.indexOf(document.activeElement);
    if (event.key === "j") titles[Math.min(at + 1, titles.length - 1)]?.focus();
    if (event.key === "k") titles[Math.max(at - 1, 0)]?.focus();
    if (event.key === "n") location.href = "/compose";
    if (event.key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
  });
})();
