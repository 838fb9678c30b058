"""A rulebook's files: path within the folder ("actions/growth.yaml", "tests/scenarios.yaml") -> content."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Final

Bundle = Mapping[str, bytes]

TESTS: Final = "tests"
MAX_BUNDLE: Final = 10_000_000
"""Bytes of all files together."""


def is_test(name: str) -> bool:
    """Whether this path within the folder is in tests/."""
    return name.partition("/")[0] == TESTS


def rule_tests_of(bundle: Bundle) -> dict[str, bytes]:
    """The files of tests/."""
    return {name: content for name, content in bundle.items() if is_test(name)}


def digest_of(bundle: Bundle) -> str:
    """SHA-256 of names and contents, byte for byte: unlike the revision it includes comments and tests."""
    digest = hashlib.sha256()
    for name in sorted(bundle):
        for part in (name.encode("utf-8", "surrogateescape"), bundle[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def pack(bundle: Bundle) -> bytes:
    """The bundle as bytes, for the store or another process: names and sizes, then the contents, deflated."""
    names = sorted(bundle)
    head = json.dumps([[name, len(bundle[name])] for name in names]).encode()
    return zlib.compress(head + b"\n" + b"".join(bundle[name] for name in names))


def unpack(packed: bytes) -> dict[str, bytes]:
    """The inverse of `pack`; only for its output."""
    head, _, contents = zlib.decompress(packed).partition(b"\n")
    found, start = {}, 0
    for name, size in json.loads(head):
        found[name] = contents[start : start + size]
        start += size
    return found
