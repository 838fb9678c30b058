"""A decision in the making: what its stages read, and what it has chosen so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.decisioning.content import CompiledTreatment, Writer, language_chain
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import ChosenProduct, Content
from engine.domain.quick import quick
from engine.domain.refusal import Refusal
from engine.rulebook.model import ProductChoice, Rule
from engine.rulebook.offers import Action, Placement


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
    products: tuple[ChosenProduct, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score in currency units, and the parts of the score."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]


@quick
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


class Draft:
    """One decision in the making. `used_up`: actions of which the ledger had nothing left.

    `memo`: results of stages that hold for every candidate of this decision, by the function that computed them.

    `chosen`: what was chosen so far, with the ids of the channels. `chain`: the languages to write in, the best first.
    """

    __slots__ = ("_writer", "chain", "chosen", "context", "decision_id", "forbids", "memo", "used_up")

    def __init__(
        self, context: EvaluationContext, decision_id: str, forbids: Sequence[Rule], used_up: Mapping[str, Refusal]
    ) -> None:
        self.context = context
        self.decision_id = decision_id
        self.forbids = forbids
        self.used_up = used_up
        self.chosen: list[tuple[Action, str]] = []
        self.memo: dict[object, Any] = {}
        _, spoken = context.profile.traits.get("language", (0, None))
        shop = context.compiled.rulebook.shop
        self.chain = language_chain((context.trigger.language, spoken), shop.languages)
        self._writer: Writer | None = None

    @property
    def writer(self) -> Writer:
        """Fills in texts; made when the first is written, as most decisions write none."""
        if self._writer is None:
            context = self.context
            currency = context.compiled.rulebook.shop.currency
            self._writer = Writer(context.facts, context.compiled.types, currency)
        return self._writer
