"""The glossary explains every word that the closed lists of the code use."""

import re
from pathlib import Path

import pytest

from engine.domain.events import OUTCOMES
from engine.rulebook import model

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| ([a-z][^|]*?) \| (.+) \|$", (ROOT / "docs" / "glossary.md").read_text(), flags=re.MULTILINE)[1:]
MEANINGS = dict(ROWS)
RULEBOOK_WORDS = (
    "fact",
    "counter",
    "segment",
    "rule",
    "trigger",
    "action",
    "treatment",
    "channel",
    "placement",
    "scene",
)
DECISION_WORDS = (
    "event",
    "profile",
    "tier",
    "snapshot",
    "candidate",
    "decision",
    "recommendation",
    "reason",
    "contact",
)


def test_words_stand_once_and_in_order() -> None:
    words = [word for word, _ in ROWS]
    assert words == sorted(set(words))


def test_every_meaning_is_a_sentence() -> None:
    assert [word for word, meaning in ROWS if not meaning.endswith(".")] == []


@pytest.mark.parametrize("word", [*RULEBOOK_WORDS, *DECISION_WORDS, "rulebook", "delivery", "outcome"])
def test_the_values_of_the_engine_are_explained(word: str) -> None:
    assert word in MEANINGS


def test_every_outcome_is_named() -> None:
    assert [outcome for outcome in OUTCOMES if outcome not in MEANINGS["outcome"]] == []


@pytest.mark.parametrize(
    ("word", "fact"),
    [
        ("tier", "customer.tier"),
        ("relationship stage", "customer.relationship_stage"),
        ("journey stage", "customer.journey_stage"),
    ],
)
def test_the_values_of_the_shipped_vocabulary_are_named(word: str, fact: str) -> None:
    declared = re.search(
        rf"^  {re.escape(fact)}: .*?values: \[([^]]+)\]", (ROOT / "rules" / "vocabulary.yaml").read_text(), re.MULTILINE
    )
    assert declared
    assert [value for value in declared.group(1).split(", ") if value not in f"{MEANINGS[word]} none"] == []


def test_every_consequence_of_a_rule_is_explained() -> None:
    assert {kind.__name__.lower() for kind in (model.Recommend, model.Forbid, model.Boost)} <= set(MEANINGS)
