"""The names of one rulebook, which the schemas list so that an editor can complete them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.domain.facts import Fact, FactType
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Channel
from engine.rulebook.read.tiers import tiers_of
from engine.rulebook.read.vocabulary import HISTORY


@dataclass(frozen=True, slots=True)
class Names:
    """Names for rules. `facts` has those of the history, too; `declared` only those of vocabulary.yaml."""

    currency: str
    languages: Sequence[str]
    facts: Mapping[str, Fact]
    segments: Sequence[str] = ()
    rules: Sequence[str] = ()
    actions: Mapping[str, str] = field(default_factory=dict)  # id -> title
    groups: Sequence[str] = ()
    tags: Sequence[str] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    levels: Sequence[str] = ()
    tiers: Sequence[str] = ()  # all possible tiers of a customer
    categories: Sequence[str] = ()
    products: Sequence[str] = ()

    @property
    def declared(self) -> tuple[str, ...]:
        return tuple(name for name in self.facts if not name.startswith(HISTORY))

    @property
    def sets(self) -> tuple[str, ...]:
        """The facts that are sets."""
        return tuple(name for name, fact in self.facts.items() if fact.type is FactType.SET)

    @property
    def channel_addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(channel.address for channel in self.channels.values() if channel.address))

    @property
    def placements(self) -> tuple[str, ...]:
        return tuple(placement.id for channel in self.channels.values() for placement in channel.placements)


def names_of(book: Rulebook) -> Names:
    """The names of a rulebook that has no errors."""
    actions = book.actions.values()
    return Names(
        currency=book.shop.currency.code,
        languages=book.shop.languages,
        facts=book.vocabulary,
        segments=sorted(book.segments),
        rules=tuple(book.rules),
        actions={action.id: action.title for action in actions},
        groups=sorted({action.group for action in actions}),
        tags=sorted({tag for action in actions for tag in action.tags}),
        channels=book.channels,
        levels=tuple(level.id for level in book.tiers.levels),
        tiers=tiers_of(book.tiers),
        categories=sorted({product.category for product in book.products.values()}),
        products=tuple(book.products),
    )
