"""The line icons of a page: only those used, once, in a hidden sprite (look.md section 6)."""

from functools import cache
from xml.etree.ElementTree import Element, tostring

import lucide
from markupsafe import Markup, escape

_ATTRIBUTES = (
    'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
    'stroke-linejoin="round"'
)


class Sprite:
    """Collects the icons that one page uses."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def use(self, name: str) -> Markup:
        """Return the icon *name* (a Lucide name); its word stands beside it."""
        self._used[name] = None
        return Markup(  # noqa: S704 - escaped
            f'<svg class="icon" aria-hidden="true"><use href="#i-{escape(name)}"/></svg>'
        )

    def svg(self) -> Markup:
        """Return the sprite."""
        symbols = "".join(_symbol(name) for name in self._used)
        return Markup(  # noqa: S704 - from our own wheel
            f'<svg width="0" height="0" class="sprite" aria-hidden="true">{symbols}</svg>'
        )


def is_known(name: str) -> bool:
    """Tell whether there is such an icon."""
    try:
        lucide._load_icon(name)  # noqa: SLF001 - as below
    except lucide.IconDoesNotExist:
        return False
    return True


@cache
def _symbol(name: str) -> str:
    element: Element = lucide._load_icon(name)  # noqa: SLF001 - its public call renders for Django
    inner = "".join(tostring(child, encoding="unicode") for child in element)
    inner = inner.replace("ns0:", "").replace(' xmlns:ns0="http://www.w3.org/2000/svg"', "")
    return f'<symbol id="i-{name}" viewBox="0 0 24 24" {_ATTRIBUTES}>{inner}</symbol>'
