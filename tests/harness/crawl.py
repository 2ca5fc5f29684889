"""Every page that a reader can reach by following links."""

import re
from html import unescape

from tests.harness.reader import Answer, Reader

_LINK = re.compile(r'href="(/[^"#]*)')
_MOST = 150


async def crawl(reader: Reader, *begin: str) -> dict[str, Answer]:
    """Return the pages that links lead to, by their address; files are left out."""
    found: dict[str, Answer] = {}
    waiting = ["/", *begin]
    while waiting and len(found) < _MOST:
        path = waiting.pop(0)
        if path in found or path.startswith(("/static/", "/media/")):
            continue
        found[path] = await reader.get(path)
        waiting += [unescape(link) for link in _LINK.findall(found[path].text)]
    return found
