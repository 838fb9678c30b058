"""A small asynchronous HTTP client for the stress script: one kept connection, sent again until it is answered."""

import asyncio
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE = 60
"""How often something is sent again, a tenth of a second later each time."""
SECONDS = 60


class NoAnswer(Exception):
    """The service does not answer any more."""


@dataclass(slots=True)
class Traffic:
    """What all connections together have done."""

    answers: int = 0
    sent_again: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


class Connection:
    """One caller. A lost connection or a 503 is sent again: everything that it sends bears that.

    `again`: whether that was so with what was sent last.
    """

    def __init__(self, url: str, key: str | None, traffic: Traffic) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SystemExit(f"{url!r} is no address such as http://127.0.0.1:8080")
        self._host, self._tls = parts.hostname, parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        authorization = f"Authorization: Bearer {key}\r\n" if key else ""
        self._head = f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n{authorization}"
        self._traffic = traffic
        self.again = False
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body. NoAnswer when it stays away."""
        return await self._send(f"POST {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n", body)

    async def get(self, path: str) -> tuple[int, bytes]:
        """The same for reading."""
        return await self._send(f"GET {path} HTTP/1.1\r\n{self._head}\r\n", b"")

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _send(self, head: str, body: bytes) -> tuple[int, bytes]:
        self.again = False
        for _ in range(PATIENCE):
            try:
                status, answer = await asyncio.wait_for(self._once(head.encode() + body), SECONDS)
            except (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError):
                self.close()
            else:
                self._traffic.statuses[status] = self._traffic.statuses.get(status, 0) + 1
                if status not in (409, 503):
                    self._traffic.answers += 1
                    return status, answer
            self._traffic.sent_again += 1
            self.again = True
            await asyncio.sleep(0.1)
        raise NoAnswer(f"no answer to {head.splitlines()[0]}")

    async def _once(self, data: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            context = ssl.create_default_context() if self._tls else None
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=context)
        reader, writer = self._streams
        writer.write(data)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.find(b"content-length:")
        body = await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0])) if at >= 0 else b""
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), body
