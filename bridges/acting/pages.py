"""Where a case stands at its source, for apps whose calls do not say where that is: below the address
of the account that writes there for the connection.
"""

from collections.abc import Mapping
from dataclasses import replace

from bridges.acting.accounts import Accounts
from bridges.casebook import CaseKey
from bridges.reader import Said
from bridges.readings import Reading


class Pages:
    """Leads cards to the pages that calls leave out."""

    def __init__(self, *, accounts: Accounts) -> None:
        self._accounts = accounts

    async def led(self, groups: Mapping[CaseKey, list[Said]]) -> Mapping[CaseKey, list[Said]]:
        """Return *groups*, in which cards lead to their source where that is known."""
        lost = {key[0] for key, group in groups.items() if any(map(_is_lost, group))}
        bases = await self._accounts.bases(sorted(lost)) if lost else {}
        return {
            key: [_led(said, bases[key[0]]) for said in group] if key[0] in bases else group
            for key, group in groups.items()
        }


def _is_lost(said: Said) -> bool:
    card, actions = said.reading.card, said.app.actions
    return card is not None and not card.url and actions is not None and actions.page is not None


def _led(said: Said, base: str) -> Said:
    actions = said.app.actions
    if not _is_lost(said) or not actions or not actions.page:
        return said
    url = actions.page(base, said.case_id)
    return replace(said, reading=_with_page(said.reading, url)) if url else said


def _with_page(reading: Reading, url: str) -> Reading:
    card = replace(reading.card, url=url) if reading.card else None
    steps = tuple(replace(step, url=step.url or url) for step in reading.activities)
    return replace(reading, card=card, activities=steps)
