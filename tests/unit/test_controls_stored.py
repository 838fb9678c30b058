"""Controls as they are stored: read back as they were, wrong ones refused with the place, newer ones carried along."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisioning.controls import PAUSABLE, ROLLED_OUT, Controls, Experiment, Pause, Rollout, Target
from engine.domain.errors import InvalidInput
from engine.schemas.controls import dump_controls, load_controls

NAMES = st.text("abcdefgh-", min_size=1, max_size=5)
TIMES = st.integers(0, 2**42)
MORE = st.dictionaries(
    st.sampled_from(["holidays", "by"]), st.integers(-(2**53), 2**53) | st.text("abc") | st.lists(st.booleans())
)
TARGETS = st.builds(
    lambda kind, name: Target(kind, "" if kind == "everything" else name), st.sampled_from(PAUSABLE), NAMES
)
PAUSES = st.builds(Pause, TARGETS, st.none() | TIMES, st.just("") | NAMES, MORE)
ROLLOUTS = st.builds(Rollout, st.builds(Target, st.sampled_from(ROLLED_OUT), NAMES), st.floats(0, 1), MORE)
EXPERIMENTS = st.builds(Experiment, NAMES, TIMES, MORE)


def unlike(entries: st.SearchStrategy[Any], by: Any) -> st.SearchStrategy[Any]:
    return st.lists(entries, max_size=4, unique_by=by).map(tuple)


CONTROLS = st.builds(
    Controls,
    st.integers(0, 2**31),
    unlike(PAUSES, lambda pause: pause.target),
    unlike(ROLLOUTS, lambda rollout: rollout.target),
    st.frozensets(NAMES, max_size=4),
    unlike(EXPERIMENTS, lambda experiment: experiment.id),
    st.dictionaries(st.sampled_from(["readable_from", "audiences"]), st.integers(-9, 9)),
)


@settings(max_examples=100, deadline=None)
@given(CONTROLS)
def test_controls_are_read_back_as_they_were_with_what_a_newer_version_added(controls: Controls) -> None:
    assert load_controls(controls.number, dump_controls(controls)) == controls


def test_an_empty_document_changes_nothing() -> None:
    assert load_controls(4, b"{}") == Controls(4)


PAUSE = {"what": "action", "name": "a"}
ROLLOUT = {"what": "rule", "name": "r", "share": 0.1}


@pytest.mark.parametrize(
    ("body", "place", "said"),
    [
        ([], "", "must be a JSON object"),
        ({"paused": {}}, "/paused", "must be a list, not an object"),
        ({"paused": ["a"]}, "/paused/0", "must be a JSON object"),
        ({"paused": [PAUSE, {"name": "a"}]}, "/paused/1/what", "is required"),
        ({"paused": [{"what": "action"}]}, "/paused/0/name", "is required"),
        ({"paused": [{"what": "acton", "name": "a"}]}, "/paused/0/what", 'did you mean "action"?'),
        ({"paused": [{"what": "everything", "name": "a"}]}, "/paused/0/name", "must be omitted"),
        ({"paused": [PAUSE | {"until": "tomorrow"}]}, "/paused/0/until", "must be an RFC 3339 time"),
        ({"paused": [PAUSE | {"why": 1}]}, "/paused/0/why", "must be a text, not a number"),
        ({"paused": [PAUSE, PAUSE | {"why": "again"}]}, "/paused", "names action a twice"),
        ({"rollouts": [{"what": "group", "name": "g", "share": 1}]}, "/rollouts/0/what", "must be one of rule, action"),
        ({"rollouts": [ROLLOUT | {"share": 10}]}, "/rollouts/0/share", "must be from 0 to 1"),
        ({"rollouts": [ROLLOUT | {"share": True}]}, "/rollouts/0/share", "must be a number, not true or false"),
        ({"rollouts": [ROLLOUT, ROLLOUT]}, "/rollouts", "names rule r twice"),
        ({"filled": [""]}, "/filled/0", "must have 1 to 100 characters"),
        ({"experiments": [{"id": "e"}]}, "/experiments/0/started", "is required"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(body: object, place: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_controls(1, orjson.dumps(body))
    (problem,) = refused.value.problems
    assert problem.pointer == place
    assert said in problem.message


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        load_controls(1, orjson.dumps({"paused": [{"what": "x", "until": 3}], "rollouts": 1}))
    assert {problem.pointer for problem in refused.value.problems} >= {"/paused/0/what", "/paused/0/until", "/rollouts"}


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is not JSON"):
        load_controls(1, b"{")
