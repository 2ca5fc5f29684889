"""Whether a letter is from whom it says, by the word of the organization's own mail server.

    Authentication-Results: mx.example.org; dmarc=pass header.from=example.org; dkim=pass …

Only headers that bear our server's name count; it takes out those that others wrote in its name.
Source: RFC 8601 (the header, and section 5 on that duty), RFC 7489 section 3.1 (alignment).
"""

import re

from bridges.email.letters import Letter
from bridges.email.tolerance import headers

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(r"\s*([a-z0-9-]{1,40})\s*=\s*([a-z0-9-]{1,40})", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b((?:header|smtp|policy)\.[a-z-]{1,40})\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE
)


def is_proved(letter: Letter, authserv: str) -> bool:
    """Tell whether the server *authserv* says that the sender's domain stands for this letter.

    By DMARC; else, where the domain has no such rule, by a signature or a permitted server of the
    very domain; or because the sender signed in there.
    """
    domain = letter.sender.rpartition("@")[2]
    results = _results(letter, authserv)
    verdicts = {verdict for method, verdict, _ in results if method == "dmarc"}
    if not domain or not authserv or verdicts - {"pass", "none", "bestguesspass"}:
        return False
    named = [
        (verdict, _domain(about.get("header.from", domain)))
        for m, verdict, about in results
        if m == "dmarc"
    ]
    if any(verdict == "pass" and _aligned(domain, of) for verdict, of in named):
        return True
    return any(_stands_for(letter.sender, domain, result) for result in results)


def _stands_for(sender: str, domain: str, result: tuple[str, str, dict[str, str]]) -> bool:
    method, verdict, about = result
    if verdict != "pass":
        return False
    if method == "auth":
        account = about.get("smtp.auth", "").lower()
        return account in {sender, sender.rpartition("@")[0]}
    names = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}.get(method, ())
    return any(_aligned(domain, _domain(about[name])) for name in names if name in about)


def _results(letter: Letter, authserv: str) -> list[tuple[str, str, dict[str, str]]]:
    """Return what our server found: method, verdict, and about what."""
    found = []
    for value in headers(letter.headers, "authentication-results"):
        name, *parts = _COMMENT.sub(" ", value).split(";")
        if name.split()[:1] != [authserv]:
            continue
        for part in parts:
            if said := _RESULT.match(part):
                about = {key.lower(): text for key, text in _PROPERTY.findall(part)}
                found.append((said[1].lower(), said[2].lower(), about))
    return found


def _domain(text: str) -> str:
    return text.rpartition("@")[2].strip("<>").lower()


def _aligned(domain: str, other: str) -> bool:
    """Tell whether one of two domains is the other or lies below it."""
    return domain == other or (domain.endswith(f".{other}") and "." in other)
