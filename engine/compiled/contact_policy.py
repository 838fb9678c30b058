"""The compiled contact policy: per action and channel only what applies there, so that decisions skip the rest."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.rulebook.model import Rulebook
from engine.rulebook.offers import OBEYS, UNCOUNTED, Action
from engine.rulebook.predicates import Predicate, comparisons, predicate
from engine.rulebook.shop import Cap, QuietHours, Suppression


@dataclass(frozen=True, slots=True, eq=False)
class CompiledCap:
    """A cap with its condition as a function, and the actions that it counts.

    `among` None: all but those in `uncounted`, so that actions removed from the rulebook count, too.
    """

    cap: Cap
    holds: Predicate | None
    among: frozenset[str] | None
    uncounted: frozenset[str]
    channels: frozenset[str]

    def counts(self, action: str) -> bool:
        """Whether contacts with this action (an id) count."""
        return action not in self.uncounted if self.among is None else action in self.among

    def counts_on(self, channel: str) -> bool:
        """Whether contacts on this channel (an id) count."""
        return not self.channels or channel in self.channels


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSuppression:
    """A suppression of one action or group: the actions whose refusals count, its name."""

    rule: Suppression
    actions: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Spacing:
    """Minimum intervals of one action: cooldowns in ms, its own and that of its group, and suppressions.

    `group`: the actions whose contacts count in the cooldown of the group.
    """

    own: int
    together: int
    group: tuple[str, ...]
    suppressions: tuple[CompiledSuppression, ...]


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """`caps` by action and channel, `spacing` by action, `quiet` by channel; absent means unlimited.

    `capped`: the actions that some cap limits. `facts`: the facts in the conditions of the caps.
    """

    caps: Mapping[tuple[str, str], tuple[CompiledCap, ...]]
    capped: frozenset[str]
    spacing: Mapping[str, Spacing]
    quiet: Mapping[str, tuple[QuietHours, ...]]
    facts: frozenset[str]


def plan_policy(book: Rulebook) -> PolicyPlan:
    caps = tuple(_cap(cap, book) for cap in book.contact_policy.caps)
    by_place = {
        (action.id, channel): tuple(cap for cap in caps if cap.counts(action.id) and cap.counts_on(channel))
        for action in book.actions.values()
        if action.kind in OBEYS
        for channel in book.channels
    }
    quiet: dict[str, tuple[QuietHours, ...]] = {}
    for hours in book.contact_policy.quiet_hours:
        for channel in hours.channels:
            quiet[channel] = (*quiet.get(channel, ()), hours)
    return PolicyPlan(
        caps={place: found for place, found in by_place.items() if found},
        capped=frozenset(action for (action, _), found in by_place.items() if found),
        spacing=dict(_spacings(book)),
        quiet=quiet,
        facts=frozenset(c.fact for cap in caps if cap.cap.when for c in comparisons(cap.cap.when, book.segments)),
    )


def _cap(cap: Cap, book: Rulebook) -> CompiledCap:
    uncounted = frozenset(action.id for action in book.actions.values() if action.kind in UNCOUNTED)
    among = None
    if cap.actions or cap.groups or cap.tags:
        among = frozenset(action.id for action in book.actions.values() if _selects(cap, action)) - uncounted
    return CompiledCap(
        cap=cap,
        holds=predicate(cap.when, book.segments) if cap.when else None,
        among=among,
        uncounted=uncounted,
        channels=frozenset(cap.channels),
    )


def _selects(cap: Cap, action: Action) -> bool:
    return (
        (not cap.actions or action.id in cap.actions)
        and (not cap.groups or action.group in cap.groups)
        and (not cap.tags or not set(action.tags).isdisjoint(cap.tags))
    )


def _spacings(book: Rulebook) -> Iterator[tuple[str, Spacing]]:
    """By action. The actions of a group share the group's part."""
    policy, groups = book.contact_policy, _groups(book)
    of_groups = {
        name: tuple(_suppressions(name, actions, "group", policy.suppression)) for name, actions in groups.items()
    }
    for action in book.actions.values():
        own = max(action.cooldown, policy.cooldown_actions.get(action.id, 0))
        if action.kind in OBEYS:
            alone = tuple(_suppressions(action.id, (action.id,), "action", policy.suppression))
            together = policy.cooldown_groups.get(action.group, 0)
            yield action.id, Spacing(own, together, groups[action.group], (*alone, *of_groups[action.group]))
        else:
            yield action.id, Spacing(0 if action.kind == "internal" else own, 0, (), ())


def _groups(book: Rulebook) -> dict[str, tuple[str, ...]]:
    """Group -> the actions whose contacts count."""
    found: dict[str, tuple[str, ...]] = {}
    for action in book.actions.values():
        if action.kind not in UNCOUNTED:
            found[action.group] = (*found.get(action.group, ()), action.id)
    return found


def _suppressions(
    name: str, actions: tuple[str, ...], per: str, rules: Collection[Suppression]
) -> Iterator[CompiledSuppression]:
    for rule in rules:
        if rule.per == per and (not rule.names or name in rule.names):
            yield CompiledSuppression(rule, actions, name)
