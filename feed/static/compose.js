// Writing with less trouble; each form works without it. What is typed stays in this browser until
// it is sent, under the writer's own account.
"use strict";
(() => {
  const KEEP_EVERY = 2000, OLDEST = 30 * 24 * 3600 * 1000, BEGINNING = "parvis-draft ";
  const KEPT = ["group", "title", "text", "labels", "lang", "description"];
  const WORDS = ["title", "text", "labels", "description"];
  const said = document.querySelector("[data-said]");
  const say = (words) => { if (said) said.textContent = words; };
  const clock = (at) => {
    const two = (value) => String(value).padStart(2, "0"), time = new Date(at);
    return document.documentElement.lang === "fr"
      ? `${time.getHours()}\u00a0h\u00a0${two(time.getMinutes())}`
      : `${two(time.getHours())}:${two(time.getMinutes())}`;
  };

  // A browser may refuse to keep anything: then nothing is kept, and nothing is said to be.
  const keep = (key, draft) => {
    try { localStorage.setItem(key, JSON.stringify(draft)); return true; } catch { return false; }
  };
  const forget = (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } };
  const drafts = () => {
    const found = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(BEGINNING)) continue;
        let draft = null;
        try { draft = JSON.parse(localStorage.getItem(key)); } catch { /* not ours */ }
        if (!draft || !(Date.now() - draft.at < OLDEST)) localStorage.removeItem(key);
        else found.push({ key, draft });
      }
    } catch { /* as above */ }
    return found.sort((one, other) => other.draft.at - one.draft.at);
  };

  // Text fields

  const put = (field, text) => {
    field.focus();
    // setRangeText would leave nothing to undo.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  };
  const chosen = (field) => field.value.slice(field.selectionStart, field.selectionEnd);
  const around = (field, sign) => {
    const start = field.selectionStart, text = chosen(field);
    put(field, sign + text + sign);
    field.setSelectionRange(start + sign.length, start + sign.length + text.length);
  };
  const before = (field, sign) => {
    const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
    field.setSelectionRange(start, field.selectionEnd);
    put(field, chosen(field).split("\n").map((line) => sign + line).join("\n"));
  };
  const link = (field, address) => {
    const start = field.selectionStart, text = chosen(field);
    put(field, `[${text}](${address})`);
    const at = start + text.length + 3;
    if (text && address === "https://") field.setSelectionRange(at, at + address.length);
    if (!text) field.setSelectionRange(start + 1, start + 1);
  };
  const grow = (field) => {
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };

  const size = (bytes) => {
    const french = document.documentElement.lang === "fr";
    const units = french ? ["octets", "ko", "Mo", "Go"] : ["bytes", "kB", "MB", "GB"];
    let step = 0;
    while (bytes >= 1000 && step < 3) { bytes /= 1000; step += 1; }
    const number = step && bytes < 10 ? bytes.toFixed(1) : String(Math.round(bytes));
    return `${french ? number.replace(".", ",") : number}\u00a0${units[step]}`;
  };

  for (const form of document.querySelectorAll("form.composer, form.answer")) {
    const text = form.elements.text, file = form.elements.file, words = form.dataset;
    if (!text) continue;

    const problem = form.querySelector("[data-problem]");
    const complain = (...sentence) => {
      problem.lastElementChild.replaceChildren(...sentence);
      problem.hidden = !sentence.length;
      if (sentence.length) problem.scrollIntoView({ block: "nearest" });
    };
    grow(text);
    text.addEventListener("input", () => grow(text));

    // The seven buttons

    const tools = form.querySelector("[data-tools]");
    const acts = {
      bold: () => around(text, "**"),
      italic: () => around(text, "*"),
      link: () => link(text, "https://"),
      list: () => before(text, "- "),
      quote: () => before(text, "> "),
      picture: () => { file.accept = "image/*"; file.click(); },
      file: () => { file.accept = ""; file.click(); },
    };
    tools.replaceWith(tools.content);
    for (const button of form.querySelectorAll("[data-tool]")) {
      if (!file && ["picture", "file"].includes(button.dataset.tool)) button.remove();
      else button.addEventListener("click", acts[button.dataset.tool]);
    }
    text.addEventListener("paste", (event) => {
      const pasted = event.clipboardData.getData("text/plain").trim();
      if (file && !pasted && event.clipboardData.files.length) {
        event.preventDefault();
        attach(event.clipboardData.files);
      } else if (/^https?:\/\/\S+$/.test(pasted) && chosen(text)) {
        event.preventDefault();
        link(text, pasted);
      }
    });

    // Where: the button and the line of readers follow the choice

    const place = form.querySelector("select[name=group]");
    const follow = () => {
      const option = place.selectedOptions[0];
      form.querySelector(".send [data-readers]").textContent = option.dataset.readers;
      form.querySelector("[data-send]").textContent = option.dataset.words;
    };
    if (place) { place.addEventListener("change", follow); follow(); }

    // The file

    const attached = form.querySelector("[data-attached]");
    const plainButton = (name, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = name;
      button.addEventListener("click", act);
      return button;
    };
    const remove = plainButton(attached?.querySelector("[data-chosen]").dataset.chosen, () => { file.value = ""; showFile(); text.focus(); });
    const showFile = () => {
      const one = file.files[0], line = attached.querySelector("[data-chosen]");
      attached.hidden = !one;
      attached.querySelector("[data-description]").hidden = !(one && one.type.startsWith("image/"));
      line.hidden = !one;
      complain();
      if (!one) return;
      line.replaceChildren(`${one.name}, ${size(one.size)} `, remove);
      if (one.size > Number(words.largest)) { file.value = ""; attached.hidden = true; complain(words.large); }
    };
    const attach = (files) => { file.files = files; showFile(); };
    if (file) {
      attached.classList.add("scripted");
      file.addEventListener("change", showFile);
      // Without this a file let go beside the field would replace the page, and the text with it.
      form.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
      form.addEventListener("drop", (event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        attach(event.dataTransfer.files);
      });
      showFile();
    }

    // The draft

    const writer = (words.writes || "").split(" ")[0];
    const note = writer ? form.querySelector("[data-draft]") : null;
    const owner = BEGINNING + (words.writes || "").split(" ").slice(0, 2).join(" ");
    const key = () => place || form.elements.group ? `${owner} ${form.elements.group.value}` : owner;
    let keptUnder = key(), dirty = false, sending = false, repeated = false;
    const written = () => WORDS.some((name) => form.elements[name]?.value.trim());
    const store = () => {
      if (!dirty || sending || !note) return;
      dirty = false;
      if (keptUnder !== key()) { forget(keptUnder); keptUnder = key(); }
      if (!written()) { forget(keptUnder); note.textContent = ""; return; }
      const draft = { at: Date.now() };
      for (const name of KEPT) if (form.elements[name]) draft[name] = form.elements[name].value;
      if (!keep(keptUnder, draft)) return;
      const first = !note.textContent;
      note.textContent = words.kept.replace("{time}", clock(draft.at));
      if (first) say(note.textContent);
    };
    const fill = (draft) => {
      for (const name of KEPT) if (form.elements[name] && name in draft) form.elements[name].value = draft[name];
      if (place) follow();
      grow(text);
    };
    const resume = (draft) => {
      fill(draft);
      note.textContent = `${words.resumed.replace("{time}", clock(draft.at))} `;
      note.append(plainButton(words.discard, () => {
        for (const name of WORDS) if (form.elements[name]) form.elements[name].value = "";
        forget(keptUnder);
        const undo = plainButton(words.undo, () => { keep(keptUnder, draft); resume(draft); text.focus(); });
        note.replaceChildren(`${words.dropped} `, undo);
        say(words.dropped);
        undo.focus();
      }));
      say(words.resumed.replace("{time}", clock(draft.at)));
    };
    if (note) {
      form.addEventListener("input", () => { dirty = true; });
      setInterval(store, KEEP_EVERY);
      addEventListener("pagehide", store);
      document.addEventListener("visibilitychange", () => { if (document.hidden) store(); });
      const any = place && !place.value;
      const match = drafts().find((one) => (any ? one.key.startsWith(`${owner} `) : one.key === key()));
      // What the server gave back is newer than what was kept.
      if (written()) { dirty = true; store(); } else if (match) { keptUnder = match.key; resume(match.draft); }
    }

    // Sending

    const progress = form.querySelector("[data-progress]");
    // A form that had expired takes the new token, but only from a page of the same writer.
    const renew = (page) => {
      const theirs = page?.querySelector("[data-writes]");
      if (!theirs || theirs.dataset.writes.split(" ")[0] !== writer) return false;
      for (const name of ["csrf", "nonce"]) form.elements[name].value = theirs.elements[name].value;
      return true;
    };
    const stay = (...sentence) => {
      sending = false;
      dirty = true;
      store();
      if (progress) progress.hidden = true;
      complain(...sentence);
    };
    const leave = (address) => {
      const target = form.matches(".answer") ? `${address}#comments` : address;
      forget(keptUnder);
      // Else a browser may fill the field anew with what was sent.
      form.reset();
      location.assign(target);
      if (target.split("#")[0] === location.href.split("#")[0]) location.reload();
    };
    const send = () => {
      const call = new XMLHttpRequest();
      sending = true;
      dirty = false;
      complain();
      call.open("POST", form.getAttribute("action"));
      call.responseType = "document";
      if (file?.files.length) call.upload.addEventListener("progress", (event) => {
        const part = event.total ? Math.floor((100 * event.loaded) / event.total) : 0;
        progress.hidden = false;
        progress.firstElementChild.value = part;
        progress.lastElementChild.textContent = words.sending.replace("{n}", part);
      });
      call.addEventListener("error", () => stay(words.offline));
      call.addEventListener("load", () => {
        const page = call.response, refusal = page?.querySelector(".error[role=alert]:not([hidden])");
        if (call.status < 400 && !refusal && !call.responseURL.endsWith("/login")) { leave(call.responseURL); return; }
        const renewed = renew(page);
        if (call.status === 403 && renewed && !repeated) { repeated = true; send(); return; }
        if (refusal) stay(...document.importNode(refusal.lastElementChild, true).childNodes);
        else stay(words.failed);
      });
      // As the form itself would: only one that takes a file is sent in parts.
      const filled = new FormData(form);
      call.send(form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled));
    };
    // A browser that goes back may show this very page: it was sent.
    addEventListener("pageshow", (event) => { if (event.persisted && sending) location.reload(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!sending) send();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { store(); text.blur(); }
    });
  }
})();
