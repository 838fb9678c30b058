"""Both languages have every message, with the same places to fill in, and every reason, operator and unit."""

import re
from collections.abc import Mapping
from string import Formatter

import pytest

from engine.reasons import Reason
from engine.rulebook.condition import Op
from explain import LANGUAGES, language_of
from explain.details import MESSAGES
from explain.tell import VOCABULARIES
from explain.words import Words
from explain.words_en import WORDS as EN
from explain.words_zh import WORDS as ZH

CHINESE = range(0x4E00, 0x9FFF)
SIGNS_ONLY = {
    *("standing-part", "factor-context", "times", "product", "reason-and-detail", "withdrawn", "held", "target"),
    *("change", "change-with", "fact", "list-last", "plain"),
}
"""Messages that consist of signs and of what is filled in."""


def places(template: str) -> set[str]:
    """The names that a template fills in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def is_chinese(text: str) -> bool:
    return any(ord(sign) in CHINESE for sign in text)


def test_both_languages_have_the_same_messages() -> None:
    assert EN.messages.keys() == ZH.messages.keys()


@pytest.mark.parametrize("message", EN.messages)
def test_a_message_fills_in_the_same_in_both_languages(message: str) -> None:
    assert places(EN.messages[message]) == places(ZH.messages[message])


@pytest.mark.parametrize("words", [EN, ZH], ids=LANGUAGES)
def test_every_reason_operator_and_refusal_has_words(words: Words) -> None:
    assert words.reasons.keys() == set(Reason)
    assert words.wanted.keys() == set(Op)
    assert set(MESSAGES) <= words.messages.keys()
    assert (len(words.weekdays), len(words.months)) == (7, 12)


def test_terms_units_and_opposites_are_the_same_in_both_languages() -> None:
    assert EN.terms.keys() == ZH.terms.keys()
    assert EN.units.keys() == ZH.units.keys()
    assert EN.refused.keys() == ZH.refused.keys()


@pytest.mark.parametrize("said", [ZH.reasons, ZH.terms, ZH.refused], ids=["reasons", "terms", "refused"])
def test_chinese_is_chinese(said: Mapping[str, str]) -> None:
    assert all(is_chinese(text) for text in said.values())


def test_every_chinese_sentence_is_chinese() -> None:
    assert {name for name, text in ZH.messages.items() if not is_chinese(text)} == SIGNS_ONLY


def test_no_english_word_was_left_in_a_chinese_sentence() -> None:
    filled = {name: re.sub(r"\{\w+\}|（\w+）", "", text) for name, text in (ZH.messages | ZH.terms).items()}
    assert [name for name, text in filled.items() if re.search("[a-z]{2}", text)] == []


@pytest.mark.parametrize(
    ("asked", "language"),
    [("zh", "zh-Hans"), ("zh-Hans-CN", "zh-Hans"), ("ZH-tw", "zh-Hans"), ("en-GB", "en"), ("de", "en"), (None, "en")],
)
def test_whoever_wants_chinese_gets_chinese_and_everybody_else_english(asked: str | None, language: str) -> None:
    assert language_of(asked) == language
    assert language in VOCABULARIES
