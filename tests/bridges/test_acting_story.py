"""What people say below a card becomes a comment at its source, once, and is not told back to them."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import structs

from appservice.database import Change
from appservice.ids import UserId
from bridges.acting.tray import ActState
from bridges.actions import Account, Who
from bridges.store import cases_table
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.person import Person
from tests.harness.source import Source, open_source
from tests.harness.wait import until


@dataclass
class Story:
    """A card in a room with somebody who may answer."""

    hooks: Hooks
    source: Source
    person: Person
    room: str
    root: str
    url: str
    secret: str

    async def events(self, kind: str) -> list[Any]:
        page = await self.hooks.floor.trays.bot.messages(self.room, backwards=False, limit=100)
        return [one for one in page.events if one.type == kind]

    async def steps(self) -> list[str]:
        """Return what the bot said in the thread."""
        bot = self.hooks.floor.trays.bot.user_id
        return [
            one.content.text("body")
            for one in await self.events("m.room.message")
            if one.sender == bot and one.relation and one.relation.kind == "m.thread"
        ]

    async def signs(self) -> list[str]:
        """Return the messages below which the bot set its sign."""
        found = await self.events("m.reaction")
        return [one.relation.target for one in found if one.relation.key == "📨"]

    async def signed(self, event_id: str) -> None:
        async def there() -> bool:
            return event_id in await self.signs()

        await until(there, "the bot's sign")

    async def settled(self, event_id: str, state: ActState) -> None:
        async def there() -> bool:
            row = await self.hooks.bridges.acting.tray.row(event_id)
            return row is not None and row.state is state

        await until(there, f"{event_id} is {state}")

    async def webhook(self, text: str, number: int, *, by: str = "") -> None:
        """Bring a comment back as GitHub does."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        comment = {"id": number, "body": text, "created_at": now}
        issue = {**github.pull_request(7, 9), "pull_request": {}}
        by = by or self.source.own
        call = github.call("issue_comment", "created", issue=issue, comment=comment, by=by)
        assert await post(self.url, call.body, call.headers(self.secret)) == 200


@asynccontextmanager
async def _story(
    homeserver: HomeserverForTests,
    database_url: str,
    *,
    app: str = "github",
    user: str = "",
    **options: Any,
) -> AsyncIterator[Story]:
    registration = homeserver.take_registration()
    wished = {"replies": True, "writers": ("members",), **options}
    person = await homeserver.person("ana")
    async with (
        open_source() as source,
        open_hooks(database_url, homeserver.url, registration) as hooks,
    ):
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({"preset": "public_chat"})
        await person.join(room)
        url, secret = await hooks.connect(app, room)
        identifier = url.rpartition("/")[2]
        account = Account(source.url, "geheim-4711", user)
        who = Who("9" if app == "zendesk" else source.own, source.own)
        accounts = hooks.bridges.acting.accounts
        await accounts.keep(identifier, account, who, UserId("@ana:parvis.test"))
        await hooks.bridges.connections.alter(
            identifier, lambda now: structs.replace(now, **wished)
        )
        story = Story(hooks, source, person, room, "", url, secret)
        if app == "github":
            call = github.pull_request_history()[0]
            assert await post(url, call.body, call.headers(secret)) == 200
        else:
            await hooks.bridges.connections.take_secret(identifier, "zd")
            await _zendesk(story, "created", {})
        await hooks.quiet()
        cards = [one for one in await story.events("m.room.message") if one.relation is None]
        root = cards[0].event_id

        async def known() -> bool:
            return bool(await hooks.bridges.casebook.by_roots([root]))

        await until(known, "the card is known by its event")
        try:
            yield replace(story, root=root)
        finally:
            await person.close()


async def _zendesk(story: Story, event: str, more: dict[str, Any]) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {
        "id": f"{event}-{now}",
        "time": now,
        "type": f"zen:event-type:ticket.{event}",
        "detail": {"id": "42", "subject": "Fuite", "status": "OPEN", "updated_at": now},
        "event": more,
    }
    await _signed_by_zendesk(story, said)


async def _signed_by_zendesk(story: Story, said: dict[str, Any]) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps(said).encode()
    signature = hmac.new(b"zd", now.encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "X-Zendesk-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": now,
    }
    assert await post(story.url, body, headers) == 200


