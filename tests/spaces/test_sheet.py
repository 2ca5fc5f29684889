"""A file of groups: every fault at once with its line, and the same file from what it made."""

import re
from dataclasses import replace

import pytest

from appservice.ids import RoomId, UserId
from appservice.languages import Language, phrases
from spaces.applying import Applying, sheet_of
from spaces.kinds import built_in_kinds
from spaces.model import Group
from spaces.sheet import Unreadable, read_sheet, write_sheet
from spaces.vocabulary import Access, Role

_APPLYING = Applying(kinds=built_in_kinds(), server_name="example.org", key=b"k" * 32)

_GOOD = """
groups:
  - slug: site-de-lyon
    name: Site de Lyon
    kind: place
    rule: site = Lyon
    owners: [claire]
    charter:
      purpose: La vie du site.
      review: 2027-01-31
  - slug: cantine
    name: Cantine
    kind: topic
    parent: site-de-lyon
    labels: [menu, "à table"]
  - slug: cession
    name: Cession
    kind: project
    access: secret
    charter: {reason: Il y va du prix.}
    owners: ["@thomas:example.org"]
    ends: 2027-03-31
"""

_BAD = """
groups:
  - slug: un
    name: Un
    kind: guild
  - slug: Deux Mots
    name: "  "
    kind: topic
    owners: [ana, "@eve:elsewhere.org", "@:x"]
  - slug: trois
    name: Trois
    kind: topic
    parent: quatre
  - slug: quatre
    name: Quatre
    kind: topic
    parent: trois
  - slug: un
    name: Encore
    kind: topic
    parent: nulle-part
    rule: site Lyon
"""


def _standing(changes) -> list[Group]:
    """Return the groups that stand after the changes."""
    return [
        Group(change.after, RoomId(f"!s{number}"), RoomId(f"!p{number}"), RoomId(f"!c{number}"))
        for number, change in enumerate(changes)
    ]


def test_every_fault_is_named_at_once_with_its_line():
    with pytest.raises(Unreadable) as caught:
        _APPLYING.changes(read_sheet(_BAD), [])

    found = [(fault.line, fault.what.partition(":")[0]) for fault in caught.value.faults]
    assert found == [
        (5, "kind"),
        (6, "slug"),
        (7, "name"),
        (9, "owners"),
        (9, "owners"),
        (13, "parent"),
        (17, "parent"),
        (18, "slug"),
        (21, "parent"),
        (22, "rule"),
    ]


def test_what_has_not_its_form_hides_no_other_fault():
    text = """groups:
  - {slug: un, name: [Un], kind: guild, labels: x, onyl.y: 1, access: closed}
  - slug: deux
    kind: topic
    parent: un
    owners: ["@eve:elsewhere.org"]
    connections:
      - {app: github, paused: maybe}
      - {name: code, app: github, options: {only: {}}, colour: red}
  - {slug: un, name: Trois, kind: topic, charter: {reviw: 1, review: soon}}
"""

    with pytest.raises(Unreadable) as caught:
        _APPLYING.changes(read_sheet(text), [])

    # What a connection without a name is, nobody can say: none of its group is judged by more.
    assert read_sheet(text).groups[1].connections is None
    found = [str(fault) for fault in caught.value.faults]
    assert found == str(caught.value).splitlines()
    assert sorted(re.split(r": [A-Z]", one)[0] for one in found) == [
        "line 10: charter.review",
        "line 10: charter.reviw",
        "line 10: slug: un stands twice",
        "line 2: access",
        "line 2: kind: guild is none of general, place, function, product, project, topic, visibility",
        "line 2: labels",
        "line 2: name",
        "line 2: onyl.y",
        "line 3",  # It has no name.
        "line 6: owners: @eve:elsewhere.org is not an account of example.org",
        "line 8: connections.0",
        "line 8: connections.0.paused",
        "line 9: connections.1.colour",
        "line 9: connections.1.options",
    ]


def _faults(text: str, standing=()) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        _APPLYING.changes(read_sheet(text), standing)
    return [str(fault) for fault in caught.value.faults]


