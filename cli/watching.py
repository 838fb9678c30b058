"""`--watch`: do something now, and again after each change of a folder of rules, until Ctrl-C."""

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
    """`do` is called now, and whenever the folder's content has changed and nobody is saving any more."""
    with contextlib.suppress(KeyboardInterrupt):
        for _ in settled(_looks(folder)):
            do()


def settled(looks: Iterable[str]) -> Iterator[str]:
    """What to act on, out of one look after the other: the first, and what is new and stays so for a second look."""
    acted, last = None, None
    for look in looks:
        if acted is None or (look == last and look != acted):
            acted = look
            yield look
        last = look


def _looks(folder: Path) -> Iterator[str]:
    pause = threading.Event()
    while True:
        yield _content_of(folder)
        pause.wait(POLL_SECONDS)


def _content_of(folder: Path) -> str:
    """A digest of all files; of what is wrong where they cannot be read."""
    try:
        return digest_of(read_bundle(folder))
    except RulebookError as error:
        return hashlib.sha256(str(error).encode("utf-8", "surrogateescape")).hexdigest()
