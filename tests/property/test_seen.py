"""Remembered ids and their fingerprints: laws of storing, merging and forgetting."""

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.profile import Profile
from engine.domain.profile.seen import (
    FINGERPRINT,
    ID,
    UNKNOWN,
    has_other_content,
    merged,
    of_section,
    remembered,
    to_section,
    was_seen,
)
from engine.domain.profile.state import SEEN_KEPT

ids = st.binary(min_size=ID, max_size=ID)
contents = st.integers(UNKNOWN, 2 ** (8 * FINGERPRINT) - 1)
received = st.lists(st.tuples(ids, contents), max_size=2 * SEEN_KEPT, unique_by=lambda one: one[0])


def profile(ids: list[tuple[bytes, int]]) -> Profile:
    have = Profile("c/1")
    for digest, content in ids:
        have = have.but(**remembered(have, digest, content))
    return have


@given(received, contents)
def test_the_newest_ids_are_known_with_their_content(ids: list[tuple[bytes, int]], other: int) -> None:
    have = profile(ids)
    for at, (digest, content) in enumerate(reversed(ids)):
        assert was_seen(have, digest) == (at < SEEN_KEPT)
        is_other = at < SEEN_KEPT and other not in (content, UNKNOWN) and content != UNKNOWN
        assert has_other_content(have, digest, other) == is_other


@given(received)
def test_stored_fingerprints_are_read_as_they_were(ids: list[tuple[bytes, int]]) -> None:
    have = profile(ids)
    assert of_section(to_section(have), have.seen) == have.fingerprints


@given(received, st.lists(ids, max_size=SEEN_KEPT, unique=True))
def test_ids_added_by_a_version_without_fingerprints_leave_the_others_in_place(
    ids: list[tuple[bytes, int]], later: list[bytes]
) -> None:
    later = [digest for digest in later if digest not in dict(ids)]
    have = profile(ids)
    seen = (have.seen + b"".join(later))[-ID * SEEN_KEPT :]
    again = Profile("c/1", seen=seen, fingerprints=of_section(to_section(have), seen))
    is_lost = len(later) >= SEEN_KEPT  # the newest id of then, by which they are found, is forgotten
    expected = profile([*ids, *((digest, UNKNOWN) for digest in later)])
    assert again.fingerprints == (b"" if is_lost else expected.fingerprints)


@given(received, received)
def test_of_two_merged_customers_the_newest_ids_of_each_stay(
    mine: list[tuple[bytes, int]], theirs: list[tuple[bytes, int]]
) -> None:
    theirs = [one for one in theirs if one[0] not in dict(mine)]
    both = Profile("c/1", **merged(profile(mine), profile(theirs)))
    for digest, content in (*mine[-SEEN_KEPT // 2 :], *theirs[-SEEN_KEPT // 2 :]):
        assert was_seen(both, digest)
        assert not has_other_content(both, digest, content)