async def test_a_reply_becomes_one_comment_and_its_webhook_tells_nothing_again(
    homeserver: HomeserverForTests, database_url: str
):
    async with _story(homeserver, database_url) as story:
        reply = await story.person.comment(story.room, story.root, "Vu, je **regarde**.")
        await story.signed(reply)
        before = await story.steps()
        await story.webhook(story.source.comments[0]["body"], story.source.comments[0]["id"])
        await story.webhook("Autre chose", 900, by="malik")
        await story.hooks.quiet()

        asked = story.source.wrote()
        assert [one.path for one in asked] == ["/repos/ateliers/pompe/issues/7/comments"]
        assert asked[0].headers["Authorization"] == "Bearer geheim-4711"
        assert "Vu, je **regarde**." in asked[0].body["body"]
        assert asked[0].body["body"].startswith("**Ana**:")
        told = [one for one in await story.steps() if one not in before]
        assert [one.split("\n")[-1] for one in told] == ["Autre chose"]


async def test_a_reply_that_is_heard_before_its_card_came_back_is_a_comment(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url) as story:
        database = story.hooks.floor.trays.database
        await database.write(Change(sa.update(cases_table).values(root_event=None)))
        reply = await story.person.comment(story.room, story.root, "Vu.")
        await story.signed(reply)
        await story.hooks.quiet()

        assert len(story.source.comments) == 1
        assert await story.hooks.bridges.casebook.by_roots([story.root])


async def test_what_a_client_without_threads_answers_is_a_comment_too(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url) as story:
        await story.webhook("Qui regarde ?", 901, by="malik")
        await story.hooks.quiet()
        (step,) = [
            one.event_id
            for one in await story.events("m.room.message")
            if one.content.text("body").endswith("Qui regarde ?")
        ]
        first = await _answered(story, step, "Moi, ce soir.")
        await story.signed(first)
        second = await _answered(story, first, "> <@ana:x> Moi, ce soir.\n\nMerci !")
        picture = {"msgtype": "m.image", "url": "mxc://parvis.test/abc", "filename": "quai.png"}
        await _answered(story, second, "quai.png", **picture)
        third = await _answered(story, step, "Voilà le quai.", **picture)
        aside = await story.person.post(story.room, "Un autre sujet.")
        await _answered(story, aside, "Rien à voir.")
        last = await _answered(story, third, "se réjouit", msgtype="m.emote")
        await story.signed(last)
        await story.hooks.quiet()

        bodies = [one.body["body"] for one in story.source.wrote()]
        written = [one.removeprefix("**Ana**:").partition("<!--")[0].strip() for one in bodies]
        assert written == ["Moi, ce soir.", "Merci !", "Voilà le quai.", "se réjouit"]


async def _answered(story: Story, event_id: str, body: str, **content: Any) -> str:
    """Answer a message as a client does that knows no threads."""
    relates = {"m.in_reply_to": {"event_id": event_id}}
    return await story.person.post(story.room, body, **{"m.relates_to": relates, **content})


async def test_a_webhook_before_the_answer_is_held_back_and_tells_nothing(
    homeserver: HomeserverForTests, database_url: str
):
    async with _story(homeserver, database_url) as story:
        story.source.gate.clear()
        before = await story.steps()
        reply = await story.person.comment(story.room, story.root, "Vu.")
        await asyncio.wait_for(story.source.reached.wait(), 10)
        # As some sources do, this one changed the words: only the id tells that it is ours.
        await story.webhook("réécrit par la source", story.source.comments[0]["id"])
        assert await story.hooks.bridges.deliveries.waiting(limit=1)
        story.source.gate.set()
        await story.signed(reply)
        await story.hooks.quiet()

        assert await story.steps() == before
        assert len(story.source.comments) == 1


async def test_what_comes_of_a_wish_about_a_case_that_is_forgotten_meanwhile_is_not_told(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url) as story:
        story.source.gate.clear()
        await story.person.comment(story.room, story.root, "Vu.")
        await asyncio.wait_for(story.source.reached.wait(), 10)
        (case,) = (await story.hooks.bridges.casebook.by_roots([story.root])).values()
        await story.hooks.bridges.forgetting.forget(case, asked="$a")
        story.source.gate.set()
        call = github.call("issues", "opened", issue=github.pull_request(8, 0, title="Reste"))
        assert await post(story.url, call.body, call.headers(story.secret)) == 200
        await story.hooks.quiet()
        (card,) = [
            one
            for one in await story.events("m.room.message")
            if one.relation is None and "Reste" in one.content.text("body")
        ]

        async def known() -> bool:
            return bool(await story.hooks.bridges.casebook.by_roots([card.event_id]))

        await until(known, "the other card is known by its event")
        other = await story.person.comment(story.room, card.event_id, "Aussi.")
        await story.signed(other)

        assert await story.signs() == [other]


