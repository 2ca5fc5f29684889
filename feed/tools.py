"""What templates may use besides the things that they show: words, signs, dates, icons."""

import secrets

from appservice.languages import phrases
from feed import dates
from feed.folding import folded
from feed.icons import Sprite
from feed.people import initials, tint
from feed.thumbnails import FACE, sources
from feed.typography import lines
from feed.visits import Visit


def tools(visit: Visit, *, address: str, now: int) -> dict[str, object]:
    """Return the tools of a visitor for a piece of the page at *address*; *now* is in milliseconds."""
    words, language, zone, sprite = phrases(visit.language), visit.language, visit.zone, Sprite()
    return {
        "viewer": visit.viewer,
        "language": language.value,
        "path": address.partition("?")[0],
        "address": address,
        "t": words,
        "tn": words.plural,
        "in_language": phrases,
        "icon": sprite.use,
        "sprite": sprite.svg,
        "nonce": lambda: secrets.token_urlsafe(12),
        "initials": initials,
        "tint": tint,
        "iso": dates.iso,
        "lines": lines,
        "folded": folded,
        "sources": sources,
        "face_width": FACE,
        "when": lambda at: dates.when(at, now=now, zone=zone, language=language),
        "at_time": lambda at: dates.at_time(at, now=now, zone=zone, language=language),
        "in_full": lambda at: dates.in_full(at, zone=zone, language=language),
        "on_day": lambda at: dates.on_day(at, zone=zone, language=language),
        "number": lambda value: dates.number(value, language),
        "size": lambda value: dates.size(value, language),
    }
