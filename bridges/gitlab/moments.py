"""When a pipeline was as a call says: GitLab does not tell, but the times of its jobs do."""

from appservice.payload import Payload
from bridges.gitlab.reading import at
from bridges.instants import ranked


def seen_at(body: Payload) -> int | None:
    """Return the latest time in a pipeline's call."""
    run = body.at("object_attributes")
    times = [at(run, "created_at"), at(run, "finished_at")]
    for job in body.items("builds"):
        times += [at(job, "created_at"), at(job, "started_at"), at(job, "finished_at")]
    return max((moment for moment in times if moment is not None), default=None)


def pipeline_time(body: Payload) -> int | None:
    """Return when the pipeline began, and in its last three digits how long it has run.

    The latest pipeline rules the card, whichever ends last; and what is retried goes on.
    """
    begun, seen = at(body.at("object_attributes"), "created_at"), seen_at(body)
    if begun is None or seen is None:
        return seen
    return ranked(begun, seen, steps=60)
