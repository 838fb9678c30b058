"""The normal form of names and labels, on random text."""

from unicodedata import category, is_normalized

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.names import is_normal, normal_form
from engine.schemas.base import Refused
from engine.schemas.fields import MAX_ID, Label

JOINERS = "\u200c\u200d"
AWKWARD = "\u00ad\ufeff\u200b\u2060\u200e\u202e\u00a0\u2009\u3000\u2028\u3164\u2800\t\n e\u0301آش\U0001f469" + JOINERS
texts = st.text(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=30)
letters = st.characters(categories=["Lu", "Ll"])


@settings(max_examples=500)
@given(texts)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    once = normal_form(text)
    assert normal_form(once) == once


@settings(max_examples=500)
@given(texts)
def test_a_normal_form_is_composed(text: str) -> None:
    assert is_normalized("NFC", normal_form(text))


@settings(max_examples=500)
@given(texts)
def test_a_normal_form_has_single_blanks_and_none_at_its_ends(text: str) -> None:
    normal = normal_form(text)
    assert " ".join(normal.split()) == normal
    assert not any(character.isspace() and character != " " for character in normal)


@settings(max_examples=500)
@given(texts)
def test_nothing_invisible_is_left_but_joiners_within_words(text: str) -> None:
    normal = f" {normal_form(text)} "
    for before, character, after in zip(normal, normal[1:], normal[2:], strict=False):
        if character in JOINERS:
            assert before not in f" {JOINERS}" and after not in f" {JOINERS}"
        else:
            assert category(character) != "Cf"


@given(letters, st.sampled_from(JOINERS), letters)
def test_a_joiner_between_letters_is_kept(before: str, joiner: str, after: str) -> None:
    assert joiner in normal_form(before + joiner + after)


@settings(max_examples=500)
@given(texts)
def test_a_label_is_read_if_it_is_in_normal_form_and_of_assigned_characters(text: str) -> None:
    normal = normal_form(text)
    assert not is_normal(text) or normal == text
    readable = is_normal(normal) and 0 < len(normal) <= MAX_ID
    assert readable == (_read(normal) == normal)


def _read(text: str) -> str | None:
    try:
        return Label().read(text)
    except Refused:
        return None
