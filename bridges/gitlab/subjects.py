"""The card of an issue or a merge request, from its own event or from one that mentions it.

A comment or a pipeline brings a part of it: what is not said there is left as it is known.
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.gitlab.reading import at, is_so, page, person, project, scope
from bridges.parts import joined, labels, summary
from bridges.readings import Card, State, StateClass, fields
from bridges.states import class_of

_NOUNS = {
    "Task": N_("Task"),
    "Incident": N_("Incident"),
    "Epic": N_("Epic"),
    "Ticket": N_("Ticket"),
    "Objective": N_("Objective"),
    "Key Result": N_("Key result"),
    "Requirement": N_("Requirement"),
    "Test Case": N_("Test case"),
}
_ENDS = {StateClass.DONE, StateClass.FAILED}


def issue_card(body: Payload, issue: Payload) -> Card | None:
    """Return the card of an issue or another work item, None without a number."""
    number, kind = issue.word("iid"), issue.text("type")
    if not number.isdecimal():
        return None
    sign = "&" if kind == "Epic" or "epic" in body else "#"
    state = _issue_state(issue)
    return Card(
        case=f"{scope(body)}{sign}{number}",
        noun=_NOUNS.get(kind, N_("Epic") if sign == "&" else N_("Issue")),
        number=f"{sign}{number}",
        title=issue.text("title") or None,
        url=issue.text("url") or page(body, f"issues/{number}") or None,
        state=state,
        excerpt=summary(issue, "description"),
        fields=fields(
            (N_("Project"), project(body) or None),
            (N_("Author"), _author(body, issue)),
            (N_("Assignees"), _people(body, issue, "assignee")),
            (N_("Due"), issue.text("due_date") if "due_date" in issue else None),
            (N_("Severity"), _severity(issue)),
        ),
        labels=_labels(body, issue),
        confidential=is_so(issue, "confidential") if "confidential" in issue else None,
        updated=at(issue, "updated_at", "created_at"),
        final=state is not None and state.kind in _ENDS,
    )


def merge_card(body: Payload, merge: Payload) -> Card | None:
    """Return the card of a merge request, None without a number."""
    number = merge.word("iid")
    if not number.isdecimal():
        return None
    state = _merge_state(merge)
    return Card(
        case=merge_case(body, number, merge.word("target_project_id")),
        noun=N_("Merge request"),
        number=f"!{number}",
        title=merge.text("title") or None,
        url=merge.text("url") or page(body, f"merge_requests/{number}") or None,
        state=state,
        excerpt=summary(merge, "description"),
        fields=fields(
            (N_("Project"), project(body) or None),
            (N_("Author"), _author(body, merge)),
            (N_("Assignees"), _people(body, merge, "assignee")),
            (N_("Reviewers"), _people(body, merge, "reviewer")),
            (N_("Branch"), _branches(merge)),
        ),
        labels=_labels(body, merge),
        updated=at(merge, "updated_at", "created_at"),
        final=state is not None and state.kind in _ENDS,
    )


def merge_case(body: Payload, number: str, target: str = "") -> str:
    """Return the case of a merge request by the number that people see.

    Its number is that of the *target* project; a pipeline may run in the fork that it comes from.
    """
    return f"{target or scope(body)}!{number}"


def _issue_state(issue: Payload) -> State | None:
    word = issue.text("state")
    if word == "closed":
        if issue.word("moved_to_id"):
            return State(N_("Transferred"), StateClass.DONE)
        twin = bool(issue.word("duplicated_to_id"))
        return State(N_("Closed as duplicate") if twin else N_("Closed"), StateClass.DONE)
    return _open_state(word)


def _merge_state(merge: Payload) -> State | None:
    word = merge.text("state")
    if word == "merged":
        return State(N_("Merged"), StateClass.DONE)
    if word == "closed":
        # Its colour says what the word does: the work was turned down.
        return State(N_("Closed without merging"), StateClass.FAILED)
    if word == "locked":
        return State(N_("Merging"), StateClass.PROGRESS)
    if word and (merge.flag("draft") or merge.flag("work_in_progress")):
        return State(N_("Draft"), StateClass.PROGRESS)
    return _open_state(word)


def _open_state(word: str) -> State | None:
    """Return the state of what is open; a word that GitLab adds later is shown as it stands."""
    if word in {"opened", "reopened"}:
        return State(N_("Open"), StateClass.OPEN)
    return State(word.capitalize(), class_of(word)) if word else None


def _author(body: Payload, subject: Payload) -> str | None:
    """Return the author, whom GitLab names only where they make the call themselves."""
    author, user = subject.word("author_id"), body.at("user")
    return person(user) or None if author and author == user.word("id") else None


def _people(body: Payload, subject: Payload, role: str) -> str | None:
    """Return who plays a role. GitLab leaves the list out where it is empty."""
    if isinstance(body.fields.get(f"{role}s"), list):
        return joined(person(one) for one in body.items(f"{role}s"))
    return "" if subject.fields.get(f"{role}_ids") == [] else person(body.at(role)) or None


def _labels(body: Payload, subject: Payload) -> tuple[str, ...] | None:
    own = labels(body, "title")
    return own if own is not None else labels(subject, "title")


def _branches(merge: Payload) -> str | None:
    source, target = merge.text("source_branch"), merge.text("target_branch")
    return f"{source} → {target}" if source and target else None


def _severity(issue: Payload) -> str | None:
    if "severity" not in issue:
        return None
    word = issue.text("severity")
    return "" if word.lower() == "unknown" else word.capitalize()
