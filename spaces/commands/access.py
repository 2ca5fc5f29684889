"""The command that opens a group or makes it private.

What everybody knew of cannot become secret, and a secret's name must not come out by one word: such
a group is made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.errors import CommandError
from appservice.languages import N_, Phrases
from spaces.charter import LONGEST_ANSWER
from spaces.commands.asking import CONFIRM, GROUP, Asking
from spaces.model import Declaration, Group
from spaces.reconcile import Reconciler
from spaces.vocabulary import Access

ACCESS = {
    Access.OPEN: N_("open"),
    Access.PRIVATE: N_("private"),
    Access.SECRET: N_("secret"),
}


@dataclass(frozen=True)
class AccessChanged:
    """Who may join *group* is as asked."""

    group: Group


class AccessCommand:
    """The executor, for the owners of a group."""

    def __init__(self, *, asking: Asking, reconciler: Reconciler) -> None:
        self._asking = asking
        self._reconciler = reconciler

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        access = Parameter(
            "access",
            N_("who may join: everybody here, or whom a member lets in"),
            choices=(Access.OPEN.value, Access.PRIVATE.value),
            named=lambda one, words: words(ACCESS[Access(one)]),
        )
        reason = Parameter("reason", N_("why it is not open to all"), required=False, long=True)
        confirm = Parameter(
            CONFIRM,
            N_("everybody here may then read all that was ever written in it, if it opens"),
            required=False,
            choices=(CONFIRM,),
            named=lambda _one, words: words(N_("its members know")),
        )
        return (
            Command(
                ("group", "access"),
                N_("Open a group to everybody here, or make it private"),
                self.change,
                (GROUP, access, confirm, reason),
                present=self._present,
            ),
        )

    async def change(self, request: Request) -> AccessChanged:
        """Change who may join; opening what was private has to be confirmed."""
        group = await self._asking.managed(request)
        access, reason = Access(request.argument("access")), request.argument("reason")
        if group.declaration.access is Access.SECRET:
            raise CommandError(
                N_("A secret group stays secret: make another one, and invite its people there.")
            )
        opens = access is Access.OPEN and group.declaration.access is not Access.OPEN
        if opens and request.argument(CONFIRM) != CONFIRM:
            raise CommandError(
                N_(
                    "Everybody here could then read all that was ever written in “{group}”. Ask its "
                    "members, then write `group access {slug} open confirm`."
                ),
                group=group.name,
                slug=group.declaration.slug,
            )
        changed = await self._reconciler.alter(group, lambda now: _with_access(now, access, reason))
        return AccessChanged(changed)

    async def _present(self, request: Request) -> Mapping[str, str]:
        now = (await self._asking.group(request)).declaration
        return {"access": now.access.value, "reason": now.charter.reason}


def _with_access(declared: Declaration, access: Access, reason: str) -> Declaration:
    """Return a declaration with another *access*; a private group says why it is one."""
    if access is Access.OPEN:
        return replace(declared, access=access, charter=replace(declared.charter, reason=""))
    said = " ".join(reason.split()) or declared.charter.reason
    if not said:
        raise CommandError(
            N_(
                "Say why: `group access {slug} private reason=…`. Everybody reads it in the charter."
            ),
            slug=declared.slug,
        )
    if len(said) > LONGEST_ANSWER:
        raise CommandError(N_("A charter has at most {n} characters."), n=LONGEST_ANSWER)
    return replace(declared, access=access, charter=replace(declared.charter, reason=said))


def _changed(fact: AccessChanged, words: Phrases) -> str:
    said = (
        N_("**{name}** is open: everybody here may join and read it.")
        if fact.group.declaration.access is Access.OPEN
        else N_("**{name}** is private: everybody sees that it is there, and asks to be let in.")
    )
    return words(said, name=quoted(fact.group.name))


ACCESS_REPLIES: Mapping[type, Reply] = {AccessChanged: _changed}
