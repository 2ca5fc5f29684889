"""What hookshot's setting for a webhook is here.

Contract: https://matrix-org.github.io/matrix-hookshot/latest/setup/webhooks.html
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.wishes import Wish, lost, name_in, setting

_LOST = {
    "transformationFunction": N_(
        "its script stays there: an admin writes a mapping in its place, `connection mapping`"
    ),
    "waitForComplete": N_("a call is answered as soon as it is kept"),
    "expirationDate": N_("a connection does not end by itself"),
}


def _hook(state: Payload) -> Wish:
    return Wish(name_in(state, "name"), {}, lost(state, _LOST))


TAKES_OVER = dict.fromkeys(setting("generic.hook"), _hook)
