"""A decision reproduced from the inputs in its record, under the rulebook, snapshot and controls of then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine.compiled.rulebook import Compiled, prepare
from engine.decisioning.controls import Controls
from engine.domain.decision import Decision
from engine.domain.errors import InvalidInput, NotFound
from engine.rulebook.loader import load_stored
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot
from service import controls, deciding, publications, records, snapshots
from service.deciding import Attempt
from service.decision_json import Json, full
from service.inputs import Inputs
from service.live import Live
from service.ports import Store
from service.records import DecisionRecord
from service.reservations import Decide, Peek


class Former:
    """Rulebooks, snapshots and controls of former decisions, as far back as they are kept."""

    def __init__(self, store: Store, live: Callable[[], Live]) -> None:
        self._store = store
        self._live = live

    def live_of(self, decision: Decision) -> Live:
        """The configuration of this decision. NotFound with the reason when no longer kept."""
        rules, snapshot = self.rules_of(decision.rulebook), self._snapshot(decision.snapshot)
        return Live(rules, snapshot, controls=self._controls(decision.controls))

    def rules_of(self, revision: str) -> Compiled:
        """The rulebook of this revision, on the reference matcher unless it is the active one."""
        live = self._live().compiled
        return live if live.rulebook.revision == revision else self._published(revision)

    def _published(self, revision: str) -> Compiled:
        found = next((p for p in publications.history(self._store.revisions) if p.revision == revision), None)
        if found is None:
            raise NotFound(
                f"it was decided under {revision}, which is neither active nor among the stored publications"
            )
        book, _ = load_stored(publications.files_of(self._store.revisions, found.digest))
        if book is None:
            raise NotFound(f"it was decided under {revision}, which this version of Patron can no longer read")
        return prepare(book, ReferenceMatcher(book))

    def _controls(self, number: int) -> Controls:
        try:
            return controls.read(self._store, number)
        except NotFound:
            raise NotFound(f"it was decided with controls {number}, which are no longer stored") from None
        except InvalidInput as error:
            raise NotFound(f"it was decided with controls {number}, which cannot be read here: {error}") from None

    def _snapshot(self, number: int) -> Snapshot:
        if number == 0:
            return Snapshot()
        stored = self._store.snapshot(number)
        if stored is None:
            raise NotFound(f"it was decided with snapshot {number}, which is no longer stored")
        return snapshots.load(number, stored)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A reproduced decision. `differences`: differing parts, kept and reproduced, as JSON."""

    decision: Decision
    same: bool
    bytes: int
    differences: tuple[tuple[str, Any, Any], ...]


def reproduce(record: DecisionRecord, former: Former, store: Store) -> Reproduction:
    """Whether deciding again gives the same bytes, and which parts of the decision differ.

    NotFound with the reason when an input is no longer kept. Former records have sentences
    for refusals: for those, refusals are left out of the comparison.
    """
    made, kept = record.inputs, record.decision
    if made is None:
        raise NotFound("its record was written by a version that stored no inputs")
    live = former.live_of(kept)
    again = deciding.decided(made.have, made.on, Attempt(live, made.now, _AsThen(store, live, made))).decision
    assert again is not None
    again = replace(again, facts=kept.facts)
    if record.is_former:
        again = replace(again, rejected=kept.rejected, withdrawn=kept.withdrawn)
    before, after = records.same_bytes(kept), records.same_bytes(again)
    currency = live.compiled.rulebook.shop.currency
    differences = () if before == after else _differences(full(kept, currency), full(again, currency))
    return Reproduction(kept, before == after, len(before), differences)


def _differences(expected: Json, got: Json) -> tuple[tuple[str, Any, Any], ...]:
    """Part by part."""
    names = [name for name in {**expected, **got} if expected.get(name) != got.get(name)]
    return tuple((name, expected.get(name), got.get(name)) for name in names)


class _AsThen(Peek):
    """Availability is that of the original decision, whatever is left now."""

    def __init__(self, store: Store, live: Live, made: Inputs) -> None:
        super().__init__(store.ledger, live.compiled.rulebook, made.now)
        self._then = made.used_up

    def decided(self, decide: Decide) -> Decision:
        """The decision with the actions used up then."""
        return decide(self._then)
