"""An ordinary member drafts a group; approvers answer with one click; the author hears what came."""

import re
import uuid
from contextlib import AsyncExitStack

import pytest

from appservice.errors import NotPermitted
from spaces.charter import Charter
from spaces.commands.approving import FIELD
from spaces.drafts import Draft
from spaces.founding import Founding
from spaces.model import Group
from spaces.vocabulary import Access, Creation
from tests.harness.house import House, open_house
from tests.harness.reader import Reader
from tests.harness.talk import CHARTER, Talk

_ANSWERS = {
    "audience": "Qui répare",
    "needs": "Savoir ce qui casse",
    "obstacles": "Chacun dans son coin",
    "relief": "Une fiche par panne",
}


@pytest.fixture
async def talk(homeserver, tmp_path):
    """The admin of an organization where anybody drafts, and admins approve."""
    async with AsyncExitStack() as stack:
        admin = await homeserver.person("admin")
        opened = open_house(
            tmp_path, homeserver, admin=admin.user_id, settings="groups: {creation: approved}"
        )
        house = await stack.enter_async_context(opened)
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        yield await Talk.begin(house, admin)


async def _letter(talk: Talk, name: str):
    """Return the letter by which an approver is asked about a draft."""
    return await talk.person.hears(
        talk.room_id,
        lambda one: FIELD in one.source["content"] and name in getattr(one, "body", ""),
    )


async def _told(talk: Talk, words: str) -> str:
    event = await talk.person.hears(
        talk.room_id, lambda one: words in getattr(one, "body", "").replace("\xa0", " ")
    )
    return event.body


async def _named(house: House, name: str) -> list[Group]:
    return [one for one in await house.app.spaces.groups.all() if one.name == name]


async def test_a_draft_is_seen_by_its_author_and_approvers_and_decided_by_one_click(talk):
    house = talk.house
    ana, zoe = await house.person("ana"), await house.person("zoe")
    await talk.ask("language fr")
    hers, others = await Talk.begin(house, ana), await Talk.begin(house, zoe)
    await hers.ask("language fr")
    pages = [await Reader.signed_in(house.url, one) for one in (ana, zoe, talk.person)]
    author, other, approver = pages
    form = {"command": "group create", "name": "Pannes du P4", "access": "open", **_ANSWERS}
    sent = await author.send("/manage", "/manage", **form)
    letter = await _letter(talk, "Pannes du P4")
    seen = [(await page.get("/manage")).text for page in pages]
    listed = await others.ask("draft list")
    forced = await other.send("/manage", "/manage", command="draft approve", draft="")
    slip = re.search(r'name="draft" value="([\w-]+)"', seen[2])
    clicked = await approver.send("/manage", "/manage", command="draft approve", draft=slip[1])
    approved = await _told(hers, "a approuvé votre groupe « Pannes du P4 »")
    after = [(await page.get("/manage")).text for page in pages]

    assert "un administrateur décide" in sent.text
    assert all(answer in letter.body for answer in _ANSWERS.values())
    assert ["Qui répare" in text for text in seen] == [True, False, True]
    assert [">Approuver<" in text for text in seen] == [False, False, True]
    assert "Pannes" not in listed
    assert forced.status == 400
    assert clicked.status == 200
    assert len(await _named(house, "Pannes du P4")) == 1
    assert "/groups/pannes-du-p4" in approved
    assert not any("Qui répare" in text for text in after)

    # By the bot: one reaction, and the same word to the author. A secret group is drafted so too.
    await hers.ask(f'group create "Rachat" access=secret {CHARTER}')
    letter = await _letter(talk, "Rachat")
    forged = {"msgtype": "m.text", "body": "Rachat", FIELD: letter.source["content"][FIELD]}
    hers_too = await ana.send(hers.room_id, "m.room.message", forged)
    await ana.react(hers.room_id, hers_too, "✅")
    assert await _named(house, "Rachat") == []
    await talk.person.react(talk.room_id, letter.event_id, "✅")
    await _told(hers, "a approuvé votre groupe « Rachat »")
    await _told(talk, "« Rachat » est créé")
    await talk.person.react(talk.room_id, letter.event_id, "❌")
    await _told(talk, "« Rachat » : c’est déjà décidé")
    (made,) = await _named(house, "Rachat")
    assert made.declaration.owners == (ana.user_id,)

    await hers.ask(f'group create "Pétanque" access=open {CHARTER}')
    letter = await _letter(talk, "Pétanque")
    await talk.person.react(talk.room_id, letter.event_id, "❌")
    refused = await _told(hers, "a refusé le groupe « Pétanque »")
    assert talk.person.user_id in refused
    assert await _named(house, "Pétanque") == []
    assert not [one for one in zoe.seen if "Rachat" in str(one.source)]
    for page in pages:
        await page.close()


