"""What is said of a commit, whoever checks it: the card.

It is one for each branch, as those of workflows are, so that what failed turns green on its own card;
what is said of an older commit when a newer one was checked turns it no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.languages import N_
from appservice.payload import Payload
from bridges.github.reading import about, happened, page, repository, repository_id
from bridges.instants import ranked
from bridges.readings import Card, Importance, Reading, State, StateClass, fields

_GOING = {StateClass.OPEN, StateClass.PROGRESS}
_LONGEST_SUBJECT = 100
_TOLD: Mapping[StateClass, tuple[str, Importance]] = {
    StateClass.DONE: (N_("{check} succeeded"), Importance.RECOVERY),
    StateClass.FAILED: (N_("{check} failed"), Importance.LOUD),
    StateClass.BLOCKED: (N_("{check} stopped"), Importance.QUIET),
    StateClass.PROGRESS: (N_("{check} started"), Importance.QUIET),
    StateClass.OPEN: (N_("{check} was queued"), Importance.QUIET),
}


@dataclass(frozen=True)
class Check:
    """What the three families say alike of a check."""

    name: str
    source: str
    """Who checks; with the branch it makes the case."""
    state: State
    branch: str
    """Empty for the commit of a fork, whose branch nobody names: it stands alone."""
    sha: str
    said: str | None
    key: str
    when: int | None
    since: int | None
    """When the commit was made or came to GitHub: the newest one rules the card."""
    url: str = ""
    """Its page where it was made, to which the step leads; the card leads to the commit's at GitHub."""
    author: str = ""
    message: str = ""
    """The commit's."""


def verdict(body: Payload, event: str, check: Check) -> Reading:
    """Return the reading of what is said of a commit."""
    sha, when = check.sha, check.when
    commit = page(body, f"commit/{sha}" if sha else "commits")
    step = happened(
        body,
        _TOLD[check.state.kind],
        check.key,
        when=when,
        url=check.url or commit,
        text=" ".join((sha[:8], check.message.partition("\n")[0][:_LONGEST_SUBJECT])).strip(),
        check=check.name,
    )
    card = Card(
        case=f"{repository_id(body)}/{check.source}/{check.branch or sha}",
        noun=N_("Check"),
        title=" · ".join(part for part in (check.name, check.branch or sha[:8]) if part),
        url=commit or None,
        state=check.state,
        excerpt=check.said,
        fields=fields(
            (N_("Repository"), repository(body)),
            (N_("Branch"), check.branch or None),
            (N_("Version"), sha[:8] or None),
            (N_("Author"), check.author or None),
        ),
        updated=_rank(check),
        begun=when,
    )
    return about(body, event, card, step, check.branch)


def _rank(check: Check) -> int | None:
    """Return how new a state is: first by its commit, then by its own time.

    GitHub's times are whole seconds: what ended is newer than what began in the same.
    """
    if check.when is None:
        return check.since
    since = min(check.since or check.when, check.when)
    return ranked(since, check.when, steps=39) + (check.state.kind not in _GOING)
