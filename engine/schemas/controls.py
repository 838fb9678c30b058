"""Controls as JSON. Keys of a newer version are kept when this version changes a document."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from marshmallow import INCLUDE

from engine.decisioning.controls import EVERYTHING, PAUSABLE, ROLLED_OUT, Controls, Experiment, Pause, Rollout, Target
from engine.domain.errors import InvalidInput, Problem
from engine.domain.times import format_rfc3339
from engine.schemas.base import NO_MONEY, Base, Refused, load
from engine.schemas.fields import Id, Number, OneOf, Text, Time
from engine.schemas.nested import ListOf, Object

AT_MOST: Final = 1_000
"""Entries of each kind in one document."""

Json = dict[str, Any]


class Carrying(Base):
    """An object whose unknown keys are kept: a newer version's.

    What decides is never carried unread: a pause of an unknown kind is refused, because a decision that names these
    controls has to obey all of them.
    """

    class Meta(Base.Meta):
        unknown = INCLUDE  # type: ignore[assignment]  # the base excludes

    def _unknown(self, data: Json, original: Any, **_: Any) -> None:
        """Nothing is refused."""

    def more(self, data: Mapping[str, Any]) -> Json:
        """What is not declared."""
        return {key: value for key, value in data.items() if key not in self.fields}


class PauseEntry(Carrying):
    what = OneOf(PAUSABLE, required=True)
    name = Id(about="Id of the rule, action or group; omit it for everything")
    until = Time(about="End of the pause (default: until resumed)")
    why = Text(load_default="")

    def check(self, data: Json) -> None:
        if data["what"] == EVERYTHING and "name" in data:
            raise Refused("name", "must be omitted when everything is paused", "name")
        if data["what"] != EVERYTHING and "name" not in data:
            raise Refused("required", "is required", "name")

    def finish(self, data: Json) -> Any:
        target = Target(data["what"], data.get("name", ""))
        return Pause(target, data.get("until"), data["why"], self.more(data))


class RolloutEntry(Carrying):
    what = OneOf(ROLLED_OUT, required=True)
    name = Id(required=True, about="Id of the rule or action")
    share = Number(1, required=True, about="Share of all customers")

    def finish(self, data: Json) -> Any:
        return Rollout(Target(data["what"], data["name"]), data["share"], self.more(data))


class ExperimentEntry(Carrying):
    id = Id(required=True)
    started = Time(required=True)

    def finish(self, data: Json) -> Any:
        return Experiment(data["id"], data["started"], self.more(data))


class Document(Carrying):
    paused = ListOf(Object(PauseEntry), at_most=AT_MOST, load_default=())
    rollouts = ListOf(Object(RolloutEntry), at_most=AT_MOST, load_default=())
    filled = ListOf(Id(), at_most=AT_MOST, load_default=())
    experiments = ListOf(Object(ExperimentEntry), at_most=AT_MOST, load_default=())

    def check(self, data: Json) -> None:
        named: dict[str, list[object]] = {
            "paused": [pause.target for pause in data["paused"]],
            "rollouts": [rollout.target for rollout in data["rollouts"]],
            "filled": list(data["filled"]),
            "experiments": [experiment.id for experiment in data["experiments"]],
        }
        for key, names in named.items():
            twice = _repeated(names)
            if twice is not None:
                raise Refused("repeated", f"names {twice} twice", key)

    def finish(self, data: Json) -> Json:
        return {**data, "filled": frozenset(data["filled"]), "more": self.more(data)}


_document: Final = Document(NO_MONEY)


def load_controls(number: int, stored: bytes) -> Controls:
    """Controls from their stored form. InvalidInput lists all errors, with JSON pointers."""
    try:
        raw = orjson.loads(stored)
    except orjson.JSONDecodeError as error:
        raise InvalidInput((Problem("", "json", f"is not JSON: {error}"),)) from None
    data = load(_document, raw)
    parts = {name: data[name] for name in ("paused", "rollouts", "filled", "experiments", "more")}
    return Controls(number=number, **parts)


def dump_controls(controls: Controls) -> bytes:
    """The inverse of `load_controls`, without the number: the store assigns it."""
    body = {
        **controls.more,
        "paused": [_pause(one) for one in controls.paused],
        "rollouts": [
            {**one.more, "what": one.target.kind, "name": one.target.name, "share": one.share}
            for one in controls.rollouts
        ],
        "filled": sorted(controls.filled),
        "experiments": [
            {**one.more, "id": one.id, "started": format_rfc3339(one.started)} for one in controls.experiments
        ],
    }
    return orjson.dumps(body)


def _pause(pause: Pause) -> Json:
    body: Json = {**pause.more, "what": pause.target.kind}
    if pause.target.name:
        body["name"] = pause.target.name
    if pause.until is not None:
        body["until"] = format_rfc3339(pause.until)
    return body | ({"why": pause.why} if pause.why else {})


def _repeated(names: Iterable[object]) -> object | None:
    seen: set[object] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
