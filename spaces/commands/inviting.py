"""Commands about people who are to come: who is there yet, inviting them, taking that back."""

from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError
from appservice.ids import UserId, localpart
from appservice.languages import N_
from spaces.inviting.desk import Desk, may_be_invited
from spaces.inviting.reach import Reach, Reached, Why

PEOPLE_PAGE = "/manage/people"


@dataclass(frozen=True)
class PeopleStanding:
    """How far the people of the directory have come; *shown* are those of the state asked for."""

    counts: tuple[tuple[Reach, int], ...]
    shown: tuple[Reached, ...]
    page: str
    """The address of the page that shows all of them."""


@dataclass(frozen=True)
class LetterWaits:
    """A person will get a letter."""

    user_id: UserId
    email: str


@dataclass(frozen=True)
class InvitationTakenBack:
    """The codes of a person are worth nothing any more."""

    user_id: UserId


class InvitingCommands:
    """The executors, for admins."""

    def __init__(self, *, desk: Desk, public_url: str) -> None:
        self._desk = desk
        self._page = f"{public_url}{PEOPLE_PAGE}"

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        state = Parameter("state", N_("how far they are"), required=False, choices=tuple(Reach))
        person = Parameter("person", N_("an account of the directory, like @ana:example.org"))
        return (
            Command(
                ("person", "list"),
                N_("Show who is invited, signed in or unreachable"),
                self.list_people,
                (state,),
                audience=Audience.ADMINS,
            ),
            Command(
                ("person", "invite"),
                N_("Send a person a letter with a code that lets them in"),
                self.invite,
                (person,),
                audience=Audience.ADMINS,
            ),
            Command(
                ("person", "revoke"),
                N_("Take back the codes that a person was given"),
                self.revoke,
                (person,),
                audience=Audience.ADMINS,
            ),
        )

    async def list_people(self, request: Request) -> PeopleStanding:
        """Count everybody, and name those of one state: the unreachable, unless another is asked for."""
        standing = await self._desk.standing()
        wanted = Reach(request.argument("state") or Reach.UNREACHABLE)
        counts = tuple((reach, sum(one.reach is reach for one in standing)) for reach in Reach)
        shown = tuple(one for one in standing if one.reach is wanted)
        return PeopleStanding(counts, shown, self._page)

    async def invite(self, request: Request) -> LetterWaits:
        """Have a letter sent."""
        one = await self._one(request)
        if not may_be_invited(one):
            closed = one.why is Why.CLOSED
            why = (
                N_("The account {person} is closed at the message server.")
                if closed
                else N_("{person} is signed in already.")
            )
            raise CommandError(why, person=one.person.user_id)
        if not self._desk.mails or not one.mailable:
            why = N_("I cannot write to {person} by e-mail. Print a sheet with a code: {page}")
            raise CommandError(why, person=one.person.user_id, page=self._page)
        user_id = one.person.user_id
        await self._desk.mail([user_id], by=request.sender, nonce=request.event_id)
        return LetterWaits(user_id, one.person.email)

    async def revoke(self, request: Request) -> InvitationTakenBack:
        """End all codes of a person."""
        user_id = (await self._one(request)).person.user_id
        await self._desk.revoke([user_id])
        return InvitationTakenBack(user_id)

    async def _one(self, request: Request) -> Reached:
        text = request.argument("person").strip().removeprefix("@")
        for one in await self._desk.standing():
            user_id = one.person.user_id
            if text in {user_id.removeprefix("@"), localpart(user_id)}:
                return one
        raise CommandError(N_("“{person}” is not in the directory of people."), person=text)
