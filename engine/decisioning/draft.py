"""A decision in progress: the inputs of its stages, and its choices so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.decisioning.content import CompiledTreatment, Writer, language_chain
from engine.decisioning.evaluation_context import EvaluationContext
from engine.domain.decision import ChosenProduct, Content, Recommendation
from engine.domain.quick import quick
from engine.domain.refusal import Refusal
from engine.rulebook.model import ProductChoice, Rule
from engine.rulebook.offers import Action, Placement


@quick
@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that a rule recommends here, with its products once chosen.

    `scope`: the scope of the rule's `once`.
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

    `most` fit into the placement, with `room` for so many more. `kept_by`: a pending recommendation that keeps its
    place there although its score is lower. Passing stages fill in `content`, and `deliver_after` (ms) if it is held
    until quiet hours end.
    """

    candidate: Candidate
    placement: Placement | None
    treatment: CompiledTreatment
    most: int
    room: int
    score: float
    kept_by: Recommendation | None = None
    content: Content | None = None
    deliver_after: int | None = None


class Draft:
    """One decision in progress. `used_up`: actions whose quota is exhausted.

    `memo`: stage results shared by every candidate of this decision, by the function that computed them.

    `chosen`: the choices so far, with channel ids. `chain`: the languages of texts, the best first.
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
        """Fills in texts; created on first use, as most decisions have none."""
        if self._writer is None:
            context = self.context
            currency = context.compiled.rulebook.shop.currency
            self._writer = Writer(context.facts, context.compiled.types, currency)
        return self._writer
