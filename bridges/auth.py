"""How a webhook call proves where it comes from: declarative, over raw bytes, in constant time.

No app touches hmac. A scheme that needs a secret refuses everything when it has none, and a
missing header is a failure, never "unsigned". The algorithm is the scheme's, not the caller's.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appservice.payload import NotJson, Payload


@dataclass(frozen=True)
class Call:
    """A webhook call before anything is parsed. Header names are lower case.

    *headers* holds each header once; a doubled one is refused before this. *url* is the public
    address exactly as it was given to the app.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str


class Scheme(Protocol):
    """One way of proving a call."""

    @property
    def slug(self) -> str:
        """Name in the database and on pages."""

    @property
    def needs_secret(self) -> bool:
        """Tell whether a connection without secret must stay switched off."""

    @property
    def proof(self) -> tuple[str, ...]:
        """Return the headers, in lower case, that carry the proof; a doubled one is refused."""

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """Tell whether *call* is proved by one of *secrets* (several while one is rotated).

        *now* is seconds since 1970.
        """


@dataclass(frozen=True)
class HmacHeader:
    """A keyed hash of the body in a header, as most apps send.

    The signed bytes are, in this order: the value of *timestamp_header* and *separator* if there is
    such a header, the body, and the callback address if *url_after_body*. A timestamp further than
    *tolerance* seconds from now is refused.
    """

    header: str
    algorithm: str = "sha256"
    prefix: str = ""
    encoding: str = "hex"
    timestamp_header: str = ""
    separator: str = ""
    tolerance: float = 300.0
    url_after_body: bool = False
    slug: str = "hmac"
    needs_secret: bool = True

    @property
    def proof(self) -> tuple[str, ...]:
        """See Scheme."""
        names = (self.header, self.timestamp_header)
        return tuple(name.lower() for name in names if name)

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        given = call.headers.get(self.header.lower(), "")
        if not given.startswith(self.prefix) or given == self.prefix:
            return False
        signed = call.body
        if self.timestamp_header:
            timestamp = call.headers.get(self.timestamp_header.lower(), "")
            if not _is_recent(timestamp, now, self.tolerance):
                return False
            signed = _raw(timestamp + self.separator) + signed
        if self.url_after_body:
            signed += call.url.encode()
        expected = [self.prefix + self.sign(signed, secret) for secret in secrets if secret]
        return _one_of(given, expected)

    def sign(self, signed: bytes, secret: str) -> str:
        """Return the signature of *signed*, without prefix."""
        digest = hmac.digest(secret.encode(), signed, self.algorithm)
        return digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()


@dataclass(frozen=True)
class SharedToken:
    """The secret itself in a header (GitLab's plain token)."""

    header: str
    slug: str = "token"
    needs_secret: bool = True

    @property
    def proof(self) -> tuple[str, ...]:
        """See Scheme."""
        return (self.header.lower(),)

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del now
        return _one_of(call.headers.get(self.header.lower(), ""), secrets)


@dataclass(frozen=True)
class BearerToken:
    """``Authorization: Bearer <secret>``."""

    slug: str = "bearer"
    needs_secret: bool = True
    proof: tuple[str, ...] = ("authorization",)

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del now
        kind, _, given = call.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and _one_of(given.strip(), secrets)


@dataclass(frozen=True)
class BasicAuth:
    """HTTP Basic; the stored secret is ``user:password``."""

    slug: str = "basic"
    needs_secret: bool = True
    proof: tuple[str, ...] = ("authorization",)

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del now
        kind, _, given = call.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(given.strip(), validate=True).decode()
        except ValueError:  # Not base64, not ASCII, not UTF-8 inside.
            return False
        return kind.lower() == "basic" and _one_of(pair, secrets)


@dataclass(frozen=True)
class UrlSecret:
    """The unguessable address is the proof; nothing else is asked."""

    slug: str = "url"
    needs_secret: bool = False
    proof: tuple[str, ...] = ()

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del call, secrets, now
        return True


@dataclass(frozen=True)
class Uncalled:
    """Nobody calls: the source is asked. Whoever calls all the same is refused."""

    slug: str = "uncalled"
    needs_secret: bool = False
    proof: tuple[str, ...] = ()

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del call, secrets, now
        return False


@dataclass(frozen=True)
class AccessToken:
    """Nobody calls: the source is asked with a token that it gave us, and which it alone is sent.

    Whoever calls all the same is refused, whatever they know.
    """

    slug: str = "access"
    needs_secret: bool = True
    proof: tuple[str, ...] = ()

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del call, secrets, now
        return False


