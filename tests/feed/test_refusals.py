"""A page says of the homeserver's refusals what is true."""

import pytest

from appservice.errors import (
    Forbidden,
    HomeserverError,
    NotFound,
    TextTooLong,
    Unreachable,
)
from feed.refusals import Refusal, refusal_of


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound(404, "M_NOT_FOUND"), 404, 404),
        (Forbidden(403, "M_FORBIDDEN"), 403, 403),
        (HomeserverError(413, "M_TOO_LARGE"), 413, 413),
        (TextTooLong(), 413, "too long"),
        (HomeserverError(400, "M_BAD_JSON"), 422, 422),
        (HomeserverError(409, "M_CONFLICT"), 422, 422),
        (Unreachable("M_UNKNOWN", 500), 502, "failed"),
        (Unreachable("ClientConnectorError"), 502, 502),
        (Unreachable("bad gateway", 503), 502, 502),
    ],
)
def test_only_a_homeserver_that_is_away_is_said_to_be(
    error: HomeserverError, status: int, code: int | str
):
    assert refusal_of(error) == Refusal(status, code)
