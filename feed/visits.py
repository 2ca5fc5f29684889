"""Who asks, and what their forms and headers say."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from appservice.languages import Language, Phrases, phrases
from feed.model import Viewer
from feed.sessions import Session


@dataclass(frozen=True)
class Visit:
    """One request's visitor."""

    session: Session | None
    viewer: Viewer | None
    language: Language
    zone: ZoneInfo
    theme: str
    cookie: str
    """The value that form tokens are bound to."""
    fresh: bool


def visit_of(request: web.Request) -> Visit:
    """Return the visit that the guard found."""
    visit = request["visit"]
    assert isinstance(visit, Visit)  # noqa: S101 - the guard put it there
    return visit


def words_of(request: web.Request) -> Phrases:
    """Return the texts in the reader's language."""
    return phrases(visit_of(request).language)


def own_address(text: str, *, otherwise: str) -> str:
    """Return *text* if it is an address of this site, else *otherwise*.

    Browsers read a backslash as a slash, and two of either begin another site.
    """
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text
    fair = plain and text.isprintable() and not parts.scheme and not parts.netloc
    return text if fair else otherwise


def field(form: Mapping[str, object], name: str, *, longest: int = 60_000) -> str:
    """Return a text of a form, its line ends as ours."""
    value = form.get(name)
    text = value if isinstance(value, str) else ""
    return text[:longest].replace("\r\n", "\n").replace("\x00", "").strip()


def language_of(request: web.Request, chosen: str, default: Language) -> Language:
    """Return the language that the reader chose, or that their browser asks for."""
    if chosen in set(Language):
        return Language(chosen)
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.partition(";")[0].strip().lower()[:2]
        if code in set(Language):
            return Language(code)
    return default
