"""The rulebooks that were published, in this process."""

import threading

from service.ports import Head


class MemoryRevisions:
    """The port `service.ports.Revisions` in lists and dicts."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._head = Head()
        self._entries: list[tuple[bytes, str]] = []
        self._files: dict[str, bytes] = {}

    def head(self) -> Head:
        """What was published last."""
        return self._head

    def put(self, after: Head, entry: bytes, digest: str, files: bytes) -> bool:
        """Store files and entry under the next number; False when somebody published in between."""
        with self._lock:
            if after != self._head:
                return any(entry == known for known, _ in self._entries)
            self._entries = [*self._entries, (entry, digest)][-self._kept :]
            kept = {known for _, known in self._entries}
            self._files = {known: of for known, of in {digest: files, **self._files}.items() if known in kept}
            self._head = Head(after.number + 1, digest)
        return True

    def entries(self) -> list[bytes]:
        """Newest first."""
        with self._lock:
            return [entry for entry, _ in reversed(self._entries)]

    def files(self, digest: str) -> bytes | None:
        """The files with this digest, None when no entry that is kept has them."""
        return self._files.get(digest)
