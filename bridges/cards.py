"""What a case looks like in a room: the card, its edits, and the steps in its thread.

Words are the organization's language; pages say them in the reader's, from ``org.parvis.card`` and
``org.parvis.step``. Everything from outside is plain text here: escaped, cut, and pinging nobody.
"""

import re
from html import escape
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from appservice.days import in_words
from appservice.ids import EventId
from appservice.languages import N_, Phrases
from appservice.light_markdown import as_marked, web
from appservice.outbox_rows import pending
from bridges.base import App
from bridges.cases import Case, blank
from bridges.readings import Activity

_LONGEST_BODY = 12_000
_LONGEST_NAME = 300
_MOST_SHOWN = 8
_LARGEST = 56_000
"""Bytes of content: an event holds 64 KiB in all (Client-Server API, "Size limits")."""
_LARGEST_TEXT = 40_000
"""Bytes of what is said at length: names and fields need room too."""
_SHORTER_NAMES = (_LONGEST_NAME, 100, 30)
_PING = re.compile(r"@(?=room\b|[\w.=\-/+]+:[\w.\-\[])")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of all that follows, also of what others wrote."""
_NAMED = N_("{name}: {value}")
_MARKS = {"open": "○", "progress": "◐", "blocked": "⊖", "done": "✓", "failed": "⚠"}


def card_content(
    *, app: App, connection: str, case_id: str, case: Case, words: Phrases
) -> dict[str, Any]:
    """Return the message that shows *case* now; *connection* is its name, not its address."""
    content: dict[str, Any] = {}
    case = case if case.hidden is UNSET else blank(case)
    for longest in _SHORTER_NAMES:
        content = _card(app, connection, case_id, case, words, longest)
        if _bytes(edit_of("", content)) <= _LARGEST:
            break
    return content


def _card(
    app: App, connection: str, case_id: str, case: Case, words: Phrases, longest: int
) -> dict[str, Any]:
    """Return the message with names of at most *longest* signs."""
    titled = bool(case.title.value)
    title = one_line(case.title.value if titled else _untitled(app, case_id, case, words), longest)
    number = one_line(case.number, longest) if titled else ""
    heading = " ".join(part for part in (title, number) if part)
    shown = [(name, one_line(value, longest)) for name, value in _shown(case, app)]
    ours = app.own_values
    lines = [
        (one_line(words(name), longest), said(value, words, ours=value in ours))
        for name, value in shown
    ]
    state = _state_line(case, app.name, words, longest)
    sign = colon(words)
    body = "\n".join([heading, state, *(f"{name}{sign}{value}" for name, value in lines)])
    url = _web(case.url.value)
    link = f'<a href="{escape(url)}">{escape(heading)}</a>' if url else escape(heading)
    html = f"<p><strong>{link}</strong><br>{escape(state)}</p>"
    if lines:
        html += "<ul>" + "".join(_row(name, sign, value) for name, value in lines) + "</ul>"
    text = _post_text(case)
    if text:
        body, html = f"{body}\n\n{text}", f"{html}<p>{_as_html(text)}</p>"
    return {
        "msgtype": "m.notice",
        "body": harmless(body)[:_LONGEST_BODY],
        "format": "org.matrix.custom.html",
        "formatted_body": harmless(html),
        "m.mentions": {},
        "org.parvis.card": {
            "app": app.slug,
            "app_name": app.name,
            "connection": connection,
            "case": case_id,
            "noun": one_line(case.noun, longest),
            "number": number,
            "title": title,
            "url": url,
            **_place(app, url),
            "state": _state(case, longest),
            "fields": [
                {
                    "name": one_line(name, longest),
                    "value": value,
                    **({"ours": True} if value in ours else {}),
                }
                for name, value in shown
            ],
            "labels": [one_line(label, longest) for label in case.labels[:20]],
            "excerpt": text or harmless(case.excerpt.value),
        },
    }


def _place(app: App, url: str) -> dict[str, str]:
    """Return where *url* leads, for an app that is no place."""
    if app.is_place or not url:
        return {}
    try:
        host = urlsplit(url).hostname
    except ValueError:  # Half an IPv6 address: a stranger wrote it.
        return {}
    return {"place": one_line(host)} if host else {}


def _untitled(app: App, case_id: str, case: Case, words: Phrases) -> str:
    """Return how a case is called whose title no call said yet: by words of it, or what it is, and
    its number.

    Its id is its app's, with a number that people may know; where senders choose it, it is a name.
    """
    if case.called:
        return case.called.value
    if app.free_fields or not case.noun:
        return case.number or case_id
    known = case.number or case_id.rpartition("/")[2]
    told = case.number or known.isdecimal()
    return f"{words(case.noun)} {known}" if told else words(case.noun)


def edit_of(root: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the edit that makes the message of outbox row *root* look like *content*."""
    return {
        **{key: value for key, value in content.items() if key != "org.parvis.card"},
        "body": "* " + content["body"],
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": pending(root)},
    }


