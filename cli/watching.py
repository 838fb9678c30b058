"""`--watch`: do something now, and again after each change of a folder of rules, until Ctrl-C."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.rulebook.bundle import digest_of, read_bundle
from engine.rulebook.findings import RulebookError

POLL_SECONDS: Final = 0.2


def watch(folder: Path, do: Callable[[], None]) -> None:
    """`do` is called when the folder's content has changed and then stays as it is for one look: nobody is saving."""
    pause = threading.Event()
    done: str | None = None
    last = ""
    try:
        while True:
            now = _content_of(folder)
            if now != done and (done is None or now == last):
                do()
                done = now
            last = now
            pause.wait(POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _content_of(folder: Path) -> str:
    """A digest of all files; of what is wrong where they cannot be read."""
    try:
        return digest_of(read_bundle(folder))
    except RulebookError as error:
        return hashlib.sha256(str(error).encode("utf-8", "surrogateescape")).hexdigest()
