"""What hookshot's setting for a feed is here.

Contract: https://matrix-org.github.io/matrix-hookshot/latest/setup/feeds.html
"""

from urllib.parse import urlsplit

from appservice.languages import N_
from appservice.payload import Payload
from bridges.wishes import NoEqual, Wish, lost, setting

_LOST = {"template": N_("an entry has a form of its own")}


def _feed(state: Payload) -> Wish:
    """Return what is wanted of the feed; its address may hold what opens it, so it names nothing."""
    url, label = state.text("url").strip(), state.text("label").strip()
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not host:
        raise NoEqual(N_("its setting `{name}` says nothing that is understood"), name="url")
    return Wish(
        label if label.isprintable() and label else host, {"source": url}, lost(state, _LOST)
    )


TAKES_OVER = {setting("feed")[0]: _feed}
