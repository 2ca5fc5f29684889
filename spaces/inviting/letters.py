"""What a letter says that invites somebody, in their language as far as the directory tells it."""

from datetime import UTC, datetime, tzinfo

from appservice.days import day_and_year
from appservice.languages import N_, Language, Phrases, phrases
from appservice.mail.tray import Mail
from spaces.folding import folded
from spaces.inviting.tickets import Ticket
from spaces.people import DirectoryPerson

_LANGUAGE = ("language", "langue", "lang", "locale", "preferredlanguage")

_SUBJECT = N_("Your way into {organization}")
_TEXT = N_(
    "Hello {name},\n\n"
    "{organization} has a network of its own for its people. This address lets you in, once, "
    "until {until}:\n\n"
    "{address}\n\n"
    "It is for you alone: do not pass it on. If it asks for your code, it is:\n\n"
    "{code}\n\n"
    "From then on you sign in at {site} with the name {user}.\n"
)


def language_of(person: DirectoryPerson, default: Language) -> Language:
    """Return a person's language, if the directory tells one that the product speaks."""
    for name in _LANGUAGE:
        for value in person.comparable.get(name, ()):
            code = folded(value)[:2]
            if code in set(Language):
                return Language(code)
    return default


def invitation(
    ticket: Ticket,
    person: DirectoryPerson,
    *,
    code: str,
    address: str,
    site: str,
    organization: str,
    until: str,
    words: Phrases,
) -> Mail:
    """Return the letter that carries a ticket's *code*; *address* is where it leads in."""
    return Mail(
        key=ticket.id,
        recipient=person.email,
        subject=words(_SUBJECT, organization=organization),
        text=words(
            _TEXT,
            name=" ".join(person.name.split()) or person.user_id,
            organization=organization,
            until=until,
            address=address,
            code=code,
            site=site,
            user=person.user_id,
        ),
        until=ticket.expires,
    )


def in_language(person: DirectoryPerson, default: Language) -> Phrases:
    """Return the product's words for a person."""
    return phrases(language_of(person, default))


def day(at: int, *, zone: tzinfo, language: Language) -> str:
    """Return the day of a moment, in milliseconds since 1970, as people write it."""
    return day_and_year(datetime.fromtimestamp(at / 1000, UTC).astimezone(zone), language)
