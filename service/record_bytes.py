"""The bytes of a record: a header, and its sections.

The header is the format, and the oldest format that code must know to read it. Sections that code does not know are
skipped. Each is its id (one byte), its length (four bytes) and its content.
"""

import struct
from collections.abc import Mapping
from typing import Final

FORMAT: Final = 3
READABLE_FROM: Final = 3
_HEAD: Final = struct.Struct(">BB")
_SECTION: Final = struct.Struct(">BI")


def pack(sections: Mapping[int, bytes]) -> bytes:
    """A record of these sections (id -> content)."""
    body = b"".join(_SECTION.pack(number, len(content)) + content for number, content in sections.items())
    return _HEAD.pack(FORMAT, READABLE_FROM) + body


def unpack(data: bytes) -> dict[int, bytes]:
    """The sections. ValueError when these are no bytes of a record that this version reads."""
    if len(data) < _HEAD.size:
        raise ValueError("not a stored record")
    format_, readable_from = _HEAD.unpack_from(data)
    if readable_from > FORMAT:
        raise ValueError(f"a record of format {format_}, which this version of Patron cannot read")
    sections, at = {}, _HEAD.size
    while at < len(data):
        number, length = _SECTION.unpack_from(data, at)
        at += _SECTION.size
        sections[number] = data[at : at + length]
        at += length
    return sections
