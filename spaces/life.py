"""What happens to groups that stand: new rooms, mergers, references, charters kept, owners asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appservice.commands.letters import Letters
from appservice.dispatch import Subscriber
from appservice.floor import Trays
from appservice.languages import Phrases
from appservice.trouble import Report
from spaces.adopting import Adoption, TakeIn
from spaces.charter_posts import CharterPosts, Render
from spaces.directory import Directory
from spaces.farewell import Farewell
from spaces.members import Members
from spaces.merging import Merging
from spaces.reconcile import Reconciler
from spaces.references import References
from spaces.reminders import Inquiries, Reminders
from spaces.removals import Removals
from spaces.resting import Resting
from spaces.splitting import Splitting
from spaces.store import GroupStore
from spaces.succession import Succession


@dataclass(frozen=True)
class Outside:
    """What spaces ask of other parts of the house; the roof wires it."""

    take_in: TakeIn
    report: Report
    render: Render
    inquiries: Inquiries
    public_url: str
    clock: Callable[[], int]
    """Tells milliseconds since 1970."""


@dataclass(frozen=True)
class Life:
    """The parts."""

    charters: CharterPosts
    succession: Succession
    adoption: Adoption
    merging: Merging
    references: References
    splitting: Splitting
    resting: Resting
    reminders: Reminders
    removals: Removals
    farewell: Farewell

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        """Return those that hear events, in the order in which they are told."""
        return (
            self.succession,
            self.charters,
            self.reminders,
            self.references,
            self.splitting,
            self.removals,
        )


def build_life(  # noqa: PLR0913 - the parts of one whole
    trays: Trays,
    *,
    charters: CharterPosts,
    groups: GroupStore,
    members: Members,
    reconciler: Reconciler,
    directory: Directory,
    letters: Letters,
    words: Phrases,
    outside: Outside,
) -> Life:
    """Return the parts; *words* are those of the organization's language."""
    bot, outbox = trays.bot, trays.outbox
    farewell = Farewell(letters=letters, organization=reconciler.house.name)
    resting = Resting(outbox=outbox, reconciler=reconciler, words=words)
    references = References(bot=bot, groups=groups, outbox=outbox, public_url=outside.public_url)
    return Life(
        charters=charters,
        succession=Succession(bot=bot, groups=groups, reconciler=reconciler, report=outside.report),
        adoption=Adoption(bot=bot, members=members, reconciler=reconciler, take_in=outside.take_in),
        merging=Merging(
            bot=bot, members=members, outbox=outbox, reconciler=reconciler, words=words
        ),
        references=references,
        splitting=Splitting(
            bot=bot,
            groups=groups,
            outbox=outbox,
            reconciler=reconciler,
            references=references,
            words=words,
        ),
        resting=resting,
        reminders=Reminders(
            bot=bot,
            groups=groups,
            kinds=reconciler.house.kinds,
            resting=resting,
            directory=directory,
            inquiries=outside.inquiries,
            letters=letters,
            public_url=outside.public_url,
            clock=outside.clock,
        ),
        removals=Removals(bot=bot, groups=groups, reconciler=reconciler, farewell=farewell),
        farewell=farewell,
    )