def step_content(
    activity: Activity, root: str | EventId, words: Phrases, *, app: str
) -> dict[str, Any]:
    """Return the comment that tells one step in the card's thread."""
    content = _told(activity, words, app=app)
    event_id = pending(root)
    content["m.relates_to"] = {
        "rel_type": "m.thread",
        "event_id": event_id,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": event_id},
    }
    return content


def post_content(activity: Activity, title: str, words: Phrases, *, app: App) -> dict[str, Any]:
    """Return the post of something that happened to no case: a push, a feed's entry.

    Clients that know no cards read its title in the body, unless the sentence says it.
    """
    content = _told(activity, words, app=app.slug)
    heading = one_line(title)
    if heading and not re.search(rf"(?<!\w){re.escape(heading)}(?!\w)", content["body"]):
        _head(content, heading)
    content["org.parvis.card"] = {
        "app": app.slug,
        "app_name": app.name,
        "case": "",
        "noun": "",
        "number": "",
        "title": one_line(title) or content["body"].partition("\n")[0],
        "url": _web(activity.url),
        **_place(app, _web(activity.url)),
        "fields": [],
        "labels": [],
        "excerpt": _fitting(activity.text),
    }
    return content


def flat_content(activity: Activity, case: Case, words: Phrases, *, app: App) -> dict[str, Any]:
    """Return the post of one thing that happened to a case which has no card."""
    title = one_line(" ".join(part for part in (case.title.value, case.number) if part))
    content = post_content(activity, title, words, app=app)
    content["org.parvis.card"] |= {"noun": one_line(case.noun), "state": _state(case)}
    return content


def digest_content(lines: list[tuple[str, str]], words: Phrases, *, app: str) -> dict[str, Any]:
    """Return one post that lists many things: (sentence, address) each."""
    lines = [(text, _web(url)) for text, url in lines]
    heading = words.plural(N_("{n} event at once"), N_("{n} events at once"), len(lines))
    items = "".join(
        f'<li><a href="{escape(url)}">{escape(text)}</a></li>'
        if url
        else f"<li>{escape(text)}</li>"
        for text, url in lines
    )
    body = "\n".join([heading, *(f"- {text} {url}".rstrip() for text, url in lines)])
    return {
        "msgtype": "m.notice",
        "body": harmless(body),
        "format": "org.matrix.custom.html",
        "formatted_body": harmless(f"<p>{escape(heading)}</p><ul>{items}</ul>"),
        "m.mentions": {},
        "org.parvis.post": {"title": heading, "type": "article"},
        "org.parvis.digest": {"app": app, "count": len(lines)},
    }


def weight(text: str, url: str) -> int:
    """Return the bytes that one line takes in a digest."""
    return _bytes(text) + _bytes(escape(text)) + 2 * _bytes(_web(url))


def sentence(activity: Activity, words: Phrases) -> str:
    """Return what happened as one line: "Ana closed this issue"."""
    values = {name: said(one_line(value), words) for name, value in activity.values.items()}
    return one_line(words(activity.verb, **values, actor=one_line(activity.actor)))


