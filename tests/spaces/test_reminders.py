"""What owners are told of their groups: once, at the right time, and through crashes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from spaces.charter import Charter
from spaces.kinds import built_in_kinds
from spaces.model import Declaration
from spaces.reminders import rest_due, review_due, silence_due
from spaces.vocabulary import Access
from tests.harness.wait import until

_DAY = 24 * 3600 * 1000


def _ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_project_may_rest_two_weeks_after_its_last_day_and_its_last_human_post():
    kind = built_in_kinds()["project"]
    ends = date(2026, 3, 1)
    group = Declaration("1", "one", "One", "project", Access.OPEN, ends=ends)

    def due(now: str, last: str = "2026-01-01", **more: object) -> bool:
        return bool(rest_due(replace(group, **more), kind, last_post=_ms(last), now=_ms(now)))

    assert not due("2026-03-15")
    assert due("2026-03-16")
    assert not due("2026-03-16", last="2026-03-10")
    assert due("2026-03-24", last="2026-03-10")
    assert not due("2026-03-16", landmark=True)
    assert not due("2026-03-16", archived=True)
    assert not due("2026-03-16", ends=None)


def test_a_quiet_topic_may_rest_after_sixty_days_and_a_landmark_never():
    kind = built_in_kinds()["topic"]
    group = Declaration("1", "one", "One", "topic", Access.OPEN)
    first, quiet = _ms("2026-01-01"), _ms("2026-03-02")

    assert rest_due(group, kind, last_post=first, now=quiet)
    assert not rest_due(group, kind, last_post=first, now=quiet - 1)
    assert not rest_due(replace(group, landmark=True), kind, last_post=first, now=quiet)


def test_the_general_group_is_asked_about_after_a_silent_week_and_a_topic_never():
    kinds = built_in_kinds()
    group = Declaration("1", "one", "One", "general", Access.OPEN, landmark=True)
    last, week = _ms("2026-01-01"), _ms("2026-01-08")

    assert silence_due(group, kinds["general"], last_post=last, now=week)
    assert not silence_due(group, kinds["general"], last_post=last, now=week - 1)
    assert not silence_due(group, kinds["topic"], last_post=last, now=week + 90 * _DAY)
    assert not silence_due(
        replace(group, archived=True), kinds["general"], last_post=last, now=week
    )


def test_a_charter_is_due_on_its_day_and_not_before():
    group = Declaration(
        "1", "one", "One", "topic", Access.OPEN, charter=Charter(review=date(2026, 3, 1))
    )
    assert review_due(group, date(2026, 3, 1))
    assert not review_due(group, date(2026, 2, 28))
    assert not review_due(replace(group, charter=Charter()), date(2026, 3, 1))


async def _told(talk, words: str) -> list:
    return [event for event in talk.person.seen if words in getattr(event, "body", "")]


async def test_owners_are_told_once_and_answer_with_one_click(talk):
    house = talk.house
    await talk.ask("language en")
    ana = await house.person("ana")
    project = await house.group("Atelier neuf", [talk.person, ana], kind="project")
    function = await house.group("Acheteurs", [talk.person, ana], kind="function")
    alter, reminders = house.app.spaces.reconciler.alter, house.app.spaces.life.reminders
    today = datetime.now(UTC).date()
    project = await alter(
        project,
        lambda now: replace(
            now,
            ends=today - timedelta(days=1),
            charter=replace(now.charter, review=today + timedelta(days=3)),
        ),
    )
    question = {"org.parvis.post": {"type": "question"}}
    asked = await ana.post(function.posts_id, "Qui connaît ce fournisseur ?", **question)
    solved = await ana.post(function.posts_id, "Et celui-là ?", **question)
    await house.shows(asked)
    await house.shows(await talk.person.comment(function.posts_id, solved, "Moi"))
    now = int(datetime.now(UTC).timestamp() * 1000)

    await reminders.look(project, now=now)
    await reminders.look(function, now=now + _DAY)
    for _ in range(2):  # The second night repeats nothing.
        await reminders.look(project, now=now + 15 * _DAY)
        await reminders.look(function, now=now + 2 * _DAY + 60_000)
    review = await talk.person.hears(talk.room_id, lambda event: "charter of" in _body(event))
    rest = await talk.person.hears(talk.room_id, lambda event: "May it rest" in _body(event))
    raised = await talk.person.hears(talk.room_id, lambda event: "has no answer" in _body(event))
    # Who is no owner changes nothing by the same sign.
    await talk.person.client.room_invite(talk.room_id, ana.user_id)
    await ana.join(talk.room_id)
    await ana.react(talk.room_id, rest.event_id, "✅")
    await talk.ask("group list")
    # What the bot says next is for the owner alone: it would not say it where she reads along.
    await ana.client.room_leave(talk.room_id)
    awake = await house.app.spaces.groups.by_slug(project.slug)
    await talk.person.react(talk.room_id, rest.event_id, "✅")
    done = await talk.person.hears(talk.room_id, lambda event: "rests now" in _body(event))
    await reminders.look(project, now=now + 90 * _DAY)
    await talk.ask("group list")

    assert review
    assert "Qui connaît ce fournisseur" in raised.body
    assert f"/posts/{asked}" in raised.body
    assert "Atelier neuf" in done.body
    for words in ("charter of", "May it rest", "has no answer"):
        assert len(await _told(talk, words)) == 1
    stored = await house.app.spaces.groups.by_slug(project.slug)
    assert not awake.declaration.archived
    assert stored.declaration.archived


def _body(event) -> str:
    return getattr(event, "body", "")


async def test_the_charter_is_a_pinned_post_that_follows_what_is_declared(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    group = await house.group("Verger", [talk.person])

    async def pinned(words: str):
        pins = await bot.state_content(group.posts_id, "m.room.pinned_events")
        for event_id in pins.texts("pinned") if pins else ():
            event = await bot.event(group.posts_id, event_id)
            newest = event.unsigned.text(
                "m.relations", "m.replace", "content", "m.new_content", "body"
            )
            if words in (newest or event.content.text("body")):
                return event
        return None

    first = await until(lambda: pinned("Pour parler de Verger"), "the charter is pinned")
    await talk.ask(f'group charter {group.slug} purpose="Tailler ensemble" audience="Qui jardine"')
    second = await until(lambda: pinned("Tailler ensemble"), "the charter is edited")
    await talk.ask(f'group charter {group.slug} purpose="Pour parler de Verger."')
    third = await until(lambda: pinned("Pour parler de Verger"), "the way back is an edit too")
    await talk.person.redact(group.posts_id, third.event_id)
    await bot.send_state(group.posts_id, "m.room.pinned_events", {"pinned": []})

    async def again():
        await house.app.spaces.passes.run()
        return await pinned("Qui jardine")

    fourth = await until(again, "what was taken away is written anew")
    before = await bot.state(group.posts_id)
    await house.app.spaces.passes.run()
    after = await bot.state(group.posts_id)

    assert first.event_id == second.event_id == third.event_id
    assert fourth.event_id != first.event_id
    assert [one.event_id for one in before] == [one.event_id for one in after]
