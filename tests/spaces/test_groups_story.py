"""An admin makes groups by direct message; the bot answers in the asker's language."""

import re

from spaces.vocabulary import Access
from tests.harness.talk import CHARTER, Talk


async def test_a_group_is_made_listed_and_shown_in_french_and_english(talk):
    created = await talk.ask(
        f"group create Vélo topic open {CHARTER} Venir à vélo, réparer, prêter"
    )
    listed = await talk.ask("group list")
    shown = await talk.ask("group show vélo")
    await talk.ask("language en")
    english = await talk.ask("group show velo")
    again = await talk.ask('group create "VELO "')

    assert "Le groupe **Vélo** est créé\u202f; son adresse est `velo`" in created
    assert listed == "- **Vélo** (`velo`)\u00a0: Thème, ouvert"
    assert "Venir à vélo, réparer, prêter" in shown
    assert "Personnes\u00a0: personne pour l’instant" in shown
    assert english.startswith("**Vélo** (`velo`): Topic, open")
    assert again == "There is a group of that name already: `velo`."


async def test_who_made_a_group_is_invited_everywhere_and_owns_it(talk):
    await talk.ask(f"group create Atelier place {CHARTER}")
    group = await talk.house.app.spaces.groups.by_slug("atelier")
    for room_id in group.rooms:
        await talk.person.join(room_id)

    people = await talk.ask("member list atelier")
    alone = await talk.ask(f"member remove atelier {talk.person.user_id}")

    assert people == "**Atelier**\n\nPersonnes\u00a0: Admin (responsable)"
    assert "est seul responsable de «\u00a0Atelier\u00a0»" in alone


async def test_a_member_is_shown_and_offered_only_what_they_may_run(talk):
    zoe = await Talk.begin(talk.house, await talk.house.person("zoe"))

    helped = await zoe.ask("help group")
    closely = await zoe.ask("help member add")
    refused = await zoe.ask("group create Vélo")

    assert "`group list`" in helped
    assert "`group show [GROUP]`" in helped
    assert "group create" not in helped
    assert "member" not in helped
    assert "`member add GROUP PERSON [role=owner|moderator|poster|member|guest]`" in closely
    assert "`person`\u00a0: un compte, comme @ana:example.org" in closely
    assert "Vouliez-vous dire `group" in refused
    assert "create`" not in refused
    assert await talk.house.app.spaces.groups.all() == []


async def test_a_wrong_word_never_makes_another_group_than_was_meant(talk):
    misspelled = await talk.ask("group create Rachat topic secert")
    too_much = await talk.ask("member add velo zoe owner now")
    unclosed = await talk.ask('group create "Vélo')
    nothing_made = await talk.house.app.spaces.groups.all()
    secret = await talk.ask(f"group create Rachat SECRET {CHARTER}")
    group = (await talk.house.app.spaces.groups.all())[0]

    assert "Écrivez ainsi\u00a0: `group create NAME" in misspelled
    assert too_much.startswith("«\u00a0now\u00a0» est de trop.")
    assert unclosed == "Un guillemet n’est pas fermé."
    assert nothing_made == []
    assert group.declaration.access is Access.SECRET
    assert re.search(r"`rachat-[0-9a-f]{16}`", secret)


async def test_what_people_write_comes_back_as_they_wrote_it_and_runs_nowhere(talk):
    wild = '"<b onclick=x>P_4</b> & [a](http://b) | @room"'
    made = await talk.ask(f"group create {wild} {CHARTER}")
    asked = await talk.ask("group show <i>**nothing**</i>")
    shown = [
        event.source["content"]["formatted_body"]
        for event in talk.person.seen
        if event.sender == talk.house.app.trays.bot.user_id and hasattr(event, "body")
    ]

    assert "**<b onclick=x>P_4</b> & [a](http://b) | @\u2060room**" in made
    assert "«\u00a0<i>**nothing**</i>\u00a0»" in asked
    assert "&lt;b onclick=x&gt;P_4&lt;/b&gt; &amp; [a](http://b)" in shown[0]
    assert "&lt;i&gt;**nothing**&lt;/i&gt;" in shown[1]
    assert all("@room" not in html for html in shown)


async def test_a_secret_group_is_named_only_where_its_members_alone_read(talk):
    zoe = await talk.house.person("zoe")
    secret = await talk.house.group("Cession", [talk.person], access=Access.SECRET)
    shared = await talk.house.group("Quai", [talk.person, zoe])

    alone = await talk.ask("group show cession")
    in_company = Talk(talk.house, talk.person, shared.posts_id)
    listed = await in_company.ask("!parvis group list")
    shown = await in_company.ask("!parvis group show cession")
    taken = await in_company.ask(f"!parvis group create Cession {CHARTER}")

    assert secret.slug in alone
    assert "Cession" not in listed
    assert shown == "Je ne connais pas de groupe «\u00a0cession\u00a0»."
    assert secret.slug not in taken


async def test_accounts_that_are_none_are_refused_with_a_reason(talk):
    await talk.ask(f"group create Atelier {CHARTER}")
    group = await talk.house.app.spaces.groups.by_slug("atelier")

    answers = [
        await talk.ask(f"member add atelier {who}")
        for who in ("@ana:elsewhere.example", "@:parvis.test", "nobody-of-that-name")
    ]
    added = await talk.house.homeserver.person("malik")
    talk.house.people.append(added)
    localpart = added.user_id[1:].partition(":")[0]
    invited = await talk.ask(f"member add atelier {localpart}")
    again = await talk.ask(f"member add atelier {added.user_id}")
    owner = await talk.ask(f"member add atelier {localpart} owner")
    for room_id in group.rooms:
        await added.join(room_id)
    topic = await added.client.room_put_state(group.posts_id, "m.room.topic", {"topic": "Semis"})

    assert "n’est pas un compte de cette organisation" in answers[0]
    assert "n’est pas un compte" in answers[1]
    assert "Il n’y a pas de compte" in answers[2]
    assert "a une invitation pour **Atelier**" in invited
    assert "déjà" in again
    assert "est dans **Atelier** : responsable" in owner.replace("\u00a0", " ")
    assert "event_id" in vars(topic)
