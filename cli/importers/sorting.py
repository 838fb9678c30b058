"""Sorting in bounded memory: sorted runs on disk, merged while they are read."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final

import orjson

RUN: Final = 100_000


def externally_sorted(items: Iterable[tuple[Any, ...]], run: int = RUN) -> Iterator[Sequence[Any]]:
    """The items in order, with at most `run` of them in memory; above that, runs are spilled to temporary files.

    Items are tuples of JSON values that differ in a field they can be ordered by.
    """
    source = iter(items)
    with ExitStack() as files:
        spilled: list[IO[bytes]] = []
        chunk = sorted(islice(source, run))
        while len(chunk) == run:
            file = files.enter_context(TemporaryFile())
            file.writelines(orjson.dumps(tuple(item)) + b"\n" for item in chunk)
            spilled.append(file)
            chunk = sorted(islice(source, run))
        if not spilled:
            yield from chunk
            return
        # JSON gives lists back, and a list does not compare with a tuple
        yield from heapq.merge(*map(_read_back, spilled), [list(item) for item in chunk])


def _read_back(file: IO[bytes]) -> Iterator[list[Any]]:
    file.seek(0)
    return (orjson.loads(line) for line in file)
