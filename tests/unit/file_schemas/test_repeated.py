"""What a schema repeats is written once, and what it says stays the same."""

from typing import Any

import jsonschema
import pytest

from authoring.file_schemas.repeated import SHORTEST, written_once

LONG = {"type": "object", "properties": {f"key-{number}": {"type": "integer"} for number in range(SHORTEST // 20)}}


def schema() -> dict[str, Any]:
    first, second = {**LONG, "description": "The first"}, {**LONG, "description": "The second"}
    return {"type": "object", "properties": {"a": first, "b": second, "c": {"type": "string"}}}


def test_the_repeated_stands_in_one_definition() -> None:
    once = written_once(schema())
    assert list(once["definitions"].values()) == [LONG]
    assert once["properties"]["c"] == {"type": "string"}


def test_each_place_keeps_its_own_sentence() -> None:
    properties = written_once(schema())["properties"]
    assert [properties[name]["description"] for name in "ab"] == ["The first", "The second"]


@pytest.mark.parametrize("value", [{}, {"a": {"key-0": 1}}, {"a": {"key-0": "x"}}, {"b": {"key-1": "x"}}, {"c": 3}])
def test_what_is_valid_stays_valid_and_what_is_not_is_not(value: dict[str, Any]) -> None:
    before, after = (jsonschema.Draft7Validator(one).is_valid(value) for one in (schema(), written_once(schema())))
    assert before is after


def test_a_schema_that_repeats_nothing_is_left_as_it_is() -> None:
    assert written_once(LONG) == LONG
