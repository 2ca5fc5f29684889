"""People from LDAP: what its entries say, and a real OpenLDAP server where one is installed."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from parvis.demo.synapse import free_port
from spaces.rosters.entries import SourceFailed
from spaces.rosters.ldap import LdapSettings, LdapSource, entry_of
from spaces.rosters.mapping import PeopleRules
from tests.harness.ldap import BASE, PASSWORD, READER, person, running_ldap, slapd

_SETTINGS = LdapSettings(
    url="",
    start_tls=False,
    ca_certificates="",
    bind_dn=READER,
    password=PASSWORD,
    base=f"ou=people,{BASE}",
    filter="(objectClass=inetOrgPerson)",
    username="uid",
    name="cn",
    email="mail",
    more=("l", "title", "memberOf", "jpegPhoto"),
    page_size=40,
)

_real = pytest.mark.skipif(
    slapd() is None or find_spec("bonsai") is None,
    reason="needs an OpenLDAP server (slapd), and the extra ldap, which is built with its headers",
)


def test_an_entry_says_who_somebody_is_and_what_groups_they_have():
    found = {
        "dn": ["ignored"],
        "UID": ["ana"],
        "cn": ["Ana Díaz", "Nana"],
        "mail": ["ana@example.org"],
        "l": ["Lyon"],
        "jpegPhoto": [b"\xff\xd8"],
        "memberOf": [
            "cn=Quai 2,ou=groups,dc=firm",
            r"cn=Achats\, Lyon,ou=groups,dc=firm",
            r"cn=\C3\89quipe+ou=x,dc=firm",
        ],
    }

    entry = entry_of("uid=ana,ou=people", found, _SETTINGS)

    assert entry.place == "uid=ana,ou=people"
    assert entry.attributes["username"] == ("ana",)
    assert entry.first("name") == "Ana Díaz"
    assert entry.first("email") == "ana@example.org"
    assert entry.first("active") == "yes"
    assert entry.attributes["l"] == ("Lyon",)
    assert entry.attributes["group"] == ("Quai 2", "Achats, Lyon", "Équipe")
    assert entry.attributes["jpegPhoto"] == ()


@pytest.mark.parametrize(
    ("found", "active"),
    [
        ({"userAccountControl": [512]}, "yes"),
        ({"userAccountControl": ["514"]}, "no"),
        ({"useraccountcontrol": ["66050"]}, "no"),
        ({"nsAccountLock": ["TRUE"]}, "no"),
        ({"nsAccountLock": [True]}, "no"),
        ({"nsAccountLock": ["false"]}, "yes"),
        ({}, "yes"),
    ],
)
def test_an_account_that_is_switched_off_counts_as_gone(found, active):
    assert entry_of("", found, _SETTINGS).first("active") == active


def test_nothing_is_asked_for_that_is_not_needed():
    assert _SETTINGS.asked == [
        *("uid", "cn", "mail", "l", "title", "memberOf", "jpegPhoto"),
        *("userAccountControl", "nsAccountLock"),
    ]


@pytest.fixture
async def ldap(tmp_path):
    people = [person(f"p{n:03}", mail=f"p{n:03}@example.org", l="Lyon") for n in range(130)]
    people += [person("ana", cn="Ana Díaz", title="Acheteuse")]
    async with running_ldap(tmp_path, (free_port(), free_port()), people) as server:
        yield server


@_real
@pytest.mark.parametrize("way", ["plain", "start_tls", "ldaps"])
async def test_everybody_is_read_page_by_page(ldap, way):
    settings = replace(
        _SETTINGS,
        url=ldap.secure_url if way == "ldaps" else ldap.url,
        start_tls=way == "start_tls",
        ca_certificates=str(ldap.authority),
    )

    people = PeopleRules("example.org").roster(await LdapSource(settings).read()).people

    assert len(people) == 131
    assert people[7].user_id == "@p007:example.org"
    assert people[7].attributes["l"] == ("Lyon",)
    assert people[-1].name == "Ana Díaz"
    assert people[-1].attributes["title"] == ("Acheteuse",)


@_real
async def test_a_filter_says_who_counts(ldap):
    settings = replace(_SETTINGS, url=ldap.url, filter="(title=*)")

    assert [one.first("username") for one in await LdapSource(settings).read()] == ["ana"]


@_real
@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"password": "wrong"}, "bind_dn and password"),
        ({"base": f"ou=nowhere,{BASE}"}, "nothing at directory.ldap.base"),
        ({"filter": "(uid="}, "directory.ldap.filter"),
        ({"page_size": 1000}, "lower directory.ldap.page_size"),
        ({"start_tls": True}, "ca_certificates"),
    ],
)
async def test_what_is_wrong_is_named_with_its_remedy(ldap, change, remedy):
    settings = replace(_SETTINGS, url=ldap.url, **change)

    with pytest.raises(SourceFailed, match=remedy):
        await LdapSource(settings).read()


@_real
async def test_a_server_that_is_away_is_a_failed_reading():
    settings = replace(_SETTINGS, url=f"ldap://localhost:{free_port()}")

    with pytest.raises(SourceFailed, match=r"directory\.ldap\.url"):
        await LdapSource(settings).read()
