"""Who answers for a group once its only owner has left the organization.

moderators are declared --> each of them is an owner, and told so
there are none          --> the admins who may know of the group are told, with the command
"""

from collections.abc import Collection
from dataclasses import replace

from appservice.commands.letters import Letters
from appservice.errors import UnknownGroup
from appservice.ids import UserId
from appservice.languages import N_
from spaces.directory import Directory
from spaces.model import Declaration, Group, with_roles
from spaces.reconcile import Reconciler
from spaces.vocabulary import Role

_YOURS = N_(
    "{person} has left the organization and was the only owner of “{group}”. You were its moderator, "
    "so you are an owner of it now. `group transfer {slug} @…` passes it on."
)
_NOBODYS = N_(
    "{person} has left the organization and was the only owner of “{group}”, which nobody answers for "
    "now. Name another owner: `member add {slug} @… owner`"
)


class Legacy:
    """Passes groups on."""

    def __init__(
        self,
        *,
        reconciler: Reconciler,
        directory: Directory,
        letters: Letters,
        admins: Collection[UserId],
    ) -> None:
        self._reconciler = reconciler
        self._directory = directory
        self._letters = letters
        self._admins = tuple(admins)

    async def pass_on(self, group: Group, leaver: UserId) -> None:
        """Have somebody answer for *group* whose only owner is leaving; again, it says nothing new.

        They are told first: after a crash the group still has its old owner, and it is all done again.
        """
        if group.declaration.owners != (leaver,):
            return
        heirs = [user for user, role in group.declaration.roles if role is Role.MODERATOR]
        text = _YOURS if heirs else _NOBODYS
        for user_id in heirs or await self._admins_of(group, leaver):
            key = f"legacy:{group.declaration.uuid}:{leaver}:{user_id}"
            await self._letters.send(
                user_id,
                key,
                lambda words: words(text, person=leaver, group=group.name, slug=group.slug),
            )
        await self._reconciler.alter(group, lambda now: _with_owners(now, heirs))

    async def _admins_of(self, group: Group, leaver: UserId) -> list[UserId]:
        """Return the admins who may be told that *group* is there: a secret one only to its members."""
        found = []
        for admin in self._admins:
            try:
                await self._directory.find(group.slug, admin)
            except UnknownGroup:
                continue
            found += [admin] if admin != leaver else []
        return found


def _with_owners(declared: Declaration, heirs: Collection[UserId]) -> Declaration:
    """Return *declared* with its moderators among *heirs* as owners."""
    risen = {
        user: Role.OWNER if user in heirs and role is Role.MODERATOR else role
        for user, role in declared.roles
    }
    return replace(declared, roles=with_roles(risen))
