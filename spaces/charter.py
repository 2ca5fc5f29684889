"""What a group is for: four answers, without which it stays a draft.

The topic of its rooms carries the purpose, a pinned post the whole, so that any client shows it.
"""

from dataclasses import dataclass
from datetime import date

from appservice.commands.replies import quoted
from appservice.languages import N_, Phrases
from appservice.payload import Payload
from spaces.vocabulary import Access

LONGEST_ANSWER = 1000
_LONGEST_TOPIC = 500


@dataclass(frozen=True)
class Question:
    """One thing that whoever makes a group must say; *name* is the field's."""

    name: str
    asked: str
    example: str


QUESTIONS = (
    Question("audience", N_("Who is it for?"), N_("Everybody who sells or repairs the P4.")),
    Question("needs", N_("What do they need?"), N_("To know what customers ask and what is sold.")),
    Question(
        "obstacles",
        N_("What stands in their way?"),
        N_("Each sees only their own application, and meets the others once a month."),
    ),
    Question(
        "relief",
        N_("How will information help?"),
        N_("One card for each case, read by all, talked about at once."),
    ),
)


@dataclass(frozen=True)
class Charter:
    """The answers, plain text. *reason* says why a group is not open; *review* when to look again."""

    purpose: str = ""
    audience: str = ""
    needs: str = ""
    obstacles: str = ""
    relief: str = ""
    reason: str = ""
    review: date | None = None

    @property
    def topic(self) -> str:
        """Return what clients show under a room's name: the purpose, or else the first answer."""
        text = self.purpose or " ".join(filter(None, (self.audience, self.needs)))
        return text if len(text) <= _LONGEST_TOPIC else text[: _LONGEST_TOPIC - 1].rstrip() + "…"

    def answer(self, question: Question) -> str:
        """Return what was answered to *question*."""
        return str(getattr(self, question.name))

    def missing(self, access: Access) -> tuple[str, ...]:
        """Return the fields without which a group of this *access* cannot leave draft."""
        empty = [question.name for question in QUESTIONS if not self.answer(question)]
        if access is not Access.OPEN and not self.reason:
            empty.append("reason")
        return tuple(empty)

    def content(self) -> dict[str, str]:
        """Return the ``charter`` of ``org.parvis.group``; *text* is the purpose."""
        answers = {question.name: self.answer(question) for question in QUESTIONS}
        return {
            "text": self.topic,
            "purpose": self.purpose,
            **answers,
            "reason": self.reason,
            "review": self.review.isoformat() if self.review else "",
        }

    def told(self, words: Phrases) -> str:
        """Return the charter as Markdown, question by question, for its pinned post."""
        answers = [(question.asked, self.answer(question)) for question in QUESTIONS]
        answers.append((N_("Why is it not open to all?"), self.reason))
        told = [f"**{words(asked)}** {quoted(answer)}" for asked, answer in answers if answer]
        return "\n\n".join([quoted(self.purpose), *told] if self.purpose else told)


EMPTY = Charter()
"""The charter of a group that has said nothing yet."""


def charter_of(content: Payload) -> Charter:
    """Return the charter that a ``charter`` object holds."""
    return Charter(
        purpose=content.text("purpose") or content.text("text"),
        audience=content.text("audience"),
        needs=content.text("needs"),
        obstacles=content.text("obstacles"),
        relief=content.text("relief"),
        reason=content.text("reason"),
        review=date_of(content.text("review")),
    )


def date_of(text: str) -> date | None:
    """Return the day that *text* writes (ISO 8601), or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
