"""What Seer, which looks for causes and writes corrections, found of an issue.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/seer/
"""

from appservice.payload import Payload

_MOST_STEPS = 10


def found(data: Payload) -> str:
    """Return what it says: the cause, the solution with its steps, changed files, or pull requests."""
    cause, solution = data.at("root_cause"), data.at("solution")
    told = cause.text("one_line_description") or solution.text("one_line_summary")
    told = told or cause.text("description") or solution.text("description") or data.text("summary")
    titles = (one.text("title") for one in solution.items("steps")[:_MOST_STEPS])
    steps = [f"- {title}" for title in titles if title]
    files = [f"- {one.text('path')}" for one in _changes(data.at("code_changes"))[:_MOST_STEPS]]
    requests = [f"[{name}]({url})" for name, url in _requests(data)]
    return "\n".join(line for line in (told, *steps, *files, *requests) if line)


def page(data: Payload) -> str:
    """Return the first pull request's page, or an empty text."""
    return next((url for _, url in _requests(data)), "")


def _changes(repositories: Payload) -> list[Payload]:
    return [one for name in repositories.keys() for one in repositories.items(name)]  # noqa: SIM118


def _requests(data: Payload) -> list[tuple[str, str]]:
    """Return how each pull request is called, and its page."""
    known = []
    for one in data.items("pull_requests"):
        number = one.word("pull_request", "pr_number")
        url = one.text("pull_request", "pr_url") or one.text("url")
        name = " ".join(part for part in (one.text("repo_name"), number and f"#{number}") if part)
        known.append((name or url, url))
    return [(name, url) for name, url in known if url.startswith("https://")]