@dataclass(frozen=True)
class LetterAddress:
    """The secret is part of an e-mail address, so a letter proves itself by having come.

    Nothing that comes over HTTP proves anything.
    """

    slug: str = "letter"
    needs_secret: bool = True
    proof: tuple[str, ...] = ()

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        del call, secrets, now
        return False


@dataclass(frozen=True)
class StandardWebhooks:
    """The Standard Webhooks 1.0 form: ``v1,<base64>`` over ``id.timestamp.body``.

    A secret may carry the prefix ``whsec_``; what follows is base64.
    """

    tolerance: float = 300.0
    slug: str = "standard"
    needs_secret: bool = True
    proof: tuple[str, ...] = ("webhook-id", "webhook-timestamp", "webhook-signature")

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        identifier = call.headers.get("webhook-id", "")
        timestamp = call.headers.get("webhook-timestamp", "")
        if not identifier or not _is_recent(timestamp, now, self.tolerance):
            return False
        signed = _raw(f"{identifier}.{timestamp}.") + call.body
        expected = [self.sign(signed, secret) for secret in secrets if secret]
        given = call.headers.get("webhook-signature", "").split(" ")
        return any([_one_of(signature, expected) for signature in given])  # noqa: C419 - no hurry

    def sign(self, signed: bytes, secret: str) -> str:
        """Return ``v1,<base64>`` for *signed*."""
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = secret.encode()
        return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


@dataclass(frozen=True)
class JwtBearer:
    """``Authorization: Bearer`` (or ``JWT``) and a token signed with the secret by HS256.

    The token says who called and until when, and nothing about the body. Only HS256 is taken,
    whatever the token names; one without an end is refused. Source: RFC 7519, and
    https://developer.atlassian.com/cloud/jira/platform/webhooks/
    """

    tolerance: float = 60.0
    slug: str = "jwt"
    needs_secret: bool = True
    proof: tuple[str, ...] = ("authorization",)

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """See Scheme."""
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        signed, _, signature = token.strip().rpartition(".")
        expected = [self.sign(_raw(signed), secret) for secret in secrets if secret]
        if kind.lower() not in {"bearer", "jwt"} or not _one_of(signature, expected):
            return False
        header, _, claims = signed.partition(".")
        said = _token_part(claims)
        end, begin = said.number("exp"), said.number("nbf") or 0
        known = _token_part(header).text("alg") == "HS256"
        return known and end is not None and begin - self.tolerance <= now <= end + self.tolerance

    def sign(self, signed: bytes, secret: str) -> str:
        """Return the signature of *signed*, which is ``header.claims``."""
        digest = hmac.digest(secret.encode(), signed, "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _token_part(text: str) -> Payload:
    """Return the object in one part of a token, or an empty one."""
    try:
        return Payload.parse(base64.urlsafe_b64decode(_raw(text) + b"=="))
    except (NotJson, ValueError):
        return Payload()


def new_secret(scheme: Scheme) -> str:
    """Return a secret in the form that the senders of *scheme* take."""
    if isinstance(scheme, BasicAuth):
        return f"parvis:{secrets.token_urlsafe(24)}"
    if isinstance(scheme, LetterAddress):
        # Mail servers may change the case of an address, and leave nothing else as it is.
        return base64.b32encode(secrets.token_bytes(15)).decode().lower()
    if isinstance(scheme, StandardWebhooks):
        # GitLab takes no other form than the specification's.
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def _one_of(given: str, expected: Sequence[str]) -> bool:
    """Compare with each, in constant time, whether or not one fitted already; never with nothing."""
    right = [hmac.compare_digest(_raw(given), known.encode()) for known in expected if known]
    return bool(given) and any(right)


def _raw(header: str) -> bytes:
    """Return a header's bytes: those that are no UTF-8 reach us as surrogates."""
    return header.encode("utf-8", "surrogateescape")


def _is_recent(timestamp: str, now: float, tolerance: float) -> bool:
    """Tell whether an ISO 8601 time with zone, or Unix seconds, is near *now*."""
    try:
        plain = timestamp.isascii() and timestamp.isdigit()
        at = float(timestamp) if plain else _iso(timestamp)
    except (ValueError, OverflowError):
        return False
    return abs(now - at) <= tolerance


def _iso(timestamp: str) -> float:
    moment = datetime.fromisoformat(timestamp)
    if moment.tzinfo is None:
        raise ValueError(timestamp)
    return moment.timestamp()
