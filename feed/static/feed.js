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
  let waiting = [];

  const load = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) { location.reload(); return null; }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const ids = (root) => [...root.querySelectorAll("[data-feed] > article")];

  const showNew = () => {
    for (const article of waiting.reverse()) feed.prepend(document.importNode(article, true));
    waiting = [];
    news.hidden = true;
    addSprite();
  };

  let fresh = null;
  const addSprite = () => {
    if (!fresh) return;
    const old = document.querySelector(".sprite");
    for (const symbol of fresh.querySelectorAll(".sprite symbol")) {
      if (!document.getElementById(symbol.id)) old.append(document.importNode(symbol, true));
    }
  };

  const refresh = async () => {
    const page = await load();
    if (!page) return;
    fresh = page;
    for (const part of document.querySelectorAll("[data-live]")) {
      const now = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      const open = part.querySelector("details[open].picker, details[open].menu");
      if (now && now.textContent !== part.textContent && !part.contains(document.activeElement) && !open) {
        part.replaceWith(document.importNode(now, true));
      }
    }
    addSprite();
    if (!feed || !first) return;
    const present = new Set(ids(document).map((article) => article.dataset.eventId));
    const there = new Set(ids(page).map((article) => article.dataset.eventId));
    // Older ones than these may stand on a later page; where there is none, all must be here.
    const oldest = page.querySelector("[rel=next]") ? Math.min(...ids(page).map((article) => Number(article.dataset.at))) : 0;
    for (const article of ids(document)) {
      if (!there.has(article.dataset.eventId) && Number(article.dataset.at) > oldest) article.remove();
    }
    waiting = ids(page).filter((article) => !present.has(article.dataset.eventId));
    if (!waiting.length) return;
    const texts = waiting.length === 1 ? news.dataset.one : news.dataset.many;
    said.textContent = texts.replace("{n}", waiting.length);
    if (scrollY < 40 && !feed.contains(document.activeElement)) { showNew(); return; }
    news.textContent = said.textContent;
    news.hidden = false;
  };

  if (news) news.addEventListener("click", () => { showNew(); scrollTo(0, 0); });

  let running = false, again = false;
  const soon = async () => {
    if (running) { again = true; return; }
    running = true;
    do { again = false; await refresh(); } while (again);
    running = false;
  };
  const live = new EventSource("/live");
  live.onmessage = () => soon().catch(() => { running = false; });
  addEventListener("pagehide", () => live.close());

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
