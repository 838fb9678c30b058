"""The matcher on durable_rules: the only place that imports it, and only its extension module.

It keeps to the subset that was measured to be exact: one constant sid, one live fact, one caller at a time on a
ruleset, everything given back on `close`. Build it after fork, in the process that uses it. Locks are passed in: the
engine knows no threads, but the process that it runs in has them.
"""

import weakref
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from itertools import count
from typing import Final

from engine.domain.facts import Facts
from engine.rulebook.compiler import RETRACT, SID, WARM_UP, WARM_UP_RULE, Program, Shard, compile_rulebook
from engine.rulebook.model import Rulebook

try:
    import durable_rules_engine as _engine
except ImportError:
    # Not built for this Python: `available` returns False, and the caller uses the reference matcher.
    _engine = None

REMEMBERED: Final = 1_024
_NOTHING_MATCHED: Final = 1
_numbers: Final = count(1)

_Compiled = dict[str, tuple[Program, tuple[tuple[Shard, "_Ruleset"], ...]]]
"""Programs and their rulesets by trigger key."""

NewLock = Callable[[], AbstractContextManager[object]]
"""Makes a lock that one caller at a time holds, such as `threading.Lock`."""


class MatcherFault(RuntimeError):
    """durable_rules refused a valid input, or returned an invalid answer."""


def available() -> bool:
    """Whether the extension module of durable_rules can be imported here."""
    return _engine is not None


class DurableMatcher:
    """Matches with durable_rules. Safe for threads; several may live in one process; `close` gives the memory back.

    The engine sees facts as codes that distinguish what the rules distinguish, and many customers have the same ones,
    so matches are `remembered` for so many (0: for none, to measure the engine). Each ruleset has a lock of its own.

    Raises ImportError when durable_rules is not importable, MatcherFault when it refuses a ruleset.
    """

    name = "durable_rules"

    def __init__(self, rulebook: Rulebook, new_lock: NewLock, remembered: int = REMEMBERED) -> None:
        if not available():
            raise ImportError("durable_rules_engine cannot be imported: durable_rules is not installed for this Python")
        rulesets: list[_Ruleset] = []
        self._finalizer = weakref.finalize(self, _close_all, rulesets)
        self._finalizer.atexit = False
        self._compiled: _Compiled = {}
        # Of what is compiled, not of the matcher: one that is in a circle would be collected late, and so its memory.
        self._matched = lru_cache(maxsize=remembered)(partial(_matched, self._compiled))
        for key, program in compile_rulebook(rulebook).items():
            first = len(rulesets)
            for shard in program.shards:
                rulesets.append(_Ruleset(shard, new_lock()))
            self._compiled[key] = program, tuple(zip(program.shards, rulesets[first:], strict=True))

    def match(self, trigger: str, facts: Facts) -> frozenset[str]:
        """The ids of the live and shadow rules with this trigger key whose `when` holds."""
        compiled = self._compiled.get(trigger)
        if compiled is None:
            return frozenset()
        return self._matched(trigger, tuple(compiled[0].codes(facts)))

    def close(self) -> None:
        """Frees the engine's memory now instead of on garbage collection. Matching afterwards is a fault."""
        self._matched.cache_clear()
        self._finalizer()


def _matched(compiled: _Compiled, trigger: str, codes: tuple[int, ...]) -> frozenset[str]:
    program, shards = compiled[trigger]
    matched = set(program.always)
    for shard, ruleset in shards:
        ruleset.match(shard.message(codes), matched)
    return frozenset(matched)


class _Ruleset:
    """One ruleset in the engine. Warmed up by a match: a state in which nothing ever matched cannot be deleted."""

    def __init__(self, shard: Shard, lock: AbstractContextManager[object]) -> None:
        self._rules = {**{str(number): rule for number, rule in enumerate(shard.rules)}, WARM_UP_RULE: WARM_UP_RULE}
        self._lock = lock
        self._open = True
        self._handle = _engine.create_ruleset(f"patron{next(_numbers)}", shard.ruleset)
        warmed_up: set[str] = set()
        self.match(WARM_UP, warmed_up)
        if warmed_up != {WARM_UP_RULE}:
            raise MatcherFault("durable_rules did not match the fact that every ruleset matches")

    def match(self, fact: str, matched: set[str]) -> None:
        """Adds the ids of the rules that hold for the fact (JSON) to `matched`. The fact is gone afterwards."""
        rules, handle = self._rules, self._handle
        with self._lock:
            if not self._open:
                raise MatcherFault("this matcher was closed")
            code, state = _engine.assert_fact(handle, fact)
            if code == _NOTHING_MATCHED:
                return  # and then nothing was stored
            try:
                started = _engine.start_action_for_state(handle, state)
                action = started and started[1]
                while action:  # {"<rule's name>":{...}}
                    matched.add(rules[action[2 : action.index('"', 2)]])
                    action = _engine.complete_and_start_action(handle, state)
            finally:
                _engine.retract_fact(handle, RETRACT)

    def close(self) -> None:
        """Deletes the ruleset, once. The state has to go first, or most of the memory stays."""
        with self._lock:
            if self._open:
                self._open = False
                _engine.delete_state(self._handle, SID)
                _engine.delete_ruleset(self._handle)


def _close_all(rulesets: Iterable[_Ruleset]) -> None:
    for ruleset in rulesets:
        ruleset.close()
