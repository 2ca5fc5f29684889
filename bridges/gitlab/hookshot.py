"""What hookshot's setting for a project is here.

Contract: https://matrix-org.github.io/matrix-hookshot/latest/usage/room_configuration/gitlab_project.html
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.wishes import Wish, events_of, labels_of, lost, name_in, setting

_REQUEST = {
    "merge_request.open": ("merge_request.opened",),
    "merge_request.close": ("merge_request.closed",),
    "merge_request.reopen": ("merge_request.reopened",),
    "merge_request.merge": ("merge_request.merged",),
    "merge_request.ready_for_review": ("merge_request.ready", "merge_request.draft"),
    "merge_request.review": (
        "merge_request.approved",
        "merge_request.approval",
        "merge_request.unapproved",
        "merge_request.unapproval",
    ),
    "merge_request.review.comments": ("note.created", "note.on_code"),
}
_WIKI = {
    "wiki.create": ("wiki.created",),
    "wiki.update": ("wiki.edited",),
    "wiki.delete": ("wiki.deleted",),
}
_USUAL = (*_REQUEST, "push", "tag_push", *_WIKI, "release.created")
_MEANS = {
    "merge_request": tuple(glob for globs in _REQUEST.values() for glob in globs),
    **_REQUEST,
    "push": ("push.commits",),
    "tag_push": ("tag.created", "tag.moved"),
    "wiki": tuple(glob for globs in _WIKI.values() for glob in globs),
    **_WIKI,
    "release": ("release.published",),
    "release.created": ("release.published",),
}
_LOST = {
    "commandPrefix": N_("what one does to a case is written in its thread: `!parvis close`"),
    "pushTagsRegex": N_("tags are not chosen by a regular expression"),
}


def _project(state: Payload) -> Wish:
    subject = name_in(state, "path")
    events, unknown = events_of(state, _MEANS, _USUAL)
    labels, unsaid = labels_of(state)
    options = {"projects": subject, **events, **labels}
    return Wish(subject, options, (*unknown, *unsaid, *lost(state, _LOST)))


TAKES_OVER = dict.fromkeys(setting("gitlab.repository"), _project)
