"""Controls: settings that operators and jobs change without a publication, numbered like snapshots.

A decision uses one `Controls` from start to end, like its rulebook and its snapshot, and records its number.

- A pause stops a rule, an action or a group of actions, or everything, until its end or until it is resumed. A named
  rule or action is paused whatever its kind; a pause of everything exempts required notices (`transactional`) and
  tasks for staff (`internal`). A pause refuses new recommendations; it does not withdraw pending ones, as a rule with
  `forbid` does.
- A rollout limits a rule or an action to a share of the customers. Membership depends on the target and the customer
  alone: a larger share includes the customers of a smaller one, and a rollout is independent of the control group and
  of other rollouts.

Both apply to rules that boost or forbid, too: they have no effect while paused, or for customers outside their
rollout.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, NamedTuple

from engine.decisioning.control_group import uniform
from engine.rulebook.offers import Action

RULE: Final = "rule"
ACTION: Final = "action"
GROUP: Final = "group"
EVERYTHING: Final = "everything"
PAUSABLE: Final = (RULE, ACTION, GROUP, EVERYTHING)
ROLLED_OUT: Final = (RULE, ACTION)
SPARED: Final = frozenset(("internal", "transactional"))
"""Kinds of actions exempt from a pause of everything."""
_SALT: Final = "rollout"


class Target(NamedTuple):
    """The target of a pause or a rollout: a kind from `PAUSABLE`, and the id; "" for everything."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Pause:
    """`until`: its end (ms); None: until resumed. `more`: keys that a newer version stored, kept unchanged."""

    target: Target
    until: int | None = None
    why: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def lasts(self) -> float:
        """Its end as a comparable number."""
        return inf if self.until is None else self.until


@dataclass(frozen=True, slots=True)
class Rollout:
    """`share`: of all customers, 0..1. `more`: as in `Pause`."""

    target: Target
    share: float
    more: Mapping[str, Any] = field(default_factory=dict)

    def includes(self, customer: str) -> bool:
        """Whether the customer is in the share."""
        return uniform(_SALT, f"{self.target.kind}/{self.target.name}", customer) < self.share


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment running since `started` (ms). `more`: as in `Pause`."""

    id: str
    started: int
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Controls:
    """One numbered document. Number 0: never changed.

    `filled`: the own facts that are filled. `restrict`: something is paused or rolled out. A target has at most one
    pause and one rollout. `more`: as in `Pause`.
    """

    number: int = 0
    paused: tuple[Pause, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    filled: frozenset[str] = frozenset()
    experiments: tuple[Experiment, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    restrict: bool = field(init=False, repr=False, compare=False)
    _pauses: Mapping[Target, Pause] = field(init=False, repr=False, compare=False)
    _rollouts: Mapping[Target, Rollout] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "restrict", bool(self.paused or self.rollouts))
        object.__setattr__(self, "_pauses", {pause.target: pause for pause in self.paused})
        object.__setattr__(self, "_rollouts", {rollout.target: rollout for rollout in self.rollouts})

    def pause_of(self, rule: str, action: Action | None, now: int) -> Pause | None:
        """The active pause of this rule or of its action; the longest of several."""
        found = (self._pauses.get(target) for target in _pausing(rule, action))
        running = [pause for pause in found if pause is not None and pause.lasts > now]
        return max(running, key=lambda pause: pause.lasts, default=None)

    def rollout_without(self, customer: str, rule: str, action: Action | None) -> Rollout | None:
        """The rollout, of the rule or else of the action, that excludes this customer."""
        for target in _rolling_out(rule, action):
            rollout = self._rollouts.get(target)
            if rollout is not None and not rollout.includes(customer):
                return rollout
        return None


def _pausing(rule: str, action: Action | None) -> Iterator[Target]:
    """The targets whose pause disables a rule; the action is None if it recommends none."""
    yield Target(RULE, rule)
    if action is not None:
        yield Target(ACTION, action.id)
        yield Target(GROUP, action.group)
        if action.kind not in SPARED:
            yield Target(EVERYTHING)


def _rolling_out(rule: str, action: Action | None) -> Iterator[Target]:
    yield Target(RULE, rule)
    if action is not None:
        yield Target(ACTION, action.id)


NO_CONTROLS: Final = Controls()
