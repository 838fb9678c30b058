"""Names as people write them, and what is left of them."""

import pytest

from engine.domain.names import is_normal, normal_form


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Küche\u00a0& Bad", "Küche & Bad"),
        ("\u3000Mei\u2009\u202fLin\r\n", "Mei Lin"),
        ("Garden\tchairs", "Garden chairs"),
        ("Schlaf\u00adzimmer", "Schlafzimmer"),
        ("\ufeffKitchen", "Kitchen"),
        ("Zoe\u0308", "Zoë"),
        ("a  b", "a b"),
    ],
)
def test_a_name_is_brought_into_normal_form(written: str, normal: str) -> None:
    assert normal_form(written) == normal


@pytest.mark.parametrize("name", ["آشپز\u200cخانه", "\U0001f469\u200d\U0001f373", "क्\u200dष"])
def test_a_joiner_within_a_word_is_kept(name: str) -> None:
    assert normal_form(name) == name
    assert is_normal(name)


@pytest.mark.parametrize("name", ["\u200dMei", "Mei\u200c", "Mei \u200d Lin", "\u200d"])
def test_a_joiner_that_joins_nothing_is_dropped(name: str) -> None:
    assert "\u200d" not in normal_form(name) and "\u200c" not in normal_form(name)


@pytest.mark.parametrize("name", ["", "  ", "\u00a0\u3000", "\t\r\n", "\u200b\ufeff", "\u3164", "\u2800 \u00ad"])
def test_nothing_is_left_of_a_name_of_blanks(name: str) -> None:
    assert normal_form(name) == ""


def test_a_long_run_of_joiners_costs_no_time() -> None:
    assert normal_form("a" + "\u200d" * 200_000 + "b") == "a\u200db"


def test_a_control_character_is_never_normal() -> None:
    assert not is_normal(normal_form("a\x07b"))
