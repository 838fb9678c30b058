"""The committed schemas are those that would be written now, fit the shipped files, never refuse what check accepts."""

import json
import re
from collections.abc import Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from authoring.checking import check_texts
from authoring.file_schemas import MODELINE, schema_for, schemas_for
from authoring.formatting.passes import LISTS
from authoring.rule_tests import read_tests
from engine.rulebook.findings import Severity
from engine.rulebook.loader import FILES
from engine.rulebook.read.words import GROUP_SYNONYMS, KEY_SYNONYMS, OPERATOR_SYNONYMS
from engine.rulebook.source import plain
from scripts.schemas import OUT, written
from tests.support.books import shipped
from tests.support.every_key import EVERYTHING
from tests.support.file_keys import parsed

RULES = OUT.parent / "rules"
COMMITTED = sorted(path.name for path in OUT.iterdir())
SHIPPED = sorted(path.relative_to(RULES).as_posix() for path in RULES.rglob("*.yaml"))


@cache
def validators() -> Mapping[str, Draft7Validator]:
    """For the shipped rulebook."""
    return {name: Draft7Validator(schema) for name, schema in schemas_for(shipped().rulebook).items()}


@cache
def small() -> Mapping[str, Draft7Validator]:
    """For the rulebook with every key."""
    book = check_texts(EVERYTHING)[0]
    assert book is not None
    return {name: Draft7Validator(schema) for name, schema in schemas_for(book).items()}


def refused(name: str, text: str | bytes, by: Mapping[str, Draft7Validator]) -> list[str]:
    schema = schema_for(name)
    assert schema is not None
    return [
        f"{list(error.absolute_path)}: {error.message}"[:200]
        for error in by[schema].iter_errors(plain(parsed(name, text)))
    ]


@pytest.mark.parametrize("name", COMMITTED)
def test_the_committed_schema_is_up_to_date(name: str) -> None:
    assert (OUT / name).read_text(encoding="utf-8") == written()[name], "run `make docs`"


def test_no_other_schema_is_committed_and_none_is_missing() -> None:
    assert sorted(written()) == COMMITTED


@pytest.mark.parametrize("name", COMMITTED)
def test_it_is_a_schema_of_draft_7(name: str) -> None:
    Draft7Validator.check_schema(json.loads(written()[name]))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_fits_its_schema_and_names_it(name: str) -> None:
    data = (RULES / name).read_bytes()
    assert refused(name, data, validators()) == []
    first = data.decode().splitlines()[0]
    assert first.startswith(MODELINE)
    assert (RULES / name).parent.joinpath(first.removeprefix(MODELINE)).resolve() == (OUT / str(schema_for(name)))


def test_every_file_that_is_read_has_a_schema() -> None:
    names = (*FILES, "actions/a.yaml", "tables/a.yaml", "tests/a.yaml")
    assert {schema_for(name) for name in names} == set(written())
    assert schema_for("README.md") is None
    assert schema_for("rules.yaml") is None


def test_a_file_with_every_key_fits() -> None:
    assert {name: found for name, text in EVERYTHING.items() if (found := refused(name, text, small()))} == {}


# ---- the law: a schema never refuses what check accepts ----

WORDS = sorted(
    {*OPERATOR_SYNONYMS, *GROUP_SYNONYMS, *KEY_SYNONYMS}
    | set(re.findall(r"[A-Za-z0-9_.%-]+", " ".join(EVERYTHING.values())))
    | {
        "yes",
        "no",
        "true",
        "never",
        "unknown",
        "0",
        "3",
        "-1",
        "2.5",
        "1e3",
        '"4"',
        "5 %",
        "60 EUR",
        "36 hours",
        "~",
        "''",
    }
)
TOKEN = re.compile(r"[A-Za-z0-9_.%-]+")


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, str]:
    """A file of the rulebook with a few of its words replaced, or with a line less or twice."""
    name = draw(st.sampled_from(sorted(EVERYTHING)))
    text = EVERYTHING[name]
    for _ in range(draw(st.integers(1, 3))):
        lines = text.split("\n")
        number = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(("word", "word", "word", "less", "twice")))
        if kind == "less":
            lines[number : number + 1] = []
        elif kind == "twice":
            lines.insert(number, lines[number])
        elif found := list(TOKEN.finditer(lines[number])):
            word = draw(st.sampled_from(found))
            lines[number] = lines[number][: word.start()] + draw(st.sampled_from(WORDS)) + lines[number][word.end() :]
        text = "\n".join(lines)
    return name, text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed())
