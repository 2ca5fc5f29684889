"""By what people name a case: its number as on the card or without sign, its id, its address at the source.

Each way of naming has a column with a mark (a hash), so that a case is found without a look at all the
others of its connection, and no name is too long for an index.
"""

import hashlib
from collections.abc import Mapping

from bridges.cases import Case

COLUMNS = ("by_number", "by_tail", "by_url")
_SIGNS = "#!&"


def marks_of(connection: str, case_id: str, case: Case) -> Mapping[str, str]:
    """Return the columns by which a case is found; those of names that it has not are empty."""
    names = (case.number.lstrip(_SIGNS), _tail(case_id), case.url.value)
    return dict(zip(COLUMNS, (_mark(connection, name) for name in names), strict=True))


def have_same_names(case: Case, other: Case) -> bool:
    """Tell whether what is known of a case at two times has the same names."""
    return (case.number, case.url.value) == (other.number, other.url.value)


def marks_for(connection: str, name: str) -> Mapping[str, str | None]:
    """Return by which mark in each column a case would be found that people call *name*.

    None, which is equal to nothing, stands where all would be found that have no such name.
    """
    names = (name.lstrip(_SIGNS), _tail(name), name)
    marks = (_mark(connection, one) or None for one in names)
    return dict(zip(COLUMNS, marks, strict=True))


def are_names(case_id: str, case: Case) -> frozenset[str]:
    """Return all by which people may name a case, in small letters."""
    number = case.number
    every = {number, number.lstrip(_SIGNS), case_id, _tail(case_id), case.url.value}
    return frozenset(name.lower() for name in every) - {""}


def _tail(case_id: str) -> str:
    """Return the source's own id: what stands before it is our word for its kind."""
    return case_id.rpartition("/")[2]


def _mark(connection: str, name: str) -> str:
    whole = f"{connection}:{name.lower()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16] if name else ""
