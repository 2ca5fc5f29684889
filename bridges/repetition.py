"""That a case goes on: its source tells it again as it stood, and the card says when last (alerts).

The day, not how often and at what minute: a call whose answer was lost comes again as well, and no
body tells it from a repetition; and each edit stays in the room for ever.
"""

from datetime import UTC, datetime

from msgspec import structs

from bridges.cases import Case, Dated, merge, without_times
from bridges.reader import Said
from bridges.readings import Card, StateClass


def with_repetition(case: Case, said: Said, *, repeats: bool) -> Case:
    """Return *case*, which *said* was merged into, with the day on which it was last told again as
    it stood; without one if it ended, or if its newest call said more. *repeats*: all that *said*
    tells happened before.
    """
    name, card = said.app.told_again, said.reading.card
    if not name or not card or not case.state or not said.connection.options.allows(name):
        return case
    newest = case.state.at
    # Of two calls that say the same the newer is the repetition, whichever is told first.
    if said.received < newest and not (repeats and _says_what_is_known(case, card)):
        return case
    goes_on = repeats and case.state.kind != StateClass.DONE
    day = f"{datetime.fromtimestamp(newest / 1000, UTC):%Y-%m-%d}" if goes_on else ""
    return structs.replace(case, fields={**case.fields, name: Dated(day, newest)})


def _says_what_is_known(case: Case, card: Card) -> bool:
    newest = case.state.at if case.state else 0
    told_now = merge(case, card, received=newest, repeats=False)
    return without_times(told_now) == without_times(case)
