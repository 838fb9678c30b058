"""A load generator that costs little: raw keep-alive connections in one selector loop, requests prepared as bytes."""

import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit


@dataclass
class Connection:
    socket: socket.socket
    sent: float = 0.0
    buffer: bytearray = field(default_factory=bytearray)


@dataclass
class Run:
    """`seconds` of the whole run, `times` of each answer, the `answers` (status, body) to be checked afterwards."""

    seconds: float
    times: list[float]
    answers: list[tuple[int, bytes]]


def request(host: str, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(url: str, requests: Iterator[bytes], connections: int) -> Run:
    """Send all requests over so many connections, each waiting for its answer."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    selector, times, answers = selectors.DefaultSelector(), [], []
    began = perf_counter()
    for _ in range(connections):
        opened = socket.create_connection((parts.hostname, parts.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _send_next(Connection(opened), requests, selector)
    while selector.get_map():
        for key, _ in selector.select():
            connection: Connection = key.data
            connection.buffer += connection.socket.recv(65536)
            answer = _answer(connection.buffer)
            if answer is None:
                continue
            times.append(perf_counter() - connection.sent)
            answers.append(answer)
            connection.buffer.clear()
            selector.unregister(connection.socket)
            _send_next(connection, requests, selector)
    return Run(perf_counter() - began, times, answers)


def _send_next(connection: Connection, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    body = next(requests, None)
    if body is None:
        connection.socket.close()
        return
    connection.sent = perf_counter()
    connection.socket.sendall(body)
    selector.register(connection.socket, selectors.EVENT_READ, connection)


def _answer(buffer: bytearray) -> tuple[int, bytes] | None:
    """Status and body once the whole answer is there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0])
    if len(buffer) < end + 4 + length:
        return None
    return int(head[9:12]), bytes(buffer[end + 4 :])
