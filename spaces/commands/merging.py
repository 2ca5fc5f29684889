"""The command that has a group go on in another."""

from collections.abc import Mapping

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from spaces.commands.asking import GROUP, Asking
from spaces.merging import Merged, Merging


class MergingCommands:
    """The executor; for owners of both groups."""

    def __init__(self, *, asking: Asking, merging: Merging) -> None:
        self._asking = asking
        self._merging = merging

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        into = Parameter("into", N_("the group in which it goes on"))
        return (
            Command(
                ("group", "merge"),
                N_("Have a group go on in another; it can still be read"),
                self.merge,
                (GROUP, into),
                resumed=True,
            ),
        )

    async def merge(self, request: Request) -> Merged:
        """Have one group of the asker's go on in another of theirs."""
        old = await self._asking.managed(request)
        return await self._merging.merge(old, await self._asking.managed(request, "into"))


def _merged(fact: Merged, words: Phrases) -> str:
    return words(
        N_("**{old}** goes on in **{new}**. People who are invited there: {n}."),
        old=quoted(fact.old.name),
        new=quoted(fact.new.name),
        n=fact.people,
    )


MERGING_REPLIES: Mapping[type, Reply] = {Merged: _merged}
