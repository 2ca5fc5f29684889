"""What the bot says about groups and members."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.ids import localpart
from appservice.languages import N_, Phrases
from spaces.commands import GroupCreated, GroupList, GroupShown, MemberAdded, MemberRemoved
from spaces.kinds import KINDS
from spaces.model import Access, Group

_ACCESS = {
    Access.OPEN: N_("open"),
    Access.PRIVATE: N_("private"),
    Access.SECRET: N_("secret"),
}


def _line(group: Group, words: Phrases) -> str:
    declared = group.declaration
    kind = KINDS[declared.kind].names[words.language] if declared.kind in KINDS else declared.kind
    return f"**{quoted(group.name)}** (`{group.slug}`): {kind}, {words(_ACCESS[declared.access])}"


def _created(fact: GroupCreated, words: Phrases) -> str:
    return words(
        N_(
            "The group **{name}** stands; its address is `{slug}`. You are its owner: accept the "
            "three invitations. Next: `member add {slug} PERSON`, or `connect github {slug}`."
        ),
        name=quoted(fact.group.name),
        slug=fact.group.slug,
    )


def _listed(fact: GroupList, words: Phrases) -> str:
    if not fact.groups:
        return words(N_("There is no group yet."))
    return "\n".join(f"- {_line(group, words)}" for group in fact.groups)


def _shown(fact: GroupShown, words: Phrases) -> str:
    parts = [_line(fact.group, words)]
    if fact.group.declaration.charter:
        parts.append(quoted(fact.group.declaration.charter))
    if fact.people is not None:
        people = ", ".join(quoted(name) for name in fact.people[:50]) or words(N_("nobody yet"))
        parts.append(words(N_("People: {people}"), people=people))
    return "\n\n".join(parts)


def _added(fact: MemberAdded, words: Phrases) -> str:
    return words(
        N_("{person} is invited to **{group}**."),
        person=quoted(localpart(fact.user_id)),
        group=quoted(fact.group.name),
    )


def _removed(fact: MemberRemoved, words: Phrases) -> str:
    return words(
        N_("{person} is no longer in **{group}**."),
        person=quoted(localpart(fact.user_id)),
        group=quoted(fact.group.name),
    )


REPLIES: Mapping[type, Reply] = {
    GroupCreated: _created,
    GroupList: _listed,
    GroupShown: _shown,
    MemberAdded: _added,
    MemberRemoved: _removed,
}
