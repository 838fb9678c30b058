"""A decision in the making: what its stages look at, and what it has chosen so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.content import CompiledTreatment, Writer, language_chain
from engine.decision import ChosenProduct, Content
from engine.quick import quick
from engine.refusal import Refusal
from engine.rulebook.model import ProductChoice, Rule
from engine.rulebook.offers import Action, Placement
from engine.situation import Situation

NO_PRODUCTS: Final[tuple[ChosenProduct, ...]] = ()


@quick
@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that a rule recommends here, with its products once they are chosen.

    `scope`: what the rule's `once` counts by.
    """

    rule: Rule
    action: Action
    wanted: ProductChoice | None
    scope: str | None
    products: tuple[ChosenProduct, ...] = NO_PRODUCTS


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score in currency units, and the parts of the score."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]


@dataclass(slots=True)
class Attempt:
    """A candidate tried in one placement (None: as a message) with one of its treatments.

    `most` fit into the placement, and there is `room` for so many more. The stages that pass fill in `content`, and
    `deliver_after` (ms) where it has to wait for quiet hours to end.
    """

    candidate: Candidate
    placement: Placement | None
    treatment: CompiledTreatment
    most: int
    room: int
    score: float
    content: Content | None = None
    deliver_after: int | None = None


@dataclass(slots=True)
class Draft:
    """One decision in the making. `used_up`: actions of which the ledger had nothing left.

    `chosen`: what was chosen so far, with the ids of the channels.
    """

    situation: Situation
    decision_id: str
    forbids: Sequence[Rule]
    used_up: Mapping[str, Refusal]
    chosen: list[tuple[Action, str]] = field(default_factory=list)
    chain: tuple[str, ...] = field(init=False)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        situation = self.situation
        shop = situation.compiled.rulebook.shop
        _, spoken = situation.profile.traits.get("language", (0, None))
        self.chain = language_chain((situation.occasion.language, spoken), shop.languages)
        self.writer = Writer(situation.facts, situation.compiled.types, shop.currency)