def said(value: str, words: Phrases, *, ours: bool = False) -> str:
    """Return a fact as its reader says it: a day in words, a word of *ours* in their language."""
    return words(value) if ours else in_words(value, words.language)


def one_line(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return *text* without line ends, cut, pinging nobody."""
    return harmless(" ".join(text.split()))[:longest]


def harmless(text: str) -> str:
    """Break what old clients take for a mention (``m.mentions`` says "nobody" to new ones), and take
    out what turns the direction of what follows.
    """
    return _PING.sub("@\u2060", _TURNING.sub("", text))


def _told(activity: Activity, words: Phrases, *, app: str) -> dict[str, Any]:
    line, text = sentence(activity, words), _fitting(activity.text)
    html = escape(line)
    if url := _web(activity.url):
        html = f'<a href="{escape(url)}">{html}</a>'
    if text:
        html = f"<p>{html}</p><blockquote>{as_marked(text)}</blockquote>"
    return {
        "msgtype": "m.notice",
        "body": f"{line}\n{text}".strip(),
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
        "org.parvis.step": {
            "app": app,
            "verb": activity.verb,
            "actor": one_line(activity.actor),
            "values": {name: one_line(value) for name, value in activity.values.items()},
            "url": _web(activity.url),
            "text": text,
        },
    }


def _head(content: dict[str, Any], heading: str) -> None:
    """Put a title above what is told."""
    content["body"] = f"{heading}\n{content['body']}".strip()
    content["formatted_body"] = (
        f"<p><strong>{escape(heading)}</strong></p>{content['formatted_body']}"
    )


def _fitting(text: str) -> str:
    """Return as much of *text* as one event holds, which says it three times, and once as HTML."""
    text = harmless(text)[:_LONGEST_BODY]
    while 3 * _bytes(text) + _bytes(as_marked(text)) > _LARGEST_TEXT:
        text = text[: len(text) * 4 // 5]
    return text


def _post_text(case: Case) -> str:
    """Return as much of the post's own words as an edit holds, which says them five times."""
    text = whole = harmless(case.text.value)[:_LONGEST_BODY] if case.text else ""
    while 3 * _bytes(text) + 2 * _bytes(_as_html(text)) > _LARGEST_TEXT:
        text = text[: len(text) * 4 // 5]
    return text if text == whole else f"{text} […]"


def _bytes(said: object) -> int:
    return len(msgspec.json.encode(said))


def _as_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _shown(case: Case, app: App) -> list[tuple[str, str]]:
    """Return the first facts that are known: in the app's order, then as they were sent."""
    names = [name for name in app.fields if name in case.fields]
    names += [name for name in case.fields if name not in app.fields]
    return [(name, value) for name in names if (value := case.fields[name].value)][:_MOST_SHOWN]


def _state(case: Case, longest: int = _LONGEST_NAME) -> dict[str, str]:
    if case.deleted:
        return {"word": N_("Deleted"), "class": "done"}
    if case.state is None:
        return {}
    return {"word": one_line(case.state.word, longest), "class": case.state.kind}


def _state_line(case: Case, app_name: str, words: Phrases, longest: int) -> str:
    state = _state(case)
    word = one_line(words(state["word"]), longest) if state else ""
    said = f"{_MARKS[state['class']]} {word}" if state else ""
    noun = one_line(words(case.noun), longest) if case.noun else ""
    return " · ".join(part for part in (said, noun, app_name) if part)


def colon(words: Phrases) -> str:
    """Return what stands between a name and its value: French sets a space before the sign, too."""
    return words(_NAMED).removeprefix("{name}").removesuffix("{value}")


def _row(name: str, sign: str, value: str) -> str:
    return f"<li>{escape(name)}{sign}{escape(value)}</li>"


def _web(url: str) -> str:
    """Return *url* if it may be linked, or an empty text."""
    return web(_TURNING.sub("", url))
