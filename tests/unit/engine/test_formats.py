"""Profiles of all formats are read; a newer one as far as it allows; what cannot be read is a clear error."""

import base64
import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from engine.domain import former_words
from engine.domain.errors import UnreadableState
from engine.domain.profile import Pending, decode, encode
from engine.domain.profile.codec import FORMAT, READABLE_FROM
from engine.domain.profile.former import UNKNOWN_CHANNEL
from engine.domain.profile.sections import RESERVED, SECTIONS
from engine.domain.times import DAY
from tests.formats.make import plain

FOLDER = Path(__file__).parents[2] / "formats"
FORMATS = (1, 2, 3)
NEWER = FORMAT + 1


def examples(format: int) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Customer -> the stored profile, and what the code of then read."""
    folder = FOLDER / f"format-{format}"
    stored = json.loads((folder / "profiles.json").read_text(encoding="utf-8"))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    values = {customer: base64.b64decode(stored[one["key"]]) for customer, one in expected.items()}
    return {
        customer: (value[9 + value[8] :], _today(expected[customer]["profile"])) for customer, value in values.items()
    }


RENAMED = {
    "links": "channel_addresses",
    "looked": "evaluated",
    "overdue": "inactive_at",
    "revisits": "retries",
    "tallies": "event_counts",
    "trials": "experiments",
}
"""Fields of a profile that the code of then called otherwise."""


def _today(profile: dict[str, Any]) -> dict[str, Any]:
    named = {RENAMED.get(name, name): value for name, value in profile.items()}
    for one in named.get("retries", ()):
        one["key"] = former_words.trigger_key(one["key"])
    return named


ALL = [(number, customer) for number in FORMATS for customer in examples(number)]


@pytest.mark.parametrize(("format", "customer"), [one for one in ALL if one[0] > 1])
def test_a_stored_example_is_read_as_the_code_of_its_time_read_it(format: int, customer: str) -> None:
    data, expected = examples(format)[customer]
    assert data[0] == format
    assert plain(decode(data)) == expected


@pytest.mark.parametrize("customer", examples(1))
def test_an_example_of_format_1_keeps_everything_but_the_channels_of_contacts(customer: str) -> None:
    data, expected = examples(1)[customer]
    assert data[0] == 1
    read, contacts = plain(decode(data)), expected.pop("contacts", {})
    assert {name: value for name, value in read.items() if name != "contacts"} == expected
    for action, was in contacts.items():
        contact = decode(data).contacts[action]
        assert (contact.last, contact.outcome) == (was["last"], was["outcome"])
        assert set(contact.touches) == {UNKNOWN_CHANNEL}
        assert [at // DAY for at in contact.touches[UNKNOWN_CHANNEL]] == was["days"]


def test_a_contact_of_format_1_keeps_its_days() -> None:
    body = json.dumps({"c": "c/mei", "h": {"mail": [3 * DAY + 5, [1, 1, 3], "click", 9]}}).encode()
    contact = decode(struct.pack(">BHH", 1, 0, 0) + body).contacts["mail"]
    assert contact.touches == {UNKNOWN_CHANNEL: (DAY, DAY, 3 * DAY + 5)}
    assert (contact.outcome, contact.outcome_time) == ("click", 9)


@pytest.mark.parametrize(("format", "customer"), ALL)
@pytest.mark.parametrize("to", [2, 3])
def test_an_example_written_in_another_format_reads_the_same(format: int, customer: str, to: int) -> None:
    profile = decode(examples(format)[customer][0])
    written = encode(profile, to)
    assert (written[0], decode(written)) == (to, profile)
    assert encode(decode(written), to) == written


@pytest.mark.parametrize(("format", "customer"), [one for one in ALL if one[0] == 2])
def test_format_3_takes_no_more_bytes_than_format_2(format: int, customer: str) -> None:
    data, _ = examples(format)[customer]
    assert len(encode(decode(data), 3)) <= len(data)


# ---- decoded when used ----


def mei() -> bytes:
    return examples(3)["c/mei"][0]


def test_what_nobody_used_is_written_back_byte_by_byte() -> None:
    assert encode(decode(mei()), FORMAT) == mei()


def test_a_change_of_one_field_leaves_the_bytes_of_the_others() -> None:
    before, after = sections(mei()), sections(encode(decode(mei()).but(event_counts={"rated": 7}), FORMAT))
    changed = {number for number in before if before[number] != after[number]}
    assert changed == {section.number for section in SECTIONS if section.field == "event_counts"}


def test_a_field_that_is_emptied_is_gone() -> None:
    assert decode(encode(decode(mei()).but(pending=(), contacts={}), FORMAT)).pending == ()


def test_a_copy_decodes_what_the_first_one_did_not_use() -> None:
    first = decode(mei())
    copy = first.but(last_seen=7)
    assert copy.pending == first.pending
    assert isinstance(copy.pending[0], Pending)


# ---- newer formats ----


def sections(data: bytes) -> dict[int, bytes]:
    """Number -> bytes; read off the layout that the docstring of the codec describes."""
    count, found = data[2], {}
    at = 3 + 4 * count
    for entry in struct.unpack_from(f">{count}I", data, 3):
        found[entry >> 24] = data[at : at + (entry & 0xFFFFFF)]
        at += entry & 0xFFFFFF
    assert at == len(data)
    return found


def assembled(parts: dict[int, bytes], format: int = NEWER, readable_from: int = FORMAT) -> bytes:
    table = [number << 24 | len(part) for number, part in sorted(parts.items())]
    return (
        bytes((format, readable_from, len(table)))
        + struct.pack(f">{len(table)}I", *table)
        + b"".join(part for _, part in sorted(parts.items()))
    )


def of_a_newer_version() -> bytes:
    return assembled(sections(mei()) | dict.fromkeys((*RESERVED, 200), b"\x00 not even JSON \xff"))


def test_a_newer_profile_that_allows_it_is_read() -> None:
    newer = decode(of_a_newer_version())
    assert newer.but(unknown=()) == decode(mei())


def test_sections_of_a_newer_version_are_written_back_unchanged() -> None:
    written = encode(decode(of_a_newer_version()).but(tier="gold", pending=()), FORMAT)
    assert (written[0], written[1]) == (FORMAT, READABLE_FROM)
    assert {number: part for number, part in sections(written).items() if number in (*RESERVED, 200)} == dict.fromkeys(
        (*RESERVED, 200), b"\x00 not even JSON \xff"
    )
    assert decode(written).tier == "gold"


def test_sections_of_a_newer_version_are_not_lost_to_a_store_that_still_names_format_2() -> None:
    written = encode(decode(of_a_newer_version()), 2)
    assert sections(written) == sections(of_a_newer_version())


def test_a_newer_profile_that_does_not_allow_it_is_refused_with_its_format() -> None:
    with pytest.raises(UnreadableState, match=f"format {NEWER}, readable from {NEWER}; this version reads up to"):
        decode(assembled(sections(mei()), NEWER, NEWER))


def test_reserved_numbers_are_not_used_by_sections() -> None:
    assert not set(RESERVED) & {section.number for section in SECTIONS}


def test_every_field_of_a_profile_is_stored() -> None:
    full = decode(mei())
    stored = {"customer", "first_seen", "last_seen", "tier", "inactive_at", "purchases", "seen", "unknown"}
    stored |= {"fingerprints"}
    assert {field.name for field in dataclasses.fields(full)} == stored | {section.field for section in SECTIONS}


# ---- damaged ----


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", b"\x02", b"\x03", b"\x03\x03", b"{}garbage", b"\xff\xff\xff"])
def test_bytes_that_are_no_profile_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableState):
        decode(data)


@pytest.mark.parametrize("format", FORMATS)
def test_a_profile_that_was_cut_is_refused(format: int) -> None:
    data, _ = examples(format)["c/mei"]
    for length in range(1, len(data), 7):
        with pytest.raises(UnreadableState):
            decode(data[:length])


def test_a_section_that_is_damaged_is_refused_when_it_is_used() -> None:
    pending = next(section.number for section in SECTIONS if section.field == "pending")
    profile = decode(assembled(sections(mei()) | {pending: b"[[1,"}, FORMAT))
    assert profile.tier == decode(mei()).tier
    with pytest.raises(UnreadableState, match="pending"):
        _ = profile.pending
