"""The first steps: admins are invited once, and whoever signs in finds the organization."""

from collections.abc import Collection, Sequence

import structlog

from appservice.account import Account
from appservice.errors import Forbidden
from appservice.events import MEMBER
from appservice.ids import RoomId, UserId
from spaces.kinds import GENERAL
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler
from spaces.store import GroupStore
from spaces.vocabulary import Access

log = structlog.get_logger(__name__)


class Welcome:
    """Brings people in; never a second time where they have left."""

    def __init__(
        self,
        *,
        bot: Account,
        groups: GroupStore,
        people: PeopleStore,
        reconciler: Reconciler,
        admins: Collection[UserId],
    ) -> None:
        self._admins = frozenset(admins)
        self._people = people
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler

    async def invite_admins(self, admins: Sequence[UserId]) -> None:
        """Invite each admin to the root space who was never asked; the room itself remembers.

        Nobody finds a bot's name by searching: the invitation is how they meet it.
        """
        root = await self._reconciler.root()
        for admin in admins:
            if await self._bot.state_content(root, MEMBER, admin) is not None:
                continue
            try:
                await self._bot.invite(root, admin)
            except Forbidden as error:
                # Who came in between the two calls needs no invitation.
                if await self._bot.state_content(root, MEMBER, admin) is None:
                    log.warning("admin cannot be invited", admin=admin, error=str(error))

    async def welcome(self, account: Account) -> None:
        """Let a person join the organization and its general group, with their own token.

        For every sign-in: what they have left, or were removed from, they do not join again. Whom the
        directory does not count as staff joins only what they are invited to.
        """
        root = await self._reconciler.root()
        staff = await self._is_staff(account.user_id)
        if root not in await account.joined_rooms() and (
            staff or await self._invited(account, root)
        ):
            await account.join(root)
        for group in await self._groups.all():
            declared = group.declaration
            if declared.kind == GENERAL and declared.access is Access.OPEN:
                for room_id in group.rooms:
                    await self._join_once(account, room_id, staff=staff)

    async def _join_once(self, account: Account, room_id: RoomId, *, staff: bool) -> None:
        membership = await self._membership(account, room_id)
        if membership == "invite" or (staff and not membership):
            await account.join(room_id)

    async def _is_staff(self, user_id: UserId) -> bool:
        """Tell whether somebody counts; without a directory everybody does, and admins always."""
        if user_id in self._admins or not await self._people.any():
            return True
        person = await self._people.one(user_id)
        return person is not None and person.counts

    async def _invited(self, account: Account, room_id: RoomId) -> bool:
        return await self._membership(account, room_id) == "invite"

    async def _membership(self, account: Account, room_id: RoomId) -> str:
        content = await self._bot.state_content(room_id, MEMBER, account.user_id)
        return content.text("membership") if content else ""
