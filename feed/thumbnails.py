"""Small pictures: which the homeserver makes of a large one, and what a page says of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from feed.model import Media


@dataclass(frozen=True)
class Thumbnail:
    """A box in pixels: *scale* fits a picture into it whole, *crop* fills it."""

    width: int
    height: int
    method: str

    @property
    def query(self) -> Mapping[str, str]:
        """Return how the homeserver is asked for it (Client-Server API, "thumbnails")."""
        return {"width": str(self.width), "height": str(self.height), "method": self.method}


THUMBNAILS: Mapping[str, Thumbnail] = {
    "96": Thumbnail(96, 96, "crop"),
    "320": Thumbnail(320, 240, "scale"),
    "640": Thumbnail(640, 480, "scale"),
    "800": Thumbnail(800, 600, "scale"),
}
"""By the width that our address names: those that Synapse makes unless its config says otherwise."""

FACE = "96"
_SCALED = ("320", "640", "800")


def sources(media: Media, *, whole: bool) -> str:
    """Return the ``srcset`` of a picture of known size: each address with its true width in pixels.

    Only on its own page (*whole*) may a browser choose the original.
    """
    if not media.width or not media.height:
        return ""
    addresses = {media.width: media.path} if whole else {}
    for name in _SCALED:
        width = _scaled(media.width, media.height, THUMBNAILS[name])
        addresses.setdefault(width, f"{media.path}?width={name}")
    return ", ".join(f"{address} {width}w" for width, address in sorted(addresses.items()))


def _scaled(width: int, height: int, box: Thumbnail) -> int:
    """Return how wide a picture is once it fits into *box*; none is made larger."""
    return max(1, round(width * min(1, box.width / width, box.height / height)))