async def test_a_draft_is_completed_on_the_web_and_its_author_told_why_it_is_refused(talk):
    house = talk.house
    ana = await house.person("ana")
    hers = await Talk.begin(house, ana)
    await hers.ask("language fr")
    author, approver = [await Reader.signed_in(house.url, one) for one in (ana, talk.person)]
    some = {name: _ANSWERS[name] for name in ("audience", "relief")}
    await author.send("/manage", "/manage", command="group create", name="Atelier", **some)
    begun = (await author.get("/manage")).text
    other = (await approver.get("/manage")).text
    slip = re.search(r'value="draft answer"><input type="hidden" name="draft" value="(.+?)"', begun)
    asked = re.findall(rf'<textarea id="(\w+)-{slip[1]}"', begun)
    form = {"command": "draft answer", "draft": slip[1]}
    stranger = await approver.send("/manage", "/manage", **form, needs="Rien")
    half = await author.send("/manage", "/manage", **form, needs=_ANSWERS["needs"])
    whole = await author.send("/manage", "/manage", **form, obstacles=_ANSWERS["obstacles"])
    again = await author.send("/manage", "/manage", **form, obstacles="Autre chose")
    letter = await _letter(talk, "Atelier")
    seen = (await approver.get("/manage")).text
    refusal = {"command": "draft refuse", "draft": slip[1], "reason": "Le groupe Pannes suffit"}
    await approver.send("/manage", "/manage", **refusal)
    refused = await _told(hers, "a refusé le groupe « Atelier »")
    for page in (author, approver):
        await page.close()

    assert asked == ["needs", "obstacles"]
    assert "Atelier" not in other
    assert stranger.status == 422
    assert "Qu’est-ce qui" in half.text
    assert "un administrateur décide" in whole.text
    assert again.status == 422
    assert all(answer in letter.body for answer in _ANSWERS.values())
    assert f'id="reason-{slip[1]}"' in seen
    assert "« Le groupe Pannes suffit »" in refused.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("creation", "member", "admin"),
    [
        (Creation.ANYONE, "made", "made"),
        (Creation.APPROVED, "waits", "made"),
        (Creation.ADMINS, "refused", "made"),
    ],
)
async def test_who_may_make_groups_is_a_setting(talk, creation, member, admin):
    house, told = talk.house, []
    spaces = house.app.spaces

    async def unheard(*_: object) -> None:
        pass

    async def waits(draft: Draft) -> None:
        told.append(draft.uuid)

    founding = Founding(
        creation=creation,
        drafts=spaces.founding.drafts,
        groups=spaces.groups,
        members=spaces.members,
        reconciler=spaces.reconciler,
        split=spaces.life.splitting.finish,
        waits=waits,
        decided=unheard,
    )

    async def outcome(name: str, *, is_admin: bool) -> str:
        charter = Charter(**_ANSWERS)
        draft = Draft(
            str(uuid.uuid4()), talk.person.user_id, name, "topic", Access.OPEN, charter=charter
        )
        try:
            result = await founding.go_on(draft, is_admin=is_admin)
        except NotPermitted:
            return "refused"
        return "made" if isinstance(result, Group) else "waits"

    assert await outcome("Un", is_admin=False) == member
    assert await outcome("Deux", is_admin=True) == admin
    assert len(told) == (member == "waits")
