"""When a watched folder is acted on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.watching import settled


@pytest.mark.parametrize(
    ("looks", "acted"),
    [
        ("aaaa", "a"),
        ("abbb", "ab"),
        ("abcdd", "ad"),  # b and c were half saved
        ("abab", "a"),
        ("aabbaa", "aba"),
        ("abba", "ab"),
        ("", ""),
    ],
)
def test_what_is_new_is_acted_on_once_it_stays(looks: str, acted: str) -> None:
    assert "".join(settled(looks)) == acted


@given(st.text("abc", min_size=1))
def test_in_the_end_the_last_content_was_acted_on_if_it_stays(looks: str) -> None:
    acted = list(settled(looks + 2 * looks[-1]))
    assert acted[-1] == looks[-1]
    assert all(one != after for one, after in pairwise(acted))
