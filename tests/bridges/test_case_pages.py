"""A card leads to its case also where no call says where that is: below its account's address."""

import pytest

from appservice.ids import UserId
from bridges.actions import Account, Who
from bridges.options import Options
from tests.bridges.apps.goldens import fixtures
from tests.harness.unsent import ROOM, open_unsent
from tests.harness.wait import until

_ANA = UserId("@ana:parvis.test")
_ZENDESK = Account("https://ateliers.zendesk.com", "tok", "bot@ateliers.example")
_PAGE = "https://ateliers.zendesk.com/agent/tickets/4182"


@pytest.mark.parametrize(("given", "page"), [(_ZENDESK, _PAGE), (None, "")])
async def test_a_ticket_of_an_event_is_linked_where_the_connection_has_an_account(
    sqlite_url: str, given: Account | None, page: str
):
    call = next(one for one in fixtures("zendesk") if one.name == "comment-added")
    async with open_unsent(sqlite_url) as unsent:
        bridges = unsent.bridges
        made = await bridges.connections.add(bridges.apps["zendesk"], ROOM, _ANA, options=Options())
        if given is not None:
            await bridges.acting.accounts.keep(made, given, Who("9", "Robot"), _ANA)
        body = call.delivery().body.json()
        await bridges.deliveries.take_in(made, "call-1", call.headers, body)
        bridges.pipeline.wake()

        async def told() -> bool:
            return len(await unsent.posts()) == 2

        await until(told, "the card and its step are told")
        (card,), (_, step) = await unsent.cards(), await unsent.posts()

    assert card["url"] == page
    assert step["org.parvis.step"]["url"] == page
