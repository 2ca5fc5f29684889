"""What the bot says while a group comes to be."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.ids import localpart
from appservice.languages import N_, Phrases
from spaces.charter import QUESTIONS
from spaces.commands.founding import (
    DraftAsks,
    DraftEnded,
    DraftList,
    DraftWaits,
    GroupCreated,
)
from spaces.commands.trying_names import spot_told
from spaces.drafts import Draft, DraftState

_ASKED = {question.name: (question.asked, question.example) for question in QUESTIONS} | {
    "reason": (N_("Why is it not open to all?"), N_("Salaries are talked about."))
}

_USUAL = ("github",)
"""What is offered where a kind names no sources."""


def _created(fact: GroupCreated, words: Phrases) -> str:
    return words(
        N_(
            "The group **{name}** stands; its address is `{slug}`. You are its owner: accept the "
            "invitations. Next: `member add {slug} PERSON`, or {connect}."
        ),
        name=quoted(fact.group.name),
        slug=fact.group.slug,
        connect=", ".join(f"`connect {app} {fact.group.slug}`" for app in fact.sources or _USUAL),
    )


def _asks(fact: DraftAsks, words: Phrases) -> str:
    standing = [spot_told(fact.spot, words)] if fact.spot else []
    if fact.on_page:
        begun = words(
            N_("**{name}** is begun; its questions follow."), name=quoted(fact.draft.name)
        )
        return "\n\n".join([begun, *standing])
    asked, example = _ASKED[fact.field]
    question = words(
        N_("**{name}**, question {number} of {total}: **{asked}**"),
        name=quoted(fact.draft.name),
        number=fact.number,
        total=fact.total,
        asked=words(asked),
    )
    example = words(N_("For example: {example}"), example=words(example))
    how = words(N_("Answer in one message. `draft drop` forgets it."))
    return "\n\n".join([*standing, question, f"_{example}_", how])


def _waits(fact: DraftWaits, words: Phrases) -> str:
    return words(
        N_("**{name}** is complete; an admin decides, and you will hear of it."),
        name=quoted(fact.draft.name),
    )


def _ended(fact: DraftEnded, words: Phrases) -> str:
    said = N_("**{name}** is forgotten.")
    if fact.draft.state is DraftState.REFUSED:
        said = N_("**{name}** is refused.")
    return words(said, name=quoted(fact.draft.name))


def _listed(fact: DraftList, words: Phrases) -> str:
    lines = [f"- {_line(draft, words)}" for draft in fact.own]
    if fact.waiting:
        lines += ["", words(N_("These wait for you:")), ""]
        lines += [f"- {_line(draft, words)}" for draft in fact.waiting]
    return "\n".join(lines) if lines else words(N_("Nothing is being drafted."))


def _line(draft: Draft, words: Phrases) -> str:
    state = N_("waits for an admin") if draft.state is DraftState.WAITING else N_("begun")
    return words(
        N_("`{short}` **{name}**, by {person}: {state}"),
        short=draft.short,
        name=quoted(draft.name),
        person=quoted(localpart(draft.author)),
        state=words(state),
    )


FOUNDING_REPLIES: Mapping[type, Reply] = {
    GroupCreated: _created,
    DraftAsks: _asks,
    DraftWaits: _waits,
    DraftEnded: _ended,
    DraftList: _listed,
}
