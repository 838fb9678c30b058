"""What would have to change for one rule to fire, as part of an explanation."""

from dataclasses import dataclass
from typing import Any, Final

from engine.domain.facts import Value
from engine.rulebook.condition import Op
from engine.rulebook.reference import compare, plain
from explain.candidates import Dropped, Given, Json, told_time


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a rule does: recommend, forbid or boost (`by`), and `target` an action; or of another `kind` of target: a
    group, a tag, a kind of actions, an effect, a role of products."""

    does: str
    kind: str
    target: str
    by: float = 1.0

    def to_json(self) -> Json:
        return {"does": self.does, self.kind: self.target, **({"by": self.by} if self.does == "boost" else {})}


_OPPOSITES: Final = {
    Op.IS: Op.IS_NOT,
    Op.IS_NOT: Op.IS,
    Op.ONE_OF: Op.NONE_OF,
    Op.NONE_OF: Op.ONE_OF,
    Op.AT_LEAST: Op.LESS_THAN,
    Op.LESS_THAN: Op.AT_LEAST,
    Op.MORE_THAN: Op.AT_MOST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.HAS: Op.HAS_NONE,
    Op.HAS_ANY: Op.HAS_NONE,
    Op.HAS_NONE: Op.HAS_ANY,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A required value of a fact: `op value`, or (`positive` false) anything but that."""

    op: Op
    value: Any
    positive: bool

    @property
    def means(self) -> Op | None:
        """The equivalent operator for a known value; None: there is none."""
        return self.op if self.positive else _OPPOSITES.get(self.op)

    def met_by(self, actual: Value) -> bool:
        """Whether a value of the fact is as required."""
        return compare(self.op, actual, self.value) is self.positive

    def to_json(self) -> Json:
        said = {"op": str(self.op), "value": plain(self.value)}
        return said if self.positive else {"not": said}


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that would have to change. `to`: the nearest sufficient value. `known`: the decision knew the fact."""

    fact: str
    actual: Value
    wanted: tuple[Wanted, ...]
    to: Value
    known: bool = True

    def to_json(self) -> Json:
        wanted = [one.to_json() for one in self.wanted]
        return {
            "fact": self.fact,
            "known": self.known,
            "actual": plain(self.actual),
            "wanted": wanted,
            "to": plain(self.to),
        }


@dataclass(frozen=True, slots=True)
class Would:
    """The hypothetical result for the rule's candidate if the rule fired.

    It would be `given` (or `withheld` from a holdout), or `dropped`. `surely`: every stage was tried; otherwise only
    what the decision's record contains is known.
    """

    surely: bool
    given: Given | None = None
    withheld: bool = False
    dropped: Dropped | None = None

    def to_json(self) -> Json:
        return {
            "surely": self.surely,
            "given": self.given.to_json() if self.given else None,
            "withheld": self.withheld,
            "dropped": self.dropped.to_json() if self.dropped else None,
        }


@dataclass(frozen=True, slots=True)
class AboutRule:
    """What would have to change for one rule to fire.

    `changes`: the fewest facts, empty where its conditions hold, None where no facts make them hold. The rest are
    other obstacles: other `triggers`, its status, its dates (`valid`: from and until, ms).
    """

    rule: str
    title: str
    status: str
    then: Consequence
    triggers: tuple[str, ...]
    looks: bool
    changes: tuple[Change, ...] | None
    valid: tuple[int | None, int | None]
    in_dates: bool
    would: Would | None = None

    @property
    def fired(self) -> bool:
        """Whether it fired as things are."""
        return self.changes == () and self.looks and self.in_dates and self.status == "live"

    def to_json(self) -> Json:
        return {
            "rule": self.rule,
            "title": self.title,
            "status": self.status,
            "then": self.then.to_json(),
            "triggers": list(self.triggers),
            "evaluated": self.looks,
            "valid": {"from": told_time(self.valid[0]), "until": told_time(self.valid[1])},
            "in_dates": self.in_dates,
            "fired": self.fired,
            "changes": None if self.changes is None else [one.to_json() for one in self.changes],
            "would": self.would.to_json() if self.would else None,
        }