def test_what_check_accepts_no_schema_refuses(change: tuple[str, str]) -> None:
    name, text = change
    texts = {**EVERYTHING, name: text}
    book, _ = check_texts({file: told for file, told in texts.items() if not file.startswith("tests/")})
    if book is None:
        return
    tests = {file: told.encode() for file, told in texts.items() if file.startswith("tests/")}
    if any(finding.severity is Severity.ERROR for finding in read_tests(tests, book)[1]):
        return
    by = {file: Draft7Validator(schema) for file, schema in schemas_for(book).items()}
    assert {file: found for file, told in texts.items() if (found := refused(file, told, by))} == {}


# ---- and what an editor marks ----

CAUGHT = [
    ("operation.yaml", "customer.orders:", "customer.ordrs:"),
    ("operation.yaml", "{at_least: 2}", "{gte: 2}"),
    ("operation.yaml", "status: live", "status: lvie"),
    ("operation.yaml", "serves: [S4]", "serves: [S99]"),
    ("operation.yaml", "owner: crm\n", "ownr: crm\n"),
    ("operation.yaml", "action: check-in", "action: chek-in"),
    ("operation.yaml", "trigger: [requested]", "trigger: requested"),
    ("operation.yaml", "forbid: {effect: discount}", "forbid: {effect: rebate}"),
    ("operation.yaml", "forbid: {effect: discount}", "forbid: {effect: discount, kind: service}"),
    ("segments.yaml", "20 days", "20 EUR"),
    ("segments.yaml", "gold", "godl"),
    ("shop.yaml", "currency: EUR", "currency: EURO"),
    ("shop.yaml", "zone: Europe/Berlin\n", ""),
    ("actions/care.yaml", "12 EUR", "12 USD"),
    ("actions/care.yaml", "propensity: 6 %", "propensity: 6"),
    ("actions/care.yaml", "channel: web", "channel: telex"),
    ("contact_policy.yaml", "window: rolling", "window: sliding"),
    ("contact_policy.yaml", '"21:00"', '"9 pm"'),
    ("arbitration.yaml", "multiplier]", "multiply]"),
    ("tiers.yaml", "30 %", "30"),
    ("tables/churn_risk.yaml", "pick: first", "pick: frist"),
    ("tables/churn_risk.yaml", "customer.pause_chance", "customer.rythm_p"),
    ("channels.yaml", "contact: shown", "contact: seen"),
    ("vocabulary.yaml", "type: count", "type: integer"),
    ("vocabulary.yaml", "count: visited", "count: visitted"),
    ("catalogue.yaml", "49 EUR", "49"),
    ("tests/all.yaml", "expect: {first: none}", "expect: {frist: none}"),
    ("tests/all.yaml", "type: order_completed, time", "type: order_complete, time"),
    ("tests/all.yaml", "outcome: ignore", "outcome: ignored"),
]


@pytest.mark.parametrize(("name", "old", "new"), CAUGHT, ids=[new.strip() or old.strip() for _, old, new in CAUGHT])
def test_a_schema_marks_what_check_refuses(name: str, old: str, new: str) -> None:
    text = EVERYTHING[name]
    assert old in text
    assert refused(name, text.replace(old, new, 1), small())


@pytest.mark.parametrize("word", OPERATOR_SYNONYMS)
def test_what_others_call_an_operator_is_marked(word: str) -> None:
    text = EVERYTHING["operation.yaml"].replace("{at_least: 2}", f'{{"{word}": 2}}', 1)
    assert refused("operation.yaml", text, small())


def test_every_fact_says_what_it_is_when_one_points_at_it() -> None:
    book = shipped().rulebook
    schema = schemas_for(book)["rules.schema.json"]["definitions"]["conditions"]["properties"]
    assert {
        name for name in book.vocabulary if book.vocabulary[name].sentence not in schema[name]["description"]
    } == set()


def test_keys_are_shown_in_the_order_in_which_they_are_written() -> None:
    schemas = schemas_for(shipped().rulebook)
    assert tuple(schemas["rules.schema.json"]["properties"]["rules"]["items"]["properties"]) == LISTS["rules"]
    assert tuple(schemas["actions.schema.json"]["definitions"]["action"]["properties"]) == LISTS["actions"]
