// Tells the site what was read: a post half of which was in view for one second, or a post opened.
// The marks on the page stay as they are until the next one.
"use strict";
(() => {
  const csrf = document.querySelector("[name=csrf]")?.value;
  if (!csrf) return;
  const read = new Map();
  let sending = 0;

  const send = () => {
    clearTimeout(sending);
    sending = 0;
    if (!read.size) return;
    const seen = [...read].map((one) => one.join(" ")).join("\n");
    read.clear();
    fetch("/read", { method: "POST", body: new URLSearchParams({ csrf, seen }), keepalive: true }).catch(() => {});
  };
  const note = (event, talk) => {
    read.set(event, talk);
    if (read.size >= 50) send();
    else sending = sending || setTimeout(send, 500);
  };

  const timers = new Map();
  const forget = (article) => { clearTimeout(timers.get(article)); timers.delete(article); };
  const steps = Array.from({ length: 21 }, (_, step) => step / 20);
  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio, intersectionRect } of entries) {
      // Half of what is taller than the window never fits: half of the window is enough then.
      const halfSeen = intersectionRatio >= .5 || intersectionRect.height >= innerHeight / 2;
      if (!halfSeen) forget(target);
      else if (!timers.has(target)) timers.set(target, setTimeout(() => {
        observer.unobserve(target);
        forget(target);
        note(target.dataset.eventId, target.dataset.unread);
        delete target.dataset.unread; // What people see of it, its class, stays.
      }, 1000));
    }
  }, { threshold: steps });
  const watch = () => {
    for (const article of document.querySelectorAll("article[data-unread]:not(.whole)")) {
      if (!timers.has(article)) observer.observe(article);
    }
  };
  watch();
  const feed = document.querySelector("[data-feed]");
  if (feed) new MutationObserver(watch).observe(feed, { childList: true });

  const whole = document.querySelector("article.whole");
  const thread = document.getElementById("comments");
  if (whole && thread) {
    const newest = () => Number(thread.querySelector("[data-talk]").dataset.talk);
    let told = whole.hasAttribute("data-unread") ? -1 : newest();
    const opened = () => {
      const talk = newest();
      if (document.hidden || talk <= told) return;
      told = talk;
      note(whole.dataset.eventId, talk);
    };
    opened();
    new MutationObserver(opened).observe(thread, { childList: true });
    document.addEventListener("visibilitychange", opened);
  }

  // What stands in a window that nobody looks at is not read.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { watch(); return; }
    send();
    for (const article of [...timers.keys()]) { observer.unobserve(article); forget(article); }
  });
  addEventListener("pagehide", send);
})();