async def test_a_zendesk_reply_is_an_internal_note_whose_echo_is_known_by_its_words(
    homeserver: HomeserverForTests, sqlite_url: str
):
    options = {"app": "zendesk", "user": "agent@acme.example", "confidential": True}
    async with _story(homeserver, sqlite_url, **options) as story:
        story.source.gate.clear()
        before = await story.steps()
        reply = await story.person.comment(story.room, story.root, "Le joint est usé.")
        await asyncio.wait_for(story.source.reached.wait(), 10)
        said = story.source.comments[0]["body"]
        author = {"id": "9", "name": "Parvis"}
        comment = {"id": "555", "body": said, "is_public": False, "author": author}
        await _zendesk(story, "comment_added", {"comment": comment})
        await story.hooks.quiet()
        story.source.gate.set()
        await story.signed(reply)

        asked = story.source.wrote("PUT")
        assert [one.path for one in asked] == ["/api/v2/tickets/42.json"]
        assert asked[0].body["ticket"]["comment"]["public"] is False
        proof = base64.b64encode(b"agent@acme.example/token:geheim-4711").decode()
        assert asked[0].headers["Authorization"] == f"Basic {proof}"
        assert await story.steps() == before


async def test_a_trigger_that_names_no_comment_tells_ours_not_again_after_the_answer(
    homeserver: HomeserverForTests, sqlite_url: str
):
    options = {"app": "zendesk", "user": "agent@acme.example", "public_replies": True}
    async with _story(homeserver, sqlite_url, **options) as story:
        before = await story.steps()
        reply = await story.person.comment(story.room, story.root, "Le joint est changé.")
        await story.signed(reply)
        for text in (story.source.comments[0]["body"], "Merci !"):
            said = {"kind": "ticket", "ticket_id": "42", "event": "comment_added"}
            await _signed_by_zendesk(story, {**said, "comment": text, "actor": "Zoé"})
        await story.hooks.quiet()

        assert story.source.wrote("PUT")[0].body["ticket"]["comment"]["public"] is True
        told = [one for one in await story.steps() if one not in before]
        assert [one.split("\n")[-1] for one in told] == ["Merci !"]


async def test_who_may_not_write_is_told_once_and_nothing_is_sent(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url, writers=("owners",)) as story:
        before = await story.steps()
        for text in ("Bonjour", "Encore"):
            await story.person.comment(story.room, story.root, text)
        await story.person.comment(story.room, story.root, "!parvis close")

        async def told() -> bool:
            return len(await story.steps()) == len(before) + 2

        await until(told, "two lines that say why")
        await story.hooks.quiet()
        assert all("GitHub" in line for line in (await story.steps())[len(before) :])
        assert story.source.asked == []


async def test_a_line_to_the_bot_in_the_thread_closes_the_case_at_its_source(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url, replies=False) as story:
        await story.person.comment(story.room, story.root, "rien pour GitHub")
        command = await story.person.comment(story.room, story.root, "!parvis close")
        await story.signed(command)

        assert [(one.method, one.path, one.body) for one in story.source.asked] == [
            ("PATCH", "/repos/ateliers/pompe/issues/7", {"state": "closed"})
        ]


async def test_an_edited_reply_changes_the_comment_and_a_deleted_one_deletes_it(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url) as story:
        reply = await story.person.comment(story.room, story.root, "Vu")
        await story.signed(reply)
        edit = await story.person.edit(story.room, reply, "Revu")
        await story.settled(edit, ActState.SENT)
        await story.person.redact(story.room, reply)

        async def deleted() -> bool:
            return bool(story.source.wrote("DELETE"))

        await until(deleted, "the comment is deleted")
        place = f"/repos/ateliers/pompe/issues/comments/{story.source.comments[0]['id']}"
        assert [one.path for one in story.source.wrote("PATCH")] == [place]
        assert "Revu" in story.source.wrote("PATCH")[0].body["body"]
        assert [one.path for one in story.source.wrote("DELETE")] == [place]


async def test_what_fails_is_tried_again_and_told_once_with_the_reason(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with _story(homeserver, sqlite_url) as story:
        story.source.refusals = [(429, {"Retry-After": "0"}), (500, {})]
        reply = await story.person.comment(story.room, story.root, "Patience")
        await story.signed(reply)
        tried = [(one.method, one.path.partition("?")[0]) for one in story.source.asked]
        comments = "/repos/ateliers/pompe/issues/7/comments"
        # After an answer that says nothing of what was done, the source is asked first.
        assert tried == [
            ("POST", comments),
            ("POST", comments),
            ("GET", comments),
            ("POST", comments),
        ]
        assert len(story.source.comments) == 1

        before = await story.steps()
        story.source.refusals = [(401, {})]
        refused = await story.person.comment(story.room, story.root, "Perdu")
        await story.settled(refused, ActState.REFUSED)
        await story.hooks.quiet()
        told = (await story.steps())[len(before) :]
        assert len(told) == 1
        assert "/connections/" in told[0]
        assert "geheim" not in told[0]
