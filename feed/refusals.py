"""What a page says when the homeserver refused a call: no more than what is true."""

from dataclasses import dataclass

from appservice.errors import HomeserverError, TextTooLong

TOO_LONG, FAILED = "too long", "failed"
_AWAY = {0, 502, 503, 504}
"""No answer, or one that a proxy gives for a homeserver that is away."""
_TOLD = {403, 404, 413}


@dataclass(frozen=True)
class Refusal:
    """The HTTP *status* of the page, and the *code* by which templates choose the words."""

    status: int
    code: int | str


def refusal_of(error: HomeserverError) -> Refusal:
    """Return what *error* is to a reader. Dead tokens and limits of rate have pages of their own."""
    if isinstance(error, TextTooLong):
        return Refusal(413, TOO_LONG)
    if error.status in _TOLD:
        return Refusal(error.status, error.status)
    if error.status in _AWAY:
        return Refusal(502, 502)
    if error.status < 500:  # noqa: PLR2004 - it answered, and will say the same again
        return Refusal(422, 422)
    return Refusal(502, FAILED)
