"""The people of the organization as a directory knows them: frozen values, whatever the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from appservice.ids import UserId
from spaces.folding import folded


@dataclass(frozen=True)
class DirectoryPerson:
    """One account. *attributes* hold every value of each, as the directory writes it."""

    user_id: UserId
    name: str = ""
    email: str = ""
    active: bool = True
    staff: bool = True
    """Whether the rule of the config counts them as people of the organization."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Tell whether groups may bring this person in."""
        return self.active and self.staff

    @cached_property
    def comparable(self) -> Mapping[str, frozenset[str]]:
        """Return the attributes as rules compare them."""
        return {
            folded(name): frozenset(folded(value) for value in values)
            for name, values in self.attributes.items()
        }
