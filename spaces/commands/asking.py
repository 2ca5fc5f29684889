"""What every command about groups asks first: which group is meant, who is meant, who may."""

from datetime import date

from appservice.commands.grammar import Parameter, Request
from appservice.errors import CommandError, MalformedId, NotPermitted
from appservice.ids import UserId, localpart, parse_user_id, server_of
from appservice.languages import N_
from spaces.charter import QUESTIONS, date_of
from spaces.directory import Directory
from spaces.levels import OWNER
from spaces.members import Members
from spaces.model import Group
from spaces.vocabulary import Access

GROUP = Parameter("group", N_("its address or name"))
HERE = Parameter("group", N_("its address or name"), required=False, typed=N_("here, if left out"))
PURPOSE = Parameter("purpose", N_("what it is for"), required=False, rest=True, long=True)
ANSWERS = (
    *(Parameter(one.name, one.asked, required=False, long=True) for one in QUESTIONS),
    Parameter("reason", N_("why it is not open to all"), required=False, long=True),
)
"""What a charter says besides its purpose."""
_OWNERS = N_("Only owners of “{group}” may do this.")
_CARETAKERS = N_("Only owners and moderators of “{group}” may do this.")
PERSON = Parameter("person", N_("an account, like @ana:example.org"))

CONFIRM = N_("confirm")
"""What is written behind a command that must be meant."""


def day_of(text: str) -> date | None:
    """Return the day that somebody wrote, None for nothing, or raise CommandError."""
    day = date_of(text.strip())
    if text.strip() and day is None:
        raise CommandError(N_("“{text}” is no day; write it like 2027-01-31."), text=text)
    return day


class Asking:
    """Finds what the words of a request mean, for the one who asks."""

    def __init__(self, *, directory: Directory, members: Members, server_name: str) -> None:
        self._directory = directory
        self._members = members
        self._server_name = server_name

    async def group(self, request: Request, name: str = "group") -> Group:
        """Return the group that the argument *name* means, or raise UnknownGroup."""
        named = request.argument(name)
        return await self._directory.find_in(request.room_id, named, request.sender)

    async def managed(self, request: Request, name: str = "group", level: int = OWNER) -> Group:
        """Return the same, or raise NotPermitted if the asker stands below *level* in it."""
        group = await self.group(request, name)
        if await self._directory.level(request.sender, group.posts_id) < level:
            who = _OWNERS if level >= OWNER else _CARETAKERS
            raise NotPermitted(who, group=group.name)
        return group

    async def stands_above(self, request: Request, group: Group, user_id: UserId) -> bool:
        """Tell whether the asker is an owner, or of a higher level than another account."""
        own = await self._directory.level(request.sender, group.posts_id)
        return own >= OWNER or own > await self._directory.level(user_id, group.posts_id)

    async def may_see_people(self, request: Request, group: Group) -> bool:
        """Tell whether all who read the answer may know who is in *group*."""
        if group.declaration.access is Access.OPEN:
            return True
        member = await self._directory.is_member(request.sender, group)
        return member and await self._directory.only_members_read(request.room_id, group)

    def account(
        self, request: Request, name: str = "person", *, partners: tuple[str, ...] = ()
    ) -> UserId:
        """Return the account of ours, or of one of *partners*, that an argument names.

        A bare name means one of our own.
        """
        text = request.argument(name)
        whole = text.startswith("@") and ":" in text
        full = text if whole else f"@{text.removeprefix('@')}:{self._server_name}"
        try:
            user_id = parse_user_id(full)
        except MalformedId:
            raise CommandError(N_("“{person}” is not an account."), person=text) from None
        if server_of(user_id) not in {self._server_name, *partners} or not localpart(user_id):
            raise CommandError(
                N_("“{person}” is not an account of this organization."), person=text
            )
        return user_id

    def is_ours(self, user_id: UserId) -> bool:
        """Tell whether an account is of our own homeserver."""
        return server_of(user_id) == self._server_name

    async def existing(
        self, request: Request, name: str = "person", *, partners: tuple[str, ...] = ()
    ) -> UserId:
        """Return the same, or refuse an account that does not exist: the homeserver would not."""
        user_id = self.account(request, name, partners=partners)
        if not await self._members.exists(user_id):
            raise CommandError(N_("There is no account “{person}”."), person=user_id)
        return user_id
