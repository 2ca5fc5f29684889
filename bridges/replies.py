"""What the bot says about connections."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from bridges.aside import PutAside, ReadAgain
from bridges.case_commands import Forgotten, OnItsWay
from bridges.commands import Connected, ConnectionList, TestSent
from bridges.connection import Connection
from bridges.health import (
    REASONS,
    parked_line,
    parked_said,
    resting_said,
    state_said,
    withheld_said,
)
from bridges.mapping.commands import MappingStands
from bridges.mapping.commands import stands as mapping_stands
from bridges.option_words import options_said, server_of
from bridges.preview import Preview
from bridges.schemes import SCHEMES, others
from bridges.steering import (
    ConnectionShown,
    Deed,
    OptionsStand,
    SchemeChosen,
    SecretRotated,
    Steered,
)

_LONGEST_POST, _MOST_LINES = 1500, 20
"""Signs and lines that a preview shows of one post."""


def _connected(fact: Connected, words: Phrases) -> str:
    steps = "\n".join(
        f"{number}. {words(step.text)}"
        for number, step in enumerate(fact.app.steps_of(fact.scheme), start=1)
    )
    if fact.asks:
        return _waits_for_token(fact, steps, words)
    if fact.source:
        return words(
            N_(
                "{app} feeds **{group}** from now on: I ask {source} regularly, for the first time now. "
                "[This page]({page}) shows how it stands, `connection remove {short}` ends it."
            ),
            app=fact.app.name,
            group=quoted(fact.group),
            source=quoted(server_of(fact.source)),
            page=fact.page,
            short=fact.short,
        )
    opening = words(
        N_(
            "{app} is ready to feed **{group}**. Open [this page]({page}) for the address and the "
            "secret, then:"
        ),
        app=fact.app.name,
        group=quoted(fact.group),
        page=fact.page,
    )
    closing = words(N_("`connection test {short}` shows a test card."), short=fact.short)
    if other := others(fact.app, fact.scheme):
        closing += " " + words(
            N_(
                "Its calls are proved by {scheme}; `connection scheme {short}` takes {others} "
                "instead."
            ),
            scheme=words(SCHEMES[fact.scheme]),
            short=fact.short,
            others=", ".join(f"`{one}`" for one in other),
        )
    return f"{opening}\n\n{steps}\n\n{closing}"


def _waits_for_token(fact: Connected, steps: str, words: Phrases) -> str:
    opening = words(
        N_(
            "{app} feeds **{group}** as soon as [this page]({page}) has the access token with which I "
            "ask {source}:"
        ),
        app=fact.app.name,
        group=quoted(fact.group),
        source=quoted(server_of(fact.source)),
        page=fact.page,
    )
    return f"{opening}\n\n{steps}"


def _listed(fact: ConnectionList, words: Phrases) -> str:
    if not fact.connections:
        return words(N_("Nothing feeds **{group}** yet."), group=quoted(fact.group))
    return "\n".join(
        f"- `{connection.short}`{_called(connection)}: {state_said(connection, words, fact.standings.get(connection.id))}"
        for connection in fact.connections
    )


def _called(connection: Connection) -> str:
    """Return how a file, or what it was taken over from, calls a connection."""
    name = connection.options.name
    return f" ({quoted(name)})" if name else ""


def _tested(fact: TestSent, words: Phrases) -> str:
    return words(N_("A test card is on its way to **{group}**."), group=quoted(fact.group))


def _steered(fact: Steered, words: Phrases) -> str:
    said = {
        Deed.PAUSED: N_("`{name}` takes no calls until `connection resume`; its app is refused."),
        Deed.RESUMED: N_("`{name}` takes calls again."),
        Deed.REMOVED: N_(
            "`{name}` feeds **{group}** no more. Take its address out of the app too."
        ),
    }
    if fact.asked:
        said = {
            Deed.PAUSED: N_("`{name}` is not asked until `connection resume`."),
            Deed.RESUMED: N_("`{name}` is asked again, beginning now."),
            Deed.REMOVED: N_("`{name}` feeds **{group}** no more."),
        }
    return words(said[fact.deed], name=fact.short, group=quoted(fact.group))


def _options(fact: OptionsStand, words: Phrases) -> str:
    opening = N_("`{name}` tells:")
    if fact.changed:
        opening = N_("From now on `{name}` tells:")
    lines = [f"- {line}" for line in options_said(fact.options, words)]
    return "\n".join([words(opening, name=fact.short), "", *lines])


def _shown(fact: ConnectionShown, words: Phrases) -> str:
    connection, health = fact.health.connection, fact.health
    heading = words(
        N_("{app} feeds **{group}** as [`{name}`]({page}):"),
        app=fact.app.name,
        group=quoted(fact.group),
        name=connection.short,
        page=fact.page,
    )
    lines = [
        state_said(connection, words, health.standing),
        *options_said(connection.options, words),
    ]
    if health.withheld:
        kept = ", ".join(withheld_said(health.withheld, words))
        lines.append(words(N_("not told in 30 days: {what}"), what=kept))
    if health.resting:
        lines.append(resting_said(health.resting, words))
    if health.parked:
        lines.append(f"{parked_said(health.parked, words)} (`connection dead`)")
    return "\n".join([heading, "", *(f"- {line}" for line in lines)])


def _rotated(fact: SecretRotated, words: Phrases) -> str:
    text = N_(
        "A new secret waits on [this page]({page}), where it is shown once. The former one of "
        "`{name}` is taken for another day."
    )
    if fact.asked:
        text = N_(
            "Make a new access token at the source and paste it on [this page]({page}); until then "
            "`{name}` is asked with the former one."
        )
    elif fact.asks:
        text = N_(
            "Let the app make a new secret and paste it on [this page]({page}). The former one of "
            "`{name}` is then taken for another day."
        )
    return words(text, page=fact.page, name=fact.short)


def _scheme_chosen(fact: SchemeChosen, words: Phrases) -> str:
    if fact.asked:
        said = N_("`{name}` is asked without access token now.")
        if fact.asks:
            said = N_(
                "Paste the access token on [this page]({page}); `{name}` is asked with it from then on."
            )
        return words(said, page=fact.page, name=fact.short)
    text = N_("The address alone proves the calls of `{name}` now: treat it as a secret.")
    if fact.asks:
        text = N_(
            "Paste the secret of the app on [this page]({page}); it proves calls of `{name}`."
        )
    elif fact.needs:
        text = N_(
            "A new secret for `{name}` waits on [this page]({page}), where it is shown once, with the "
            "steps."
        )
    said = words(text, page=fact.page, name=fact.short)
    return said + " " + words(N_("Calls that are proved as before are taken for another day."))


def _put_aside(fact: PutAside, words: Phrases) -> str:
    if not fact.calls:
        return words(N_("Nothing of `{name}` was put aside."), name=fact.short)
    lines = [f"- {parked_line(call, words)}" for call in fact.calls]
    if (more := fact.number - len(fact.calls)) > 0:
        lines.append("- " + words.plural(N_("and {n} more"), N_("and {n} others"), more))
    closing = words(N_("`connection replay {name}` reads them again."), name=fact.short)
    return "\n".join([*lines, "", closing])


def _read_again(fact: ReadAgain, words: Phrases) -> str:
    return words.plural(
        N_("{n} call of `{name}` is read again."),
        N_("{n} calls of `{name}` are read again."),
        fact.number,
        name=fact.short,
    )


def _previewed(fact: Preview, words: Phrases) -> str:
    what = words(N_("the sample `{name}`"), name=fact.sample) if fact.sample else ""
    what = what or words(N_("the last call"))
    if fact.refused:
        text = N_("{app} could not read {what}: {why}")
        return words(text, app=fact.app.name, what=what, why=quoted(fact.refused))
    if fact.ignored:
        text = N_("{what} says nothing that is told: {why}")
        return words(text, what=_capital(what), why=quoted(fact.ignored))
    if fact.why:
        text = N_("{what} is not told: {why}.")
        return words(text, what=_capital(what), why=words(REASONS.get(fact.why, fact.why)))
    if not fact.posts:
        return words(N_("{what} changes a card, and says nothing else."), what=_capital(what))
    heading = words(N_("So {what} would look with `{name}`:"), what=what, name=fact.short)
    return "\n\n".join([heading, *map(_as_quote, fact.posts)])


def _on_its_way(fact: OnItsWay, words: Phrases) -> str:
    text = N_("It is on its way to {app}: {number}. What fails is told here.")
    return words(text, app=fact.app, number=quoted(fact.number))


def _forgotten(fact: Forgotten, words: Phrases) -> str:
    said = words.plural(
        N_("{n} message in **{group}** is being taken back."),
        N_("{n} messages in **{group}** are being taken back."),
        fact.messages,
        group=quoted(fact.group),
    )
    closing = words(
        N_(
            "What its app says of it from now on is not told. What people wrote below the card stays: "
            "it is theirs."
        )
    )
    return f"{said} {closing}"


def _as_quote(body: str) -> str:
    """Return what would be sent as a quotation, cut, line by line as it stands."""
    lines = body[:_LONGEST_POST].splitlines()[:_MOST_LINES]
    return "  \n".join(f"> {quoted(line)}" for line in lines if line.strip())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


REPLIES: Mapping[type, Reply] = {
    Steered: _steered,
    OptionsStand: _options,
    ConnectionShown: _shown,
    SecretRotated: _rotated,
    SchemeChosen: _scheme_chosen,
    PutAside: _put_aside,
    ReadAgain: _read_again,
    Preview: _previewed,
    MappingStands: mapping_stands,
    Connected: _connected,
    ConnectionList: _listed,
    TestSent: _tested,
    OnItsWay: _on_its_way,
    Forgotten: _forgotten,
}
