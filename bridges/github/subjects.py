"""The card of an issue or a pull request: they share one series of numbers, and much of the shape.

A comment on a pull request brings it in the shape of an issue: some of its facts are not said
there, so they are left as they are known.
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.github.reading import at, login, names, repository
from bridges.github.reading import repository_id as identifier
from bridges.parts import labels, summary
from bridges.readings import Card, State, StateClass, fields

_CLOSED = {
    "not_planned": State(N_("Closed as not planned"), StateClass.DONE),
    "duplicate": State(N_("Closed as duplicate"), StateClass.DONE),
}


def issue_card(body: Payload, issue: Payload, *, action: str = "") -> Card | None:
    """Return the card of an issue (or of a pull request in its shape), None without a number."""
    if isinstance(
        issue.fields.get("pull_request"), dict
    ):  # Others than GitHub write null in issues.
        return pull_card(body, issue)
    state = _issue_state(issue)
    url = issue.text("html_url")
    if action == "transferred":
        state = State(N_("Transferred"), StateClass.DONE)
        url = body.text("changes", "new_issue", "html_url") or url
    return _card(body, issue, N_("Issue"), state, url=url, deleted=action == "deleted" or None)


def pull_card(body: Payload, pull: Payload) -> Card | None:
    """Return the card of a pull request, None without a number."""
    return _card(body, pull, N_("Pull request"), _pull_state(pull), url=pull.text("html_url"))


def _card(
    body: Payload,
    subject: Payload,
    noun: str,
    state: State | None,
    *,
    url: str,
    deleted: bool | None = None,
) -> Card | None:
    number = subject.word("number")
    if not number.isdecimal():
        return None
    return Card(
        case=f"{identifier(body)}#{number}",
        noun=noun,
        number=f"#{number}",
        title=subject.text("title") or None,
        url=url or None,
        state=state,
        excerpt=summary(subject, "body"),
        fields=fields(
            (N_("Repository"), repository(body)),
            (N_("Author"), login(subject, "user")),
            (N_("Assignees"), names(subject, "assignees")),
            (N_("Milestone"), _titled(subject, "milestone", "title")),
            (N_("Type"), _titled(subject, "type", "name")),
            (N_("Branch"), _branches(subject)),
            (N_("Reviewers"), _reviewers(subject)),
        ),
        labels=labels(subject, "name"),
        updated=at(subject, "updated_at", "created_at"),
        final=state is not None and state.kind in {StateClass.DONE, StateClass.FAILED},
        deleted=deleted,
    )


def _issue_state(issue: Payload) -> State | None:
    if issue.text("state") == "closed":
        plain = State(N_("Closed"), StateClass.DONE)
        return _CLOSED.get(issue.text("state_reason"), plain)
    return State(N_("Open"), StateClass.OPEN) if issue.text("state") else None


def _pull_state(pull: Payload) -> State | None:
    if pull.flag("merged") or pull.text("merged_at") or pull.text("pull_request", "merged_at"):
        return State(N_("Merged"), StateClass.DONE)
    if pull.text("state") == "closed":
        # The word is GitHub's, and so is its red: the work was turned down.
        return State(N_("Closed without merging"), StateClass.FAILED)
    if pull.flag("draft"):
        return State(N_("Draft"), StateClass.PROGRESS)
    return State(N_("Open"), StateClass.OPEN) if pull.text("state") else None


def _branches(pull: Payload) -> str | None:
    head, base = pull.text("head", "ref"), pull.text("base", "ref")
    return f"{head} → {base}" if head and base else None


def _reviewers(pull: Payload) -> str | None:
    people, teams = names(pull, "requested_reviewers"), names(pull, "requested_teams", "name")
    if people is None and teams is None:
        return None
    return ", ".join(part for part in (people, teams) if part)


def _titled(subject: Payload, role: str, key: str) -> str | None:
    return subject.text(role, key) if role in subject else None
