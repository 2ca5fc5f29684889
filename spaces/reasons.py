"""A reason that somebody gives for what they do to others, as those read it."""

from appservice.languages import N_, Phrases

_LONGEST = 300
_GIVEN = N_("The reason given: “{reason}”.")


def short_reason(text: str) -> str:
    """Return what somebody gave as a reason in one line, cut."""
    return " ".join(text.split())[:_LONGEST]


def reason_told(reason: str, words: Phrases) -> list[str]:
    """Return the sentence that says a *reason*; none if none was given."""
    return [words(_GIVEN, reason=reason)] if reason else []
