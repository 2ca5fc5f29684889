"""What is said about people who are to come, by the bot and on the page."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from spaces.commands.inviting import InvitationTakenBack, LetterWaits, PeopleStanding
from spaces.inviting.reach import Reach, Why

_SHOWN = 20

REACH_SAID: Mapping[Reach, str] = {
    Reach.INVITED: N_("invited"),
    Reach.SIGNED_IN: N_("signed in"),
    Reach.UNREACHABLE: N_("unreachable"),
}
WHY_SAID: Mapping[Why, str] = {
    Why.BY_MAIL: N_("a letter was sent"),
    Why.MAIL_WAITS: N_("a letter waits for the mail server"),
    Why.BY_SHEET: N_("a sheet was printed"),
    Why.OPENED: N_("used their code, and has not been seen yet"),
    Why.CLOSED: N_("the account is closed at the message server"),
    Why.REFUSED: N_("the mail server refused the letter: check the address, or print a sheet"),
    Why.DOUBTFUL: N_("nobody knows whether the letter went out: ask, or send another"),
    Why.EXPIRED: N_("the code ran out: give another"),
    Why.NOT_INVITED: N_("not invited yet"),
    Why.NO_ADDRESS: N_("no e-mail address: print a sheet"),
    Why.BAD_ADDRESS: N_("the e-mail address cannot be one: print a sheet"),
    Why.NONE: "",
}


def why_told(why: Why, words: Phrases) -> str:
    """Return a reason in words, empty where there is none."""
    return words(WHY_SAID[why]) if why is not Why.NONE else ""


def _standing(fact: PeopleStanding, words: Phrases) -> str:
    counted = ", ".join(f"{words(REACH_SAID[reach])}: {number}" for reach, number in fact.counts)
    if words.language == "fr":
        counted = counted.replace(":", "\u00a0:")
    lines = [
        f"- {quoted(one.person.name or one.person.user_id)}, {why_told(one.why, words)}".rstrip(
            ", "
        )
        for one in fact.shown[:_SHOWN]
    ]
    if len(fact.shown) > _SHOWN:
        lines.append(words(N_("… and {n} more"), n=len(fact.shown) - _SHOWN))
    return "\n\n".join([counted, "\n".join(lines), fact.page]).replace("\n\n\n\n", "\n\n")


def _letter(fact: LetterWaits, words: Phrases) -> str:
    text = N_("A letter with a code goes to {email}. `person list` says when it was sent.")
    return words(text, email=quoted(fact.email))


def _taken_back(fact: InvitationTakenBack, words: Phrases) -> str:
    text = N_("The codes that {person} was given let nobody in any more.")
    return words(text, person=quoted(fact.user_id))


INVITING_REPLIES: Mapping[type, Reply] = {
    PeopleStanding: _standing,
    LetterWaits: _letter,
    InvitationTakenBack: _taken_back,
}