def test_a_circle_is_one_also_where_a_part_of_it_stands_already():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    lyon = "groups:\n- {slug: site-de-lyon, name: Site de Lyon, kind: place, parent: %s}\n"
    free = lyon % "cantine" + "- {slug: cantine, name: Cantine, kind: topic, parent: ''}\n"

    assert _faults(lyon % "cantine", standing) == [
        "line 2: parent: a circle, site-de-lyon → cantine → site-de-lyon"
    ]
    assert _faults(lyon % "site-de-lyon", standing) == [
        "line 2: parent: a circle, site-de-lyon → site-de-lyon"
    ]
    assert [one.needed for one in _APPLYING.changes(read_sheet(free), standing)] == [True, True]


def test_below_a_secret_group_stand_secret_ones_alone():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    hung = _GOOD.replace("parent: site-de-lyon", "parent: cession")
    secret = _GOOD + "  - {slug: prix, name: Prix, kind: topic, access: secret, parent: cession,\n"
    secret += "     charter: {reason: Lui aussi}}\n"
    fault = "line 14: parent: cession is secret; below it only secret groups can stand"

    assert _faults(hung) == _faults(hung, standing) == [fault]
    assert len(_APPLYING.changes(read_sheet(secret), [])) == 4


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("kind: topic, access: private", "charter.reason: say why the group is private"),
        ("kind: topic, access: secret", "charter.reason: say why the group is secret"),
        ("kind: general, chat: true", "chat: a group of kind general has no chat room"),
        ("kind: general, guests: [zoe]", "guests: a group of kind general has none"),
    ],
)
def test_a_file_makes_no_group_that_the_bot_would_not_make(fields, fault):
    assert _faults(f"groups:\n- {{slug: un, name: Un, {fields}}}\n") == [f"line 2: {fault}"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("groups: [", 1, "not YAML"),
        ("- a\n- b\n", 1, "there must be"),
        ("groups: []\nother: 1\n", 2, "unknown: other"),
        ("groups:\n  - slug: a\n    name: A\n    kind: topic\n    colour: red\n", 5, "colour"),
        ("groups:\n  - slug: a\n    name: [A]\n    kind: topic\n", 3, "name"),
        ("groups:\n  - slug: a\n    kind: topic\n", 2, "Object missing"),
        ("groups:\n  - slug: a\n    name: A\n    kind: topic\n    access: closed\n", 5, "access"),
        ("groups:\n  - just text\n", 2, "a group must hold"),
    ],
)
def test_what_is_no_sheet_of_groups_says_where(text, line, what):
    with pytest.raises(Unreadable) as caught:
        _APPLYING.changes(read_sheet(text), [])

    assert (caught.value.faults[0].line, what in caught.value.faults[0].what) == (line, True)


def test_the_same_file_again_changes_nothing():
    first = _APPLYING.changes(read_sheet(_GOOD), [])
    again = _APPLYING.changes(read_sheet(_GOOD), _standing(first))

    assert [change.needed for change in first] == [True, True, True]
    assert [change.needed for change in again] == [False, False, False]


def test_parents_come_before_their_children():
    text = _GOOD.replace("slug: site-de-lyon", "slug: x").replace(
        "parent: site-de-lyon", "parent: zz"
    )
    text += "  - {slug: zz, name: Zz, kind: topic}\n"
    names = [change.after.name for change in _APPLYING.changes(read_sheet(text), [])]

    assert names.index("Zz") < names.index("Cantine")


def test_an_exported_file_declares_what_stands():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    slugs = {group.declaration.uuid: group.slug for group in standing}
    shown = [group for group in standing if group.declaration.access is not Access.SECRET]
    exported = write_sheet(
        [
            sheet_of(
                group.declaration,
                parent=slugs.get(group.declaration.parent, ""),
                server_name="example.org",
            )
            for group in shown
        ]
    )

    again = _APPLYING.changes(read_sheet(exported), standing)
    assert [change.needed for change in again] == [False, False]
    assert "claire" in exported
    assert "{" not in exported


