"""The watcher beside a service: publishes the folder's content, at the start and on every change.

It compares content, so any way to replace a file works: saved in place, renamed, or swapped by a symlink as
Kubernetes does with a ConfigMap. Two equal reads are complete; a read during a save is not.
"""

import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

from engine.domain.errors import Contended, PatronError, StateUnavailable
from engine.domain.times import SECOND
from engine.rulebook.bundle import Bundle, digest_of
from engine.rulebook.findings import RulebookError
from runtime import logs
from runtime.bootstrap import make_service, open_store
from runtime.rule_folder import read_bundle
from runtime.settings import Settings
from service.proof import RulebookRefused
from service.publishing import PublishedMeanwhile, Publishing, Said

AUTHOR: Final = "watch"
AGAIN: Final = (Contended, StateUnavailable, PublishedMeanwhile)
"""Errors retried at the next poll."""

Tell = Callable[[str], None]


class Watcher:
    """`look` polls the folder: `read` returns its files, `tell` prints the result of a change."""

    def __init__(self, read: Callable[[], Bundle], publishing: Publishing, tell: Tell) -> None:
        self._read = read
        self._publishing = publishing
        self._tell = tell
        self._seen = ""
        self._done = ""

    def look(self) -> None:
        """Publish the content once two reads agree. Raises what is in AGAIN."""
        try:
            files = self._read()
            now = digest_of(files)
        except RulebookError as error:
            files, now = {}, f"unreadable: {error}"
        changed, self._seen = now != self._seen, now
        if changed or now == self._done:
            return
        if files:
            self._publish(files)
        else:
            self._tell(f"{now.removeprefix('unreadable: ') or 'there is no rule file'}\n\nnothing was published")
        self._done = now

    def _publish(self, files: Bundle) -> None:
        try:
            done = self._publishing.publish(files, Said(AUTHOR, "The folder has changed", anyway=True))
        except AGAIN:
            raise
        except RulebookRefused as refused:
            self._tell(_told(refused))
        except PatronError as error:
            self._tell(str(error))
        else:
            if done.new:
                self._tell(f"published as number {done.publication.number}")


def _told(refused: RulebookRefused) -> str:
    """All findings, as `patron check` and `patron test` show them."""
    found = [finding["text"] for finding in refused.proof.findings]
    for test in refused.proof.failed:
        found.append(f"FAILED {test['place']}: {test['test']}")
        found += [f"    expected  {one['expected']}\n    got       {one['got']}" for one in test["failures"]]
    return "\n\n".join([*found, str(refused)])


def main() -> int:
    """Watch until SIGTERM."""
    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    publishing = make_service(settings, open_store(settings)).publishing
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def tell(text: str) -> None:
        sys.stderr.write(f"{settings.rules}: {text}\n")
        sys.stderr.flush()

    watcher = Watcher(lambda: read_bundle(settings.rules), publishing, tell)
    while not stop.wait(settings.poll_ms / SECOND):
        try:
            watcher.look()
        except AGAIN:
            continue  # the service itself logs that the store is gone; other errors are retried first
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
