"""Real servers for tests: an embedded Valkey on a unix socket, and a cluster on loopback."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from runtime import embedded


@contextlib.contextmanager
def embedded_server(folder: Path) -> Iterator[embedded.Embedded]:
    """The embedded server on data under `folder`, ended with the block."""
    server = embedded.start(folder)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def cluster(folder: Path, nodes: int = 2) -> Iterator[str]:
    """A cluster of servers on loopback without replicas; the URL for `storage.redis.connect`."""
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(_cluster_node(folder / str(number))) for number in range(nodes)]
        clients = [stack.enter_context(Redis(port=port, protocol=2)) for port, _ in running]
        share = 16384 // nodes
        for number, client in enumerate(clients):
            last = 16383 if number == nodes - 1 else (number + 1) * share - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
        for port, bus in running[1:]:
            clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
        _wait_until(lambda: all(_whole(client, nodes) for client in clients))
        yield f"redis+cluster://127.0.0.1:{running[0][0]}"


@contextlib.contextmanager
def _cluster_node(folder: Path) -> Iterator[tuple[int, int]]:
    """One server that is to join a cluster; its port and the port of the cluster's bus."""
    folder.mkdir(parents=True)
    port, bus = _free_ports(2)
    options = {"port": port, "cluster-port": bus, "bind": "127.0.0.1", "cluster-enabled": "yes", "dir": folder}
    options |= {"save": "", "cluster-node-timeout": 5000}
    command = [embedded.server_program(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
    try:
        with Redis(port=port, protocol=2) as client:
            _wait_until(lambda: _answers(client))
        yield port, bus
    finally:
        server.terminate()
        server.wait()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def _whole(client: Redis, nodes: int) -> bool:
    info = client.execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in info and b"cluster_known_nodes:%d" % nodes in info


def _wait_until(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    give_up = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError("a server for the tests did not get ready")
        time.sleep(0.01)
