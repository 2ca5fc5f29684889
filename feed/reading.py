"""What a message says: pure functions from its raw content to what pages show.

The content is a stranger's. A title is the one in ``org.parvis.post``, or else the first line;
``org.parvis.card``, ``.step`` and ``.digest`` count only from the bot.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from appservice.events import RelationKind, relation_of
from appservice.filetypes import file_name
from appservice.formatting import as_it_stands, media_path, plain, sanitize
from appservice.held import FIELD, HELD, PUBLISHED
from appservice.payload import Payload

_LONGEST_TITLE = 160
_LONGEST_TEXT = 60_000
_MOST_LABELS, _LONGEST_LABEL = 10, 40
_FIRST_BLOCK = re.compile(r"\s*<(p|h[1-6]|div)>(.*?)</\1>\s*", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_FALLBACK = re.compile(r"\A(?:> .*\n)+\n")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}\Z")
_MEDIA_KINDS = {"m.image": "image", "m.video": "video", "m.audio": "audio", "m.file": "file"}
_OF_THE_BOT = ("org.parvis.card", "org.parvis.post", "org.parvis.digest")
_TYPES = frozenset({"article", "question", "story", "mention", "event", "poll"})
_COMMAND = "!parvis"
_OWN_MEDIA = re.compile(r'src="(/media/[^"]+)"')


@dataclass(frozen=True)
class Told:
    """A message as pages show it. *facts* is what has no column: labels, media, card, step.

    *title*, *text* and *source* are as they were written; *heading* is the title as it is shown.
    """

    title: str
    html: str
    text: str
    source: str
    language: str
    step: bool = False
    robot: bool = False
    """Sent by our bot, or as m.notice, which is what machines send: it marks nothing as new."""
    facts: dict[str, object] = field(default_factory=dict)
    media_paths: tuple[str, ...] = ()
    heading: str = ""
    verdict: str = ""
    """What the bot says of the post that it answers: held or published."""
    aside: bool = False
    """A command to the bot, or its answer: no post."""

    @property
    def words(self) -> str:
        """Return what the search looks through."""
        labels, media = self.facts.get("labels"), self.facts.get("media")
        named = [str(media["name"]), str(media["description"])] if isinstance(media, dict) else []
        listed = labels if isinstance(labels, list) else []
        return " ".join([self.title, self.text, *listed, *named])


def tell(content: Payload, *, by_bot: bool) -> Told:
    """Read *content* (of an edit: its ``m.new_content``)."""
    post = content.at("org.parvis.post")
    title = " ".join(post.text("title").split())[:_LONGEST_TITLE]
    body = _body(content)
    html = _html(content, body)
    card = content.at("org.parvis.card") if by_bot else Payload()
    if card:
        title = " ".join(card.text("title").split())[:_LONGEST_TITLE] or title
    media = _media(content)
    caption = body if not media or content.text("filename") not in {"", body} else ""
    text = plain(html) if content.text("formatted_body") else caption
    if media and not caption:
        html, text = "", ""
    source, whole = post.text("source"), text
    if not title:
        title, html, text = _headed(html, text)
    elif text.partition("\n")[0] == title:
        html, text = _without_first_block(html, title), text.partition("\n")[2].strip()
    facts = _facts(post, media, card, content.at("org.parvis.step") if by_bot else Payload())
    if by_bot and (referred := _referred(post)):
        facts["reference"] = referred
        html = sanitize(as_it_stands(" ".join(post.text("summary").split())))
        text = plain(html)
    return Told(
        # A camera's name for a picture is no title; pages say whose it is, in the reader's language.
        title=title or (str(media["name"]) if media.get("kind") == "file" else ""),
        html=html,
        text=text,
        source=source[:_LONGEST_TEXT] or whole,
        language=_language(post.text("lang")),
        step=by_bot and "org.parvis.step" in content,
        robot=by_bot or content.text("msgtype") == "m.notice",
        facts=facts,
        media_paths=tuple(_media_paths(html, media)),
        verdict=_verdict(content) if by_bot else "",
        aside=_is_aside(content, body, by_bot=by_bot),
    )


def tell_comment(content: Payload, *, by_bot: bool) -> Told:
    """Read the content of a comment: it has no title, all its words stay together."""
    post = content.at("org.parvis.post")
    body, media = _body(content), _media(content)
    caption = body if not media or content.text("filename") not in {"", body} else ""
    html = _html(content, body) if caption else ""
    text = plain(html)
    return Told(
        title="",
        html=html,
        text=text,
        source=post.text("source")[:_LONGEST_TEXT] or text,
        language=_language(post.text("lang")),
        step=by_bot and "org.parvis.step" in content,
        robot=by_bot or content.text("msgtype") == "m.notice",
        facts=_facts(
            post, media, Payload(), content.at("org.parvis.step") if by_bot else Payload()
        ),
        media_paths=tuple(_media_paths(html, media)),
        verdict=_verdict(content) if by_bot else "",
    )


def target_of(content: Payload) -> tuple[str, str]:
    """Return which message this one hangs below (empty: none), and which it answers in words."""
    relation = relation_of(content)
    if relation is None or relation.kind not in {RelationKind.THREAD, RelationKind.REPLY}:
        return "", ""
    return relation.target, relation.in_reply_to or ""


def _verdict(content: Payload) -> str:
    state = content.text(FIELD, "state")
    return state if state in {HELD, PUBLISHED} else ""


def _is_aside(content: Payload, body: str, *, by_bot: bool) -> bool:
    if by_bot:
        return not any(name in content for name in _OF_THE_BOT)
    return body[: len(_COMMAND)].lower() == _COMMAND and not body[len(_COMMAND) :][:1].isalnum()


def _body(content: Payload) -> str:
    """Return the plain text without the quotation that old clients put before a reply."""
    body = content.text("body")[:_LONGEST_TEXT].replace("\x00", "")
    if content.at("m.relates_to", "m.in_reply_to"):
        body = _FALLBACK.sub("", body)
    return body.strip()


def _html(content: Payload, body: str) -> str:
    formatted = content.text("formatted_body").replace("\x00", "")
    if formatted and content.text("format") == "org.matrix.custom.html":
        return sanitize(formatted)
    paragraphs = [part for part in re.split(r"\n{2,}", body) if part.strip()]
    return sanitize("".join(_linked(as_it_stands(part.strip())) for part in paragraphs))


def _linked(html: str) -> str:
    """Make links of the addresses in escaped text."""
    return _ADDRESS.sub(lambda match: f'<a href="{match[0]}">{match[0]}</a>', html)


def _headed(html: str, text: str) -> tuple[str, str, str]:
    """Take the first line as title; one that is too long is cut, and then stays in the text."""
    first, _, rest = text.partition("\n")
    if len(first) <= _LONGEST_TITLE:
        return first, _without_first_block(html, first), rest.strip()
    cut = first[: _LONGEST_TITLE - 1].rpartition(" ")[0] or first[: _LONGEST_TITLE - 1]
    return cut + "…", html, text


def _without_first_block(html: str, title: str) -> str:
    """Cut off what says the title, but only where what is left closes as many tags as it opens."""
    block = _FIRST_BLOCK.match(html)
    if block is None:
        head, found, tail = html.partition("<br>")
        said = found and plain(head) == title and _is_closed(head)
        return tail.strip() if said else _unless_same(html, title)
    if f"<{block[1]}>" in block[2]:
        return html  # The end that was found is the inner block's.
    if plain(block[2]) == title:
        return html[block.end() :]
    head, found, tail = block[2].partition("<br>")
    if found and plain(head) == title and _is_closed(head):
        return f"<{block[1]}>{tail.strip()}</{block[1]}>{html[block.end() :]}"
    return html


def _is_closed(html: str) -> bool:
    """Tell whether the beginning of sanitized HTML leaves no tag open."""
    ends = html.count("</")
    return html.count("<") - ends == ends


def _unless_same(html: str, title: str) -> str:
    return "" if plain(html) == title else html


def _media(content: Payload) -> dict[str, object]:
    """Return the picture or file of a message, or nothing."""
    kind = _MEDIA_KINDS.get(content.text("msgtype"))
    path = media_path(content.text("url"))
    if kind is None or not path:
        return {}
    info = content.at("info")
    name = file_name(content.text("filename") or content.text("body"), otherwise=kind)
    return {
        "kind": kind,
        "name": name,
        "path": path,
        "thumbnail": media_path(info.text("thumbnail_url")) or (path if kind == "image" else ""),
        "mimetype": info.text("mimetype")[:100],
        "size": info.number("size"),
        "width": info.number("w"),
        "height": info.number("h"),
        "description": content.text("org.parvis.post", "description")[:500],
    }


def _media_paths(html: str, media: dict[str, object]) -> Iterator[str]:
    yield from (str(media[part]) for part in ("path", "thumbnail") if media.get(part))
    yield from _OWN_MEDIA.findall(html)


def _facts(
    post: Payload, media: dict[str, object], card: Payload, step: Payload
) -> dict[str, object]:
    found: dict[str, object] = {}
    labels = [" ".join(label.split())[:_LONGEST_LABEL] for label in post.texts("labels")]
    if labels:
        found["labels"] = list(dict.fromkeys(filter(None, labels)))[:_MOST_LABELS]
    if post.text("type") in _TYPES:
        found["type"] = post.text("type")
    if media:
        found["media"] = media
    if card:
        found["card"] = dict(card.fields)
    if step:
        found["step"] = dict(step.fields)
    return found


def _referred(post: Payload) -> str:
    """Return the post in another room that the bot's message stands for, if it does."""
    return next((one.text("event_id") for one in post.items("references")), "")


def _language(text: str) -> str:
    return text if _LANGUAGE.match(text) else ""
