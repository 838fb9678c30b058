"""One way to talk to a single Redis server and to a cluster: commands, scripts, pipelines; one error for all faults."""

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from redis import ConnectionPool, Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import NoScriptError, RedisClusterException, RedisError
from redis.exceptions import TimeoutError as Late
from redis.retry import Retry

from engine.domain.errors import StateUnavailable
from engine.domain.profile.codec import FORMAT

Command = tuple[Any, ...]

CONNECTION: Final = "patron/"
"""The name prefix of our connections; the newest profile format that we read follows."""
_FAULTS = (RedisError, RedisClusterException, OSError)
_SCANNED_AT_ONCE = 1_000
"""Keys scanned in one step: others are served in between."""
_CLUSTER_SCHEMES = {"redis+cluster://": "redis://", "rediss+cluster://": "rediss://"}


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the digest the server knows it by."""

    text: str
    sha: str


def script(name: str) -> Script:
    """The Lua script of this folder with that file name."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Connection(Protocol):
    """What the store needs of a connection. All raise `StateUnavailable` for every fault of server or network."""

    def call(self, *command: Any) -> Any:
        """One command, one round trip."""
        ...

    def quick(self, *command: Any) -> Any:
        """The same for the hot path: the reply as the server gave it, bytes, integers and lists of them."""
        ...

    def run(self, what: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """One script, one round trip; two when the server has not seen it yet."""
        ...

    def many(self, commands: Sequence[Command]) -> list[Any]:
        """Commands in one pipeline, not a transaction; one round trip to each server concerned."""
        ...

    def run_many(self, what: Script, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        """A script for each (keys, args), in one pipeline."""
        ...

    def scan(self, pattern: str) -> Iterator[bytes]:
        """The keys that fit a pattern, of all servers, read step by step; one may come twice."""
        ...

    def now_ms(self) -> int:
        """The time of the server; in a cluster that of the server furthest behind."""
        ...

    def clients(self) -> list[dict[str, str]]:
        """The connections of all servers, each with what CLIENT LIST says of it."""
        ...


def open_connection(url: str, timeout_s: float) -> Connection:
    """A connection for `redis://`, `rediss://`, `unix://`, `redis+cluster://` or `rediss+cluster://`; lazy.

    ValueError for another scheme.
    """
    for scheme, plain in _CLUSTER_SCHEMES.items():
        if url.startswith(scheme):
            return ClusterConnection(plain + url.removeprefix(scheme), timeout_s)
    return ServerConnection(url, timeout_s)


class _Connection:
    """Shared by both kinds; they differ in how they get a client."""

    def _client(self) -> Any:
        raise NotImplementedError

    def _route(self, client: Any, command: Command) -> dict[str, Any]:
        """Options that say where a command of a pipeline goes."""
        return {}

    def call(self, *command: Any) -> Any:
        try:
            return self._client().execute_command(*command)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault

    def quick(self, *command: Any) -> Any:
        return self.call(*command)

    def run(self, what: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            client = self._client()
            try:
                return client.execute_command("EVALSHA", what.sha, len(keys), *keys, *args)
            except NoScriptError:
                return client.execute_command("EVAL", what.text, len(keys), *keys, *args)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault

    def many(self, commands: Sequence[Command]) -> list[Any]:
        return _without_faults(self._pipeline(commands))

    def run_many(self, what: Script, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        replies = self._pipeline([("EVALSHA", what.sha, len(keys), *keys, *args) for keys, args in calls])
        unseen = [at for at, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unseen:
            again = [("EVAL", what.text, len(calls[at][0]), *calls[at][0], *calls[at][1]) for at in unseen]
            for at, reply in zip(unseen, self._pipeline(again), strict=True):
                replies[at] = reply
        return _without_faults(replies)

    def scan(self, pattern: str) -> Iterator[bytes]:
        try:
            yield from self._client().scan_iter(match=pattern, count=_SCANNED_AT_ONCE)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault

    def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        """The reply to each command, an exception in the place of a reply where the server refused."""
        try:
            client = self._client()
            pipeline = client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command, **self._route(client, command))
            replies: list[Any] = pipeline.execute(raise_on_error=False)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault
        return replies


class ServerConnection(_Connection):
    """One server. Every thread has a connection of its own: a fourth cheaper per command than taking turns.

    The two commands of every event go straight to redis-py's connection: its client costs as much again.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        # RESP2: as fast as RESP3 here, one round trip less on connecting, and no pushed messages.
        self._pool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 1),
            max_connections=100_000,
            driver_info=None,
            client_name=f"{CONNECTION}{FORMAT}",
        )
        self._local = threading.local()
        self._process = os.getpid()

    def _client(self) -> Redis:
        if self._process != os.getpid():  # forked: the parent's connections are not ours
            self._local, self._process = threading.local(), os.getpid()
        try:
            client: Redis = self._local.client
        except AttributeError:
            client = self._local.client = Redis(connection_pool=self._pool, single_connection_client=True)
        return client

    def quick(self, *command: Any) -> Any:
        try:
            connection: Any = self._client().connection
            try:
                return _asked(connection, command)
            except (Lost, Late):  # once more, on a new connection; both commands bear repeating
                connection.disconnect()
            try:
                return _asked(connection, command)
            except (Lost, Late):
                connection.disconnect()
                raise
        except _FAULTS as fault:
            raise _unavailable(fault) from fault

    def run(self, what: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            return self.quick("EVALSHA", what.sha, len(keys), *keys, *args)
        except StateUnavailable as fault:
            if not isinstance(fault.__cause__, NoScriptError):
                raise
        return self.quick("EVAL", what.text, len(keys), *keys, *args)

    def now_ms(self) -> int:
        seconds, micros = self.call("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    def clients(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.call("CLIENT LIST")
        return found


class ClusterConnection(_Connection):
    """A cluster; the client learns on first use which server has which slots."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._cluster: RedisCluster | None = None
        self._process = os.getpid()

    def _client(self) -> RedisCluster:
        with self._lock:
            if self._cluster is None or self._process != os.getpid():
                self._cluster = RedisCluster.from_url(
                    self._url,
                    protocol=2,
                    socket_timeout=self._timeout_s,
                    socket_connect_timeout=self._timeout_s,
                    retry=Retry(NoBackoff(), 1),
                    driver_info=None,
                    client_name=f"{CONNECTION}{FORMAT}",
                )
                self._process = os.getpid()
            return self._cluster

    def _route(self, client: Any, command: Command) -> dict[str, Any]:
        """The server of the command's first key; left to itself the client asks a server where the keys are."""
        key = command[3] if command[0] in ("EVAL", "EVALSHA") else command[1]
        return {"target_nodes": client.get_node_from_key(key)}

    def now_ms(self) -> int:
        try:
            client: Any = self._client()
            times = client.execute_command("TIME", target_nodes=RedisCluster.PRIMARIES)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault
        clocks = times.values() if isinstance(times, dict) else [times]
        return min(int(seconds) * 1000 + int(micros) // 1000 for seconds, micros in clocks)

    def clients(self) -> list[dict[str, str]]:
        try:
            client: Any = self._client()
            found = client.execute_command("CLIENT LIST", target_nodes=RedisCluster.ALL_NODES)
        except _FAULTS as fault:
            raise _unavailable(fault) from fault
        lists = found.values() if isinstance(found, dict) else [found]
        return [one for clients in lists for one in clients]


def _asked(connection: Any, command: Command) -> Any:
    connection.send_command(*command)
    return connection.read_response()


def _without_faults(replies: list[Any]) -> list[Any]:
    for reply in replies:
        if isinstance(reply, Exception):
            raise _unavailable(reply) from reply
    return replies


def _unavailable(fault: Exception) -> StateUnavailable:
    """The fault's own text may name hosts; it goes to the log with the cause, not to the sender."""
    return StateUnavailable(f"the store does not respond ({type(fault).__name__})")
