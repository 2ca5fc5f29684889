"""What the bot says about what it takes over."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from bridges.import_commands import Surveyed, TakenOver
from bridges.importing import Proposal, Survey, Unequal
from bridges.option_words import options_said


def _surveyed(fact: Surveyed, words: Phrases) -> str:
    opening = words(
        N_("This would feed **{group}**; nothing is made yet:"), group=quoted(fact.group)
    )
    new = [one for one in fact.found.proposals if not one.stands]
    closing = words(N_("The same again with `confirm=yes` makes it."))
    if not new:
        opening, closing = words(N_("There is nothing to make.")), ""
    lines = [line for one in fact.found.proposals for line in _proposed(one, words)]
    parts = [opening, "\n".join(lines), _rest(fact.found, words), closing]
    return "\n\n".join(part for part in parts if part)


def _taken_over(fact: TakenOver, words: Phrases) -> str:
    if not fact.made:
        nothing = words(N_("There is nothing to make."))
        return "\n\n".join(part for part in (nothing, _rest(fact.found, words)) if part)
    opening = words(N_("Made for **{group}**. What is to be done:"), group=quoted(fact.group))
    lines = []
    for proposal, connection, page in fact.made:
        text = N_(
            "{app}, {subject}: in the app, put the address and the secret of [`{name}`]({page}) in the "
            "place of hookshot’s"
        )
        if proposal.app.pull:
            text = N_("{app}, {subject}: nothing, [`{name}`]({page}) is asked from now on")
        about = {"app": proposal.app.name, "subject": quoted(proposal.subject)}
        lines.append("- " + words(text, name=connection.short, page=page, **about))
    closing = words(
        N_(
            "When they are heard (`connection list`), take hookshot out of its room: what is set up "
            "there is not touched, and would be told twice."
        )
    )
    parts = [opening, "\n".join(lines), _rest(fact.found, words), closing]
    return "\n\n".join(part for part in parts if part)


def _proposed(proposal: Proposal, words: Phrases) -> Iterator[str]:
    """Walk the lines about one proposal: what it tells, and what it cannot."""
    line = f"- **{proposal.app.name}**, {quoted(proposal.subject)}"
    if proposal.stands:
        yield f"{line}: " + words(N_("stands already"))
        return
    source = urlsplit(proposal.options.source).hostname
    yield line + (f" ({quoted(source)})" if source and source != proposal.subject else "")
    for said in options_said(proposal.options, words)[1:]:
        if not said.startswith("`source`"):
            yield f"    - {said}"
    for loss in proposal.losses:
        values = {name: quoted(value) for name, value in loss.values.items()}
        yield "    - " + words(N_("lost: {what}"), what=words(loss.text, **values))


def _rest(found: Survey, words: Phrases) -> str:
    """Return what has no equal, with the reason."""
    lines = [f"- {_unequal(one, words)}" for one in found.unequal]
    if found.more:
        lines.append("- " + words.plural(N_("and {n} more"), N_("and {n} others"), found.more))
    if not lines:
        return ""
    return "\n".join([words(N_("Without an equal here:")), "", *lines])


def _unequal(one: Unequal, words: Phrases) -> str:
    values = {name: quoted(str(value)[:200]) for name, value in one.values.items()}
    about = quoted(one.setting[:60]) + (f", {quoted(one.subject[:60])}" if one.subject else "")
    return words(N_("{what}: {why}"), what=about, why=words(one.why, **values))


IMPORT_REPLIES: Mapping[type, Reply] = {Surveyed: _surveyed, TakenOver: _taken_over}
