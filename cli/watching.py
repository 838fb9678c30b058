"""`--watch`: call a function now, and again after each change of a rulebook's folder, until Ctrl-C."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from engine.rulebook.bundle import digest_of
from engine.rulebook.findings import RulebookError
from runtime.rule_folder import read_bundle

POLL_SECONDS: Final = 0.2


def watch(folder: Path, do: Callable[[], None]) -> None:
    """Call `do` now, and whenever the folder's content has changed and then stayed the same for two polls."""
    with contextlib.suppress(KeyboardInterrupt):
        for _ in settled(_polled(folder)):
            do()


def settled(polled: Iterable[str]) -> Iterator[str]:
    """Of successive digests, those to act on: the first, and each new one that is still the same at the next poll."""
    acted, last = None, None
    for digest in polled:
        if acted is None or (digest == last and digest != acted):
            acted = digest
            yield digest
        last = digest


def _polled(folder: Path) -> Iterator[str]:
    pause = threading.Event()
    while True:
        yield _content_of(folder)
        pause.wait(POLL_SECONDS)


def _content_of(folder: Path) -> str:
    """A digest of all files, or of the error where they cannot be read."""
    try:
        return digest_of(read_bundle(folder))
    except RulebookError as error:
        return hashlib.sha256(str(error).encode("utf-8", "surrogateescape")).hexdigest()
