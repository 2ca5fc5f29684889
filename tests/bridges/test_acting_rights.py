"""Who may act at a source: nobody, until somebody is named."""

import pytest

from appservice.ids import RoomId, UserId
from bridges.acting.rights import may_act
from bridges.options import Options
from tests.harness.connections import connection_with

_OWNER, _MEMBER = UserId("@ana:parvis.test"), UserId("@malik:parvis.test")
_PARTNER = UserId("@zoe:partner.test")


@pytest.mark.parametrize(
    ("writers", "may"),
    [
        ((), []),
        (("owners",), [_OWNER]),
        (("members",), [_OWNER, _MEMBER]),
        (("@zoe:partner.test",), [_PARTNER]),
        (("@*:partner.test",), [_PARTNER]),
        (("@*:*", "!@malik:*"), [_OWNER, _PARTNER]),
        # To leave somebody out names nobody.
        (("!@malik:parvis.test",), []),
    ],
)
async def test_only_those_who_are_named_may_act_and_partners_by_name_alone(writers, may):
    async def may_manage(user_id: UserId, room_id: RoomId) -> bool:
        # Also a partner who was made an owner.
        del room_id
        return user_id in {_OWNER, _PARTNER}

    connection = connection_with(Options(writers=writers))
    found = [
        one
        for one in (_OWNER, _MEMBER, _PARTNER)
        if await may_act(one, connection, server="parvis.test", may_manage=may_manage)
    ]

    assert found == may
