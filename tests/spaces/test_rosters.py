"""From a file to people: every fault at once, accounts by a template, and a guard against forgetting."""

from dataclasses import replace

import pytest

from appservice.errors import FileFaults
from appservice.ids import UserId
from spaces.people import DirectoryPerson
from spaces.rosters.entries import Entry
from spaces.rosters.file import FileSource, read_csv, read_yaml
from spaces.rosters.guard import Loss, loss
from spaces.rosters.mapping import PeopleRules

_RULES = PeopleRules("example.org")

_SPREADSHEET = (
    "\ufeffusername;name;email;site;trade;active\r\n"
    'ana;"Ana ""Nana"" Díaz";ana@example.org;Lyon;Achats | Stocks;\r\n'
    "\r\n"
    'zoe;"Zoé\r\nsur deux lignes";;Bron;;non\r\n'
    "max;Max\r\n"
)

_YAML = """
people:
  - username: ana
    name: Ana Díaz
    site: Lyon
    trade: [Achats, Stocks]
    badge: 0123
  - {username: zoe, active: no, site: ~}
"""


def _told(*entries: Entry, rules: PeopleRules = _RULES) -> tuple[str, ...]:
    return rules.roster(entries).faults


async def test_a_spreadsheet_is_read_as_it_was_saved(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(_SPREADSHEET.encode())

    entries = await FileSource(path).read()
    roster = _RULES.roster(entries)

    assert roster.faults == ()
    assert [entry.place for entry in entries] == ["line 2", "line 4", "line 6"]
    ana, zoe, max_ = roster.people
    assert (ana.user_id, ana.name) == ("@ana:example.org", 'Ana "Nana" Díaz')
    assert (ana.email, ana.active) == ("ana@example.org", True)
    assert ana.attributes == {
        "username": ("ana",),
        "site": ("Lyon",),
        "trade": ("Achats", "Stocks"),
    }
    assert (zoe.active, max_.active) == (False, True)


def test_yaml_values_are_texts_whatever_they_look_like():
    ana, zoe = _RULES.roster(read_yaml(_YAML)).people

    assert ana.attributes["badge"] == ("0123",)
    assert ana.attributes["trade"] == ("Achats", "Stocks")
    assert zoe.active is False
    assert zoe.attributes == {"username": ("zoe",), "site": ()}


@pytest.mark.parametrize(
    ("read", "text", "faults"),
    [
        (read_csv, "", ["line 1: the file is empty"]),
        (
            read_csv,
            "username,site,Site\nana,Lyon,Lyon,Bron\nzoe\nmax,a,b,c,d\n",
            [
                "line 1: two columns are called Site",
                "line 2: 4 cells under 3 headings",
                "line 4: 5 cells under 3 headings",
            ],
        ),
        (read_csv, 'username;name\nana;"Ana\nzoe;Zoé\n', ["line 2: unexpected end of data"]),
        (read_yaml, "people: [", ["line 1: not YAML"]),
        (read_yaml, "- ana", ["line 1: there must be a list of `people`"]),
        (
            read_yaml,
            "people:\n  - ana\n  - username: zoe\n    site: {a: b}\n    username: x\nstaff: all\n",
            [
                "line 2: a person must hold fields, like username",
                "line 4: site must be a text or a list of texts",
                "line 5: username cannot stand here",
                "line 6: unknown: staff",
            ],
        ),
    ],
)
def test_every_fault_of_form_is_named_at_once_with_its_line(read, text, faults):
    with pytest.raises(FileFaults) as error:
        read(text)

    told = str(error.value).splitlines()
    assert [line[: len(fault)] for line, fault in zip(told, faults, strict=True)] == faults


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"username;name\nana;Ana\nzoe;Zo\xe9\n", "line 3: not UTF-8 text"),
        (b"username;name\nana;A\0na\n", "line 2: holds a NUL"),
    ],
)
async def test_what_is_no_text_is_refused_with_its_line(tmp_path, raw, fault):
    path = tmp_path / "people.csv"
    path.write_bytes(raw)

    with pytest.raises(FileFaults, match=fault):
        await FileSource(path).read()


def test_every_entry_that_makes_no_account_is_named_with_its_place():
    faults = _told(
        Entry("line 2", {"username": ("Ana",)}),
        Entry("line 3", {"username": ("ana",)}),
        Entry("line 4", {"name": ("Zoé",)}),
        Entry("line 5", {"username": ("zoé d",)}),
        Entry("line 6", {"username": ("max",), "active": ("perhaps",)}),
        Entry("line 7", {"username": ("x" * 300,)}),
    )

    assert [fault.split(":")[0] for fault in faults] == [f"line {n}" for n in (3, 4, 5, 6, 7)]
    assert "is line 2 already" in faults[0]
    assert "has no username" in faults[1]
    assert "is no account" in faults[2]
    assert "active must be yes or no" in faults[3]


def test_a_template_makes_accounts_of_what_a_directory_has():
    entry = Entry("1", {"email": ("Ana.Diaz@example.org",), "Office": ("Lyon",), "login": ("ad7",)})
    by_mail = replace(_RULES, accounts="@{mailbox}:{server}")
    by_login = replace(_RULES, accounts="@staff-{Login}:{server}", renamed={"site": ("office",)})
    elsewhere = replace(_RULES, accounts="@{login}:other.org")

    assert by_mail.roster([entry]).people[0].user_id == "@ana.diaz:example.org"
    person = by_login.roster([entry]).people[0]
    assert person.user_id == "@staff-ad7:example.org"
    assert person.attributes == {"login": ("ad7",), "site": ("Lyon",)}
    assert "is not an account of example.org" in _told(entry, rules=elsewhere)[0]


def test_a_rule_says_who_is_staff():
    rules = replace(_RULES, staff="type != service and contract != external")
    people = rules.roster(
        [
            Entry("1", {"username": ("ana",)}),
            Entry("2", {"username": ("backup",), "type": ("Service",)}),
            Entry("3", {"username": ("eve",), "contract": ("external",)}),
        ]
    ).people

    assert [person.staff for person in people] == [True, False, False]
    assert [key for key, _ in replace(_RULES, staff="site Lyon", accounts="ana").faults()] == [
        "accounts",
        "staff",
    ]


def _people(number: int, **attributes: tuple[str, ...]) -> list[DirectoryPerson]:
    return [
        DirectoryPerson(UserId(f"@p{n}:example.org"), attributes=attributes) for n in range(number)
    ]


def test_a_directory_that_forgets_people_is_doubted():
    before = _people(40, site=("Lyon",))

    assert loss(before, before[8:], percent=20) is None
    assert loss(before, before[9:], percent=20) == Loss(9, 40)
    left = [replace(person, active=False) for person in before[:10]]
    assert loss(before, [*left, *before[10:]], percent=20) == Loss(10, 40)
    nobody_is_staff = [replace(person, staff=False) for person in before]
    assert loss(before, nobody_is_staff, percent=20) == Loss(40, 40)
    assert loss(before, _people(40), percent=20) == Loss(40, 40, "site")
    # Four of five is a small firm's bad week, no accident of a directory.
    assert loss(before[:5], before[:1], percent=20) is None
    assert loss([], before, percent=20) is None
