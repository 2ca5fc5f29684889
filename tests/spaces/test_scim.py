"""An identity provider pushes people by SCIM: what Entra ID and Okta send, and what nobody should."""

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest

from spaces.rosters.scim.pace import Pace
from tests.harness.house import open_house
from tests.harness.wait import until

_TOKEN = "a-token-for-the-provider"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PARVIS = "urn:ietf:params:scim:schemas:extension:parvis:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class _Provider:
    """Calls as an identity provider makes them."""

    def __init__(self, house, session: aiohttp.ClientSession) -> None:
        self.house = house
        self.session = session

    async def call(self, method: str, path: str, body=None, *, token: str = _TOKEN, **query: str):
        """Return status and answer."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        address = f"{self.house.url}/scim/v2{path}"
        async with self.session.request(
            method, address, data=raw and io.BytesIO(raw), headers=headers, params=query
        ) as answer:
            text = await answer.text()
            if text:
                assert answer.content_type == "application/scim+json"
            return answer.status, json.loads(text) if text else {}

    async def patch(self, path: str, *operations: dict[str, Any]):
        return await self.call("PATCH", path, {"schemas": [_PATCH], "Operations": operations})

    async def make(self, username: str, **more: Any) -> str:
        """Return the id of a new user, pushed as Entra does it."""
        body = {
            "schemas": [_USER, _ENTERPRISE],
            "externalId": f"ext-{username}",
            "userName": username,
            "active": True,
            "emails": [{"primary": True, "type": "work", "value": f"{username}@corp.local"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": f"{username} Diaz", "familyName": "Diaz", "givenName": username},
            "roles": [],
            **more,
        }
        status, made = await self.call("POST", "/Users", body)
        assert status == 201, made
        return made["id"]

    async def knows(self, username: str, **wanted: Any) -> None:
        """Wait until a person is known with these attributes (and `active`, `name`)."""
        store = self.house.app.spaces.people
        user_id = f"@{username}:{self.house.homeserver.server_name}"

        async def known() -> bool:
            people = {person.user_id: person for person in await store.all()}
            person = people.get(user_id)
            return person is not None and all(
                getattr(person, name, None) == value or person.attributes.get(name) == value
                for name, value in wanted.items()
            )

        await until(known, f"{user_id} is known with {wanted}")


@pytest.fixture
async def provider(homeserver, tmp_path):
    settings = f"directory: {{source: scim, scim: {{token: '{_TOKEN}'}}}}"
    async with (
        open_house(tmp_path, homeserver, settings=settings) as house,
        aiohttp.ClientSession() as session,
    ):
        yield _Provider(house, session)


async def test_entra_looks_a_person_up_makes_them_changes_them_and_switches_them_off(provider):
    empty = await provider.call("GET", "/Users", filter='userName eq "ana"')
    ana = await provider.make("Ana", **{_ENTERPRISE: {"department": "Achats"}})
    await provider.knows("ana", active=True, name="Ana Diaz", department=("Achats",))
    found = await provider.call("GET", "/Users", filter='userName eq "ANA"')
    by_id = await provider.call("GET", "/Users", filter='externalId eq "ext-Ana"')
    status, changed = await provider.patch(
        f"/Users/{ana}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ana@example.org"},
        {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Lyon"},
        {"op": "Replace", "path": f"{_ENTERPRISE}:department", "value": "Stocks"},
        {"op": "Add", "path": f"{_ENTERPRISE}:manager", "value": "26118915-6090"},
        {"op": "Add", "path": f"{_PARVIS}:site", "value": "Lyon"},
        {"op": "Replace", "value": {"displayName": "Ana D.", "name.familyName": "D."}},
    )
    await provider.knows("ana", name="Ana D.", department=("Stocks",), site=("Lyon",))
    await provider.knows("ana", email="ana@example.org", locality=("Lyon",))
    off = await provider.patch(
        f"/Users/{ana}", {"op": "Replace", "path": "active", "value": "False"}
    )
    await provider.knows("ana", active=False)

    assert empty == (200, {**empty[1], "totalResults": 0, "Resources": []})
    assert [one["id"] for one in found[1]["Resources"]] == [ana]
    assert [one["id"] for one in by_id[1]["Resources"]] == [ana]
    assert (status, changed["name"]["familyName"]) == (200, "D.")
    assert changed["meta"]["location"].endswith(f"/scim/v2/Users/{ana}")
    assert (off[0], off[1]["active"]) == (200, False)


async def test_okta_replaces_a_person_and_switches_them_off_and_on(provider):
    zoe = await provider.make("zoe", title="Cariste")
    await provider.knows("zoe", title=("Cariste",))
    body = {"schemas": [_USER], "id": zoe, "userName": "zoe", "active": True, "title": "Cheffe"}
    replaced = await provider.call("PUT", f"/Users/{zoe}", {**body, "groups": [], "meta": {}})
    off = await provider.patch(f"/Users/{zoe}", {"op": "replace", "value": {"active": False}})
    await provider.knows("zoe", title=("Cheffe",), active=False)
    on = await provider.patch(f"/Users/{zoe}", {"op": "replace", "value": {"active": True}})
    await provider.knows("zoe", active=True)

    assert replaced[0] == off[0] == on[0] == 200
    assert "emails" not in replaced[1]


async def test_groups_are_what_rules_may_ask_for(provider):
    ana, zoe = await provider.make("ana"), await provider.make("zoe")
    body = {"schemas": [_GROUP], "displayName": "Quai 2", "members": [{"value": ana}]}
    status, made = await provider.call("POST", "/Groups", body)
    path = f"/Groups/{made['id']}"
    await provider.knows("ana", group=("Quai 2",))
    await provider.patch(path, {"op": "Add", "path": "members", "value": [{"value": zoe}]})
    await provider.knows("zoe", group=("Quai 2",))
    await provider.patch(path, {"op": "Remove", "path": "members", "value": [{"value": ana}]})
    renamed = await provider.patch(
        path, {"op": "replace", "value": {"id": made["id"], "displayName": "Quai 3"}}
    )
    await provider.knows("zoe", group=("Quai 3",))
    removed = await provider.patch(path, {"op": "remove", "path": f'members[value eq "{zoe}"]'})
    without = await provider.call("GET", path, excludedAttributes="members")
    found = await provider.call("GET", "/Groups", filter='displayName eq "quai 3"')
    gone = await provider.call("DELETE", path)

    assert (status, renamed[0], removed[0], gone[0]) == (201, 200, 200, 204)
    assert removed[1].get("members", []) == []
    assert "members" not in without[1]
    assert found[1]["totalResults"] == 1
    assert (await provider.call("GET", path))[0] == 404


async def test_a_deleted_person_is_gone_everywhere(provider):
    ana = await provider.make("ana")
    body = {"schemas": [_GROUP], "displayName": "Quai", "members": [{"value": ana}]}
    _, group = await provider.call("POST", "/Groups", body)
    await provider.knows("ana", active=True)
    deleted = await provider.call("DELETE", f"/Users/{ana}")
    await provider.knows("ana", active=False)

    assert deleted[0] == 204
    assert (await provider.call("GET", f"/Users/{ana}"))[0] == 404
    assert (await provider.call("DELETE", f"/Users/{ana}"))[0] == 404
    left = await provider.call("GET", f"/Groups/{group['id']}")
    assert left[1].get("members", []) == []


async def test_lists_come_in_pages_and_by_any_filter(provider):
    for name in ("p1", "p2", "p3", "p4", "p5"):
        await provider.make(name, title="Cariste" if name < "p4" else "Acheteuse")

    _, second = await provider.call("GET", "/Users", startIndex="3", count="2")
    _, none = await provider.call("GET", "/Users", count="0")
    _, buyers = await provider.call(
        "GET", "/Users", filter='title eq "acheteuse" and active eq true'
    )

    assert [one["userName"] for one in second["Resources"]] == ["p3", "p4"]
    assert (second["totalResults"], second["startIndex"], second["itemsPerPage"]) == (5, 3, 2)
    assert (none["totalResults"], none["Resources"]) == (5, [])
    assert sorted(one["userName"] for one in buyers["Resources"]) == ["p4", "p5"]


async def test_the_service_describes_itself(provider):
    _, config = await provider.call("GET", "/ServiceProviderConfig")
    _, types = await provider.call("GET", "/ResourceTypes")
    _, schemas = await provider.call("GET", "/Schemas")
    one = await provider.call("GET", f"/Schemas/{_PARVIS}")
    none = await provider.call("GET", "/Schemas/urn:nothing")

    assert config["patch"] == {"supported": True}
    assert config["filter"]["supported"] is True
    assert [one["endpoint"] for one in types["Resources"]] == ["/Users", "/Groups"]
    named = {one["id"] for one in schemas["Resources"]}
    assert {_USER, _GROUP, _ENTERPRISE, _PARVIS} <= named
    assert one[0] == 200
    assert {attribute["name"] for attribute in one[1]["attributes"]} >= {"site", "trade"}
    assert none[0] == 404


_REFUSALS = [
    ("POST", "/Users", b"{", 400, "invalidSyntax"),
    ("POST", "/Users", b"[]", 400, "invalidSyntax"),
    ("POST", "/Users", {"schemas": [_USER]}, 400, "invalidValue"),
    ("POST", "/Users", {"schemas": [_USER], "userName": "a\0b"}, 400, "invalidSyntax"),
    ("POST", "/Users", {"schemas": [_USER], "userName": {"a": 1}}, 400, "invalidValue"),
    ("POST", "/Users", {"schemas": [_USER], "userName": "ana"}, 409, "uniqueness"),
    ("GET", "/Users?filter=userName%20eq", None, 400, "invalidFilter"),
    ("GET", "/Users?count=many", None, 400, "invalidValue"),
    ("GET", "/Users/unknown", None, 404, None),
    ("PUT", "/Users/unknown", {"schemas": [_USER], "userName": "eve"}, 404, None),
    ("PATCH", "/Users/unknown", {"schemas": [_PATCH], "Operations": []}, 404, None),
    ("DELETE", "/Groups/unknown", None, 404, None),
]
"""Method, path and body; status and scimType of the answer."""


async def test_what_cannot_be_is_refused_in_the_form_of_the_rfc(provider):
    await provider.make("ana")

    for method, path, body, status, kind in _REFUSALS:
        got, answer = await provider.call(method, path, body)

        assert (got, answer.get("scimType")) == (status, kind), (method, path, body, answer)
        assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert answer["status"] == str(status)


async def test_without_the_token_nothing_is_told_and_nothing_is_stored(provider):
    for token in ("", "a-token-for-the-providex", _TOKEN.upper()):
        for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", "/Schemas")):
            status, answer = await provider.call(method, path, b"{}", token=token)
            assert (status, answer["status"]) == (401, "401")
    assert (await provider.call("GET", "/Users"))[1]["totalResults"] == 0


async def test_a_body_that_is_too_large_is_refused(provider):
    body = {"schemas": [_USER], "userName": "ana", "title": "x" * 2_000_000}

    status, _ = await provider.call("POST", "/Users", body)

    assert status == 413
    assert (await provider.call("GET", "/Users"))[1]["totalResults"] == 0


async def test_two_calls_at_once_make_one_person(provider):
    body = {"schemas": [_USER], "userName": "ana"}

    answers = await asyncio.gather(*(provider.call("POST", "/Users", body) for _ in range(8)))

    assert sorted(status for status, _ in answers) == [201, *[409] * 7]


def test_calls_are_let_through_at_a_pace():
    now = [0.0]
    pace = Pace(per_second=2, burst=3, clock=lambda: now[0])

    assert [pace.wait() for _ in range(4)] == [0, 0, 0, 1]
    now[0] += 1
    assert [pace.wait() for _ in range(3)] == [0, 0, 1]