def test_what_a_file_does_not_say_stays():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    kept = (*standing[0].declaration.roles, (UserId("@zoe:example.org"), Role.POSTER))
    standing[0] = replace(
        standing[0], declaration=replace(standing[0].declaration, roles=kept, labels=("plan",))
    )
    [change, *_] = _APPLYING.changes(read_sheet(_GOOD), standing)

    assert change.after.roles == kept
    assert change.after.labels == ("plan",)


def test_a_secret_groups_address_is_guessed_by_nobody_and_the_same_at_each_try():
    first, second = (_APPLYING.changes(read_sheet(_GOOD), [])[2].after.slug for _ in range(2))
    other = Applying(kinds=built_in_kinds(), server_name="example.org", key=b"o" * 32)

    assert first == second
    assert first.startswith("cession-") and len(first) > len("cession-") + 15
    assert other.changes(read_sheet(_GOOD), [])[2].after.slug != first


def test_a_slug_that_a_secret_group_has_is_as_free_as_any():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    hidden = standing[2].declaration.slug
    child = f"groups:\n  - {{slug: a, name: A, kind: topic, parent: {hidden}}}\n"
    nowhere = child.replace(hidden, "cession-0123456789abcdef")

    said = []
    for text in (child, nowhere):
        with pytest.raises(Unreadable) as caught:
            _APPLYING.changes(read_sheet(text), standing)
        said.append(caught.value.faults[0].what.replace(hidden, "X"))
    assert said[0] == said[1].replace("cession-0123456789abcdef", "X")


@pytest.mark.parametrize(
    ("before", "after"),
    [("access: secret", "access: open"), ("parent: site-de-lyon", "access: secret")],
)
def test_no_group_that_stands_becomes_secret_or_known(before, after):
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))

    with pytest.raises(Unreadable) as refused:
        _APPLYING.changes(read_sheet(_GOOD.replace(before, after)), standing)

    assert [fault.what.partition(":")[0] for fault in refused.value.faults] == ["access"]


def test_a_difference_is_told_in_words():
    standing = _standing(_APPLYING.changes(read_sheet(_GOOD), []))
    text = _GOOD.replace("name: Cantine", "name: La cantine")
    change = next(one for one in _APPLYING.changes(read_sheet(text), standing) if one.needed)

    assert "Cantine → La cantine" in change.told(phrases(Language.FR))


def test_of_a_new_group_is_told_what_its_charter_leaves_open():
    answers = ", ".join(f"{name}: x" for name in ("audience", "needs", "relief"))
    text = _GOOD.replace("    labels: [menu", f"    charter: {{{answers}}}\n    labels: [menu")
    _, some, _ = _APPLYING.changes(read_sheet(text), [])
    text = text.replace("relief: x", "relief: x, obstacles: x")
    _, all_of_it, _ = _APPLYING.changes(read_sheet(text), [])

    assert some.told(phrases(Language.EN)).splitlines() == [
        "new group “Cantine”",
        "  its charter does not say yet: What stands in their way?",
    ]
    assert all_of_it.told(phrases(Language.EN)) == "new group “Cantine”"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("onyl: 1", "line 8: connections.1.onyl: Object contains unknown field `onyl`"),
        ("paused: maybe", "line 8: connections.1.paused: Expected `bool | null`, got `str`"),
        ("options: {only: {}}", "line 8: connections.1.options"),
        ("scheme: url", "line 6: connections.1: Object missing required field `app`"),
    ],
)
def test_a_fault_of_a_connection_is_named_with_its_own_line(wrong: str, said: str):
    text = f"""groups:
  - slug: un
    name: Un
    kind: topic
    connections: [
      {{name: code, app: github}}, {{name: x,
      {"" if wrong.startswith("scheme") else "app: rss,"}
      {wrong}}}]
"""

    with pytest.raises(Unreadable) as faults:
        _APPLYING.changes(read_sheet(text), [])
    assert str(faults.value).startswith(said)


def test_connections_are_written_as_they_are_read():
    text = """groups:
- slug: un
  name: Un
  kind: topic
  connections:
  - name: code
    app: github
    scheme: hmac
    paused: true
    options:
      only:
      - issues.*
      bots: false
      renew_days: 0
    secret_file: code.secret
"""

    assert write_sheet(read_sheet(text).groups) == text
