"""A dozen answers become a file of groups that `apply` takes, with a word where it copies the org chart."""

import pytest
from click.testing import CliRunner

from appservice.errors import FileFaults
from parvis.cli import main
from spaces.applying import Applying
from spaces.blueprint import mirrored, plan_of, read_answers
from spaces.kinds import built_in_kinds
from spaces.sheet import read_sheet, write_sheet

_MIXED = """
organization: Ateliers de Givors
owner: claire
sites: [Lyon, Saint Étienne, Lyon]
trades: [Acheteurs, Soudure]
products: [Pompe P4]
projects: [{name: Nouvel atelier, ends: 2027-03-31}, Déménagement]
topics: [Vélo]
press: true
departments: [Acheteurs, Direction, Comptabilité]
"""
_MIRROR = """
organization: Ateliers de Givors
trades: [Achats, Ventes, Production, Comptabilité]
departments: [Achats, ventes, Production, comptabilite]
language: en
"""


def test_the_plan_is_a_file_that_apply_takes_and_always_the_same():
    plan = plan_of(read_answers(_MIXED), built_in_kinds())
    text = write_sheet(plan.groups)
    applying = Applying(kinds=built_in_kinds(), server_name="example.org", key=b"k" * 32)
    changes = applying.changes(read_sheet(text), [])
    standing = {change.after.slug: change.after for change in changes}

    assert len(standing) == 11
    assert {"site-de-lyon", "site-de-lyon-2", "pompe-p4", "on-parle-de-nous"} <= set(standing)
    assert standing["site-de-saint-etienne"].rule == 'site = "Saint Étienne"'
    assert standing["nouvel-atelier"].ends.isoformat() == "2027-03-31"
    assert standing["toute-la-maison"].landmark
    assert write_sheet(plan_of(read_answers(_MIXED), built_in_kinds()).groups) == text
    assert plan.warnings == ("Sans dernier jour\u00a0: Déménagement.",)


def test_a_plan_that_copies_the_org_chart_is_told_so():
    plan = plan_of(read_answers(_MIRROR), built_in_kinds())

    assert "100% of these groups are departments" in plan.warnings[0]
    assert mirrored(["Achats", "Lyon"], ["achats"]) == 0.5
    assert mirrored([], ["achats"]) == mirrored(["Achats"], []) == 0


def test_the_command_prints_the_plan_and_its_warnings_apart(tmp_path):
    good, bad = tmp_path / "answers.yaml", tmp_path / "bad.yaml"
    good.write_text(_MIRROR, "utf-8")
    bad.write_text("organization: 3\n", "utf-8")
    done = CliRunner().invoke(main, ["blueprint", str(good)])
    refused = CliRunner().invoke(main, ["blueprint", str(bad)])

    assert done.exit_code == 0
    assert read_sheet(done.stdout).groups[0].kind == "general"
    assert "departments" in done.stderr
    assert refused.exit_code == 2
    assert refused.stdout == ""
    with pytest.raises(FileFaults):
        read_answers("[1, 2]")
