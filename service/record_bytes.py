"""The bytes of a record: a header, and its sections, compressed together.

The header is the format, the oldest format that code must know to read it, and the number of the compression
dictionary (zstd; 0: none, and not compressed). Each section is its id (one byte), its length (four
bytes) and its content. Unknown sections are skipped.

Dictionaries are trained on records of generated shops only (`python -m scripts.record_dictionary`). One ever
used for writing stays in the folder, because kept records need it.
"""

import struct
import threading
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import zstandard

from engine.domain.errors import UnreadableState

FORMAT: Final = 3
READABLE_FROM: Final = 3
DICTIONARY: Final = 1
"""The one for writing; all in the folder serve for reading."""
PLAIN: Final = 0
"""In place of a dictionary: not compressed."""
LEVEL: Final = 1
"""Higher levels save 5 % of the bytes and take half as long again."""
MOST_BYTES: Final = 4_000_000
_HEAD: Final = struct.Struct(">BBB")
_SECTION: Final = struct.Struct(">BI")


def pack(sections: Mapping[int, bytes], dictionary: int = DICTIONARY) -> bytes:
    """A record of these sections (id -> content), compressed with this dictionary."""
    return _HEAD.pack(FORMAT, READABLE_FROM, dictionary) + _coders().compressed(joined(sections), dictionary)


def joined(sections: Mapping[int, bytes]) -> bytes:
    """What is compressed."""
    return b"".join([_SECTION.pack(number, len(content)) + content for number, content in sections.items()])


def unpack(data: bytes) -> dict[int, bytes]:
    """The sections. UnreadableState when these bytes are no record readable by this version."""
    if len(data) < _HEAD.size:
        raise UnreadableState("a stored record is truncated")
    format_, readable_from, dictionary = _HEAD.unpack_from(data)
    if format_ < FORMAT or readable_from > FORMAT:
        raise UnreadableState(f"a stored record has format {format_}, which this version of Patron cannot read")
    try:
        return _sections(_coders().decompressed(data[_HEAD.size :], dictionary))
    except (zstandard.ZstdError, struct.error, FileNotFoundError) as error:
        raise UnreadableState(f"a stored record cannot be read: {error}") from None


def _sections(body: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(body):
        number, length = _SECTION.unpack_from(body, at)
        at += _SECTION.size
        found[number] = body[at : at + length]
        at += length
    return found


class _Coders:
    """A compressor and decompressors; not for two threads at once."""

    def __init__(self) -> None:
        self._compressors: dict[int, zstandard.ZstdCompressor] = {}
        self._decompressors: dict[int, zstandard.ZstdDecompressor] = {}

    def compressed(self, data: bytes, dictionary: int) -> bytes:
        """Dictionary 0: unchanged."""
        if dictionary == PLAIN:
            return data
        found = self._compressors.get(dictionary)
        if found is None:
            found = zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(dictionary), write_dict_id=False)
            self._compressors[dictionary] = found
        return found.compress(data)

    def decompressed(self, data: bytes, dictionary: int) -> bytes:
        """The original bytes; dictionary 0: they never were compressed."""
        if dictionary == PLAIN:
            return data
        return self._decompressor(dictionary).decompress(data, max_output_size=MOST_BYTES)

    def _decompressor(self, dictionary: int) -> zstandard.ZstdDecompressor:
        found = self._decompressors.get(dictionary)
        if found is None:
            found = zstandard.ZstdDecompressor(dict_data=_dictionary(dictionary))
            self._decompressors[dictionary] = found
        return found


_LOCAL: Final = threading.local()


def _coders() -> _Coders:
    try:
        found: _Coders = _LOCAL.coders
    except AttributeError:
        found = _LOCAL.coders = _Coders()
    return found


@cache
def _dictionary(number: int) -> zstandard.ZstdCompressionDict:
    data = resources.files(__package__).joinpath("record_dictionaries", f"{number}.zdict").read_bytes()
    dictionary = zstandard.ZstdCompressionDict(data)
    dictionary.precompute_compress(level=LEVEL)
    return dictionary
