"""The parts of an explanation: a frozen tree of values that `explain.render` puts into words.

Times are milliseconds, money in facts is minor units, scores are in units of the shop's currency. In JSON times are
RFC 3339, values as in a decision record.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from engine.domain.decision import Decision
from engine.domain.events import customer_ref
from engine.domain.facts import Fact, Value
from engine.domain.money import Currency
from engine.rulebook.reference import Trace, plain
from explain.candidates import Dropped, Given, Gone, Json, Place, told_time
from explain.speaker import Setting
from explain.what_if import AboutRule, Consequence

NEAR: Final = 2
"""Maximum unmet comparisons of a near miss."""
NEAREST: Final = 10
"""Near misses that are rendered, and returned in JSON, unless everything is requested."""


@dataclass(frozen=True, slots=True)
class EvaluatedRule:
    """A rule that was evaluated. `unmet`: the number of unmet comparisons, 0 where it matched."""

    rule: str
    title: str
    status: str
    held: bool
    then: Consequence
    when: Trace
    unmet: int

    @property
    def is_near(self) -> bool:
        return self.unmet <= NEAR

    def to_json(self) -> Json:
        return {
            "rule": self.rule,
            "title": self.title,
            "status": self.status,
            "matched": self.held,
            "then": self.then.to_json(),
            "unmet": self.unmet,
            "when": self.when.to_json(),
        }


@dataclass(frozen=True, slots=True)
class FactUsed:
    """A fact that the rules tested. `mattered`: a matched rule tests it."""

    fact: Fact
    value: Value
    mattered: bool

    def to_json(self) -> Json:
        fact = self.fact
        more = {"unit": fact.unit} if fact.unit else {}
        return {
            "fact": fact.name,
            "sentence": fact.sentence,
            "type": str(fact.type),
            **more,
            "value": plain(self.value),
            "mattered": self.mattered,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one decision. `rules`: the evaluated ones; matched first, then the closest.

    `currency`, `zone` and `vocabulary` (fact name -> fact) are what values are rendered with.
    `standing`: the customer's tier, stages and risk, as far as they are known.
    """

    decision: Decision
    currency: Currency
    zone: str
    vocabulary: Mapping[str, Fact]
    standing: Mapping[str, Value]
    places: tuple[Place, ...]
    withheld: tuple[Given, ...]
    dropped: tuple[Dropped, ...]
    withdrawn: tuple[Gone, ...]
    rules: tuple[EvaluatedRule, ...]
    facts: tuple[FactUsed, ...]
    about: AboutRule | None = None

    @property
    def setting(self) -> Setting:
        """The rendering context of its values."""
        return Setting(self.currency, self.zone, self.vocabulary, self.decision.decided_at)

    def shown(self, everything: bool = False) -> tuple[EvaluatedRule, ...]:
        """The rules that held and the near misses; or all."""
        if everything:
            return self.rules
        held = [one for one in self.rules if one.held]
        near = [one for one in self.rules if not one.held and one.is_near]
        return (*held, *near[:NEAREST])

    def to_json(self, everything: bool = False) -> Json:
        """JSON-ready. Without `everything` the rules that are far from holding are only counted."""
        decided, shown = self.decision, self.shown(everything)
        return {
            "decision_id": decided.decision_id,
            "customer": customer_ref(decided.customer),
            "at": told_time(decided.decided_at),
            "zone": self.zone,
            "trigger": decided.trigger,
            "set_off_by": decided.trigger_id,
            "rulebook": decided.rulebook,
            "snapshot": decided.snapshot,
            "controls": decided.controls,
            "standing": {name: plain(value) for name, value in self.standing.items()},
            "results": [one.to_json() for one in self.places],
            "withheld": [one.to_json() for one in self.withheld],
            "rejected": [one.to_json() for one in self.dropped],
            "withdrawn": [one.to_json() for one in self.withdrawn],
            "shadow": [asdict(one) for one in decided.shadow],
            "rules": [one.to_json() for one in shown],
            "further_rules": len(self.rules) - len(shown),
            "facts": [one.to_json() for one in self.facts if everything or one.mattered],
            "rule": self.about.to_json() if self.about else None,
        }
