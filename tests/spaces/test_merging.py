"""One group goes on in another: addresses lead there, nothing is lost, nobody learns of more."""

import pytest

from spaces.merging import why_not
from spaces.model import Declaration
from spaces.vocabulary import Access
from tests.harness.reader import Reader

_OPEN, _PRIVATE, _SECRET = Access


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (_OPEN, _OPEN, True),
        (_OPEN, _PRIVATE, True),
        (_PRIVATE, _PRIVATE, True),
        (_SECRET, _SECRET, True),
        (_PRIVATE, _OPEN, False),
        (_SECRET, _OPEN, False),
        (_SECRET, _PRIVATE, False),
        (_OPEN, _SECRET, False),
        (_PRIVATE, _SECRET, False),
    ],
)
def test_no_merger_widens_access_or_betrays_a_secret_group(old, new, allowed):
    one = Declaration("1", "one", "One", "topic", old)
    other = Declaration("2", "other", "Other", "topic", new)
    assert (why_not(one, other) == "") is allowed


async def test_a_group_goes_on_in_another(talk):
    house = talk.house
    ana, zoe = await house.person("ana"), await house.person("zoe")
    old = await house.group("Vélo", [talk.person, ana])
    new = await house.group("Mobilité", [talk.person])
    secret = await house.group("Cession", [talk.person], access=_SECRET)
    post = await ana.post(old.posts_id, "Pompe\nElle est au local")
    await house.shows(post)

    betrayal = await talk.ask(f"group merge {old.slug} {secret.slug}")
    done = await talk.ask(f"group merge {old.slug} {new.slug}")
    again = await talk.ask(f"group merge {old.slug} {new.slug}")
    for room_id in new.rooms:
        await ana.join(room_id)
        await house.knows(ana, room_id)
    silent = await ana.client.room_send(
        old.posts_id, "m.room.message", {"msgtype": "m.text", "body": "Encore"}
    )
    last = await ana.hears(
        old.posts_id, lambda event: "continue dans" in getattr(event, "body", "")
    )
    await house.shows(last.event_id)
    reader, other = [await Reader.signed_in(house.url, one) for one in (ana, zoe)]
    led = await reader.get(f"/groups/{old.slug}")
    past = await reader.get(f"/groups/{old.slug}?past")
    permalink = await reader.get(f"/posts/{post}")
    outside = await other.get(f"/groups/{old.slug}")
    restored = await talk.ask(f"group restore {old.slug}")
    await reader.close()
    await other.close()

    assert "d’un groupe secret" in betrayal
    assert "Personnes qui y sont invitées\u00a0: 1." in done
    assert "invitées\u00a0: 0." in again
    assert not hasattr(silent, "event_id")
    assert "Mobilité" in led.text
    assert "«\u00a0Vélo\u00a0» continue ici." in led.text
    assert f"/groups/{old.slug}?past" in led.text
    assert "Elle est au local" in past.text
    assert "Ce groupe" in past.text
    assert permalink.status == 200
    assert "Mobilité" in outside.text
    assert f"/groups/{old.slug}?past" not in outside.text
    assert "reprend vie" in restored
