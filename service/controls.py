"""Changes to the controls: pause, resume, roll out. Concurrent changes by two operators both apply."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, TypeVar

from engine.decisioning.controls import ACTION, EVERYTHING, GROUP, NO_CONTROLS, RULE, Controls, Pause, Rollout, Target
from engine.domain.errors import Contended, InvalidInput, NotFound, Problem
from engine.rulebook.model import Rulebook
from engine.rulebook.values import did_you_mean
from engine.schemas.controls import dump_controls, load_controls
from service.ports import Store

ATTEMPTS: Final = 5
"""Maximum retries when somebody else has changed the controls meanwhile."""

Entry = TypeVar("Entry", Pause, Rollout)


def read(store: Store, number: int) -> Controls:
    """The controls of this number. NotFound when no longer kept; InvalidInput when unreadable."""
    if number == 0:
        return NO_CONTROLS
    stored = store.controls(number)
    if stored is None:
        raise NotFound(f"the controls with number {number} are no longer stored")
    return load_controls(number, stored)


def latest(store: Store) -> Controls:
    """The controls in force."""
    return read(store, store.news().controls)


def pause(store: Store, pause: Pause, book: Rulebook, now: int) -> Controls:
    """Pause, in place of an earlier pause of the same target. InvalidInput where the rulebook has no such target."""
    _known(pause.target, book)
    return _changed(store, lambda controls: _paused(controls, pause, now))


def resume(store: Store, target: Target, now: int) -> Controls:
    """End a pause. NotFound where the target is not paused."""

    def resumed(controls: Controls) -> Controls:
        running = _running(controls, now)
        if all(pause.target != target for pause in running):
            raise NotFound(f"{target} is not paused")
        return replace(controls, paused=_others(running, target))

    return _changed(store, resumed)


def roll_out(store: Store, rollout: Rollout, book: Rulebook) -> Controls:
    """Limit a rule or an action to a share of the customers. InvalidInput where the rulebook has no such target."""
    _known(rollout.target, book)
    return _changed(
        store, lambda controls: replace(controls, rollouts=(*_others(controls.rollouts, rollout.target), rollout))
    )


def end_rollout(store: Store, target: Target) -> Controls:
    """Let a rule or an action reach all customers again. NotFound where it has no rollout."""

    def ended(controls: Controls) -> Controls:
        if all(rollout.target != target for rollout in controls.rollouts):
            raise NotFound(f"{target} has no rollout")
        return replace(controls, rollouts=_others(controls.rollouts, target))

    return _changed(store, ended)


def _changed(store: Store, change: Callable[[Controls], Controls]) -> Controls:
    """Apply the change to the latest controls; on a version conflict, retry a bounded number of times."""
    for _ in range(ATTEMPTS):
        now = latest(store)
        changed = change(now)
        stored = dump_controls(changed)
        if store.put_controls(stored, now.number):
            return replace(changed, number=now.number + 1)
    raise Contended("the controls are being changed concurrently; nothing was changed")


def _paused(controls: Controls, pause: Pause, now: int) -> Controls:
    return replace(controls, paused=(*_others(_running(controls, now), pause.target), pause))


def _running(controls: Controls, now: int) -> tuple[Pause, ...]:
    """The pauses still in force: expired ones would pile up in every document."""
    return tuple(pause for pause in controls.paused if pause.lasts > now)


def _others(entries: tuple[Entry, ...], target: Target) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.target != target)


def _known(target: Target, book: Rulebook) -> None:
    """An unknown name would be stored and pause nothing."""
    known = _names(target.kind, book)
    if target.kind == EVERYTHING or target.name in known:
        return
    hint = did_you_mean(target.name, known)
    detail = f"no such {target.kind} in this rulebook{f'; {hint}' if hint else ''}"
    raise InvalidInput((Problem("/name", f"unknown-{target.kind}", detail),))


def _names(kind: str, book: Rulebook) -> Collection[str]:
    names: dict[str, Collection[str]] = {
        RULE: book.rules.keys(),
        ACTION: book.actions.keys(),
        GROUP: {action.group for action in book.actions.values()},
    }
    return names.get(kind, ())
