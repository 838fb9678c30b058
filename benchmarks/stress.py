"""Many clients at once, random operations: is every limit and cap kept to the last unit, and is nothing lost?

Run: python -m benchmarks.stress --own [--kill]             a service of its own, under benchmarks/stress_rules
     python -m benchmarks.stress --url URL [--key KEY] --rules FOLDER      a service that runs, and its rules

At a running service nobody else may use the limited actions meanwhile, and its records must be kept that long. Clients
log what they are told; the figures that follow from the log are compared with those of the service. Exit status 1 when
a limit or a cap was passed, a unit was lost or given twice, or an id got two answers.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import orjson

from authoring.checking import load
from benchmarks.stress_clients import Client, Stage, all_at_once, now_ms, prepare, take_the_rest
from benchmarks.stress_http import Connection, Traffic
from benchmarks.stress_log import Log, limits, mosts
from benchmarks.stress_outcome import RECORD, RESERVE, Outcome, Used, recorded, told
from benchmarks.stress_windows import windows
from cli.serving import Served, served
from engine.rulebook.model import Rulebook
from runtime import embedded
from service.ports import GRACE
from storage.redis import connect

RULES = Path(__file__).parent / "stress_rules"


class Run:
    """One run against one service."""

    def __init__(self, url: str, asked: argparse.Namespace, book: Rulebook) -> None:
        self._url, self._asked = url, asked
        self._traffic = Traffic()
        self._log = Log(book)
        self._stage = Stage(f"s{now_ms()}", self._log, asked.customers, asked.operations, asked.clients)
        self._peaks: Used = {}
        self.helpers: list[Callable[[], None]] = []
        self.pause: Callable[[], None] | None = None
        self.killed = 0

    async def done(self) -> Outcome:
        reader = self._connection()
        await prepare(self._stage, reader)
        before, _ = await self._used(reader)
        self._peaks = {action: dict(limit) for action, limit in before.items()}
        clients = [Client(n, self._stage, self._connection()) for n in range(self._asked.clients)]
        began = time.perf_counter()
        watching = asyncio.gather(self._watch(), *(self._every(each) for each in self.helpers))
        await all_at_once(clients)
        seconds = time.perf_counter() - began
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        now = await self._run_out()
        if self.pause:
            await take_the_rest(clients, self._stage, RESERVE)
            now = await self._run_out()
        await self._read_withdrawals(reader)
        after, late = await self._used(reader)
        used = {a: {n: after[a][n] - before[a][n] for n in limit} for a, limit in after.items()}
        found = limits(self._log, used, now)
        caps, last = windows(self._log), self.pause is not None
        return Outcome(self._log, found, caps, self._peaks, late, self._traffic, seconds, self.killed, last)

    def _connection(self) -> Connection:
        return Connection(self._url, self._asked.key, self._traffic)

    async def _watch(self) -> None:
        """Looks again and again at what is used."""
        connection = self._connection()
        while True:
            used, _ = await self._used(connection)
            for action, limit in used.items():
                for name, number in limit.items():
                    self._peaks[action][name] = max(self._peaks[action][name], number)
            await asyncio.sleep(0.2)

    @staticmethod
    async def _every(do: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(1)
            await asyncio.to_thread(do)

    async def _run_out(self) -> int:
        """Waits until whatever was reserved has run out. The time (ms) up to which it has."""
        limited = [action.expires for action in self._log.book.actions.values() if action.limited]
        until = now_ms() + max(limited, default=0) + GRACE
        if self.pause:
            await asyncio.sleep(max(limited, default=0) / 1_000)
            self.pause()
        elif until - now_ms() <= self._asked.wait * 1_000:
            await asyncio.sleep((until - now_ms()) / 1_000 + 1)
        else:
            return now_ms()
        return until

    async def _used(self, connection: Connection) -> tuple[Used, dict[str, int]]:
        """What the service says is used, per action and limit, and how many came too late."""
        status, answer = await connection.get("/v1/reports/actions")
        if status != 200:
            raise SystemExit(f"/v1/reports/actions: {status} {answer[:300]!r}")
        told = {one["action"]: one["limits"] for one in orjson.loads(answer)["actions"]}
        used: Used = {}
        cent = 10**self._log.book.shop.currency.decimals
        for action in self._log.book.actions.values():
            if action.limited:
                said = told[action.id]
                used[action.id] = {
                    name: int(Decimal(str(said[name]["used"])) * (cent if name == "budget" else 1))
                    for name in mosts(action)
                }
        return used, {name: said["late"] for name, said in told.items() if said}

    async def _read_withdrawals(self, connection: Connection) -> None:
        cursor = ""
        while True:
            status, answer = await connection.get(f"/v1/deliveries?limit=1000{cursor and '&after=' + cursor}")
            told = orjson.loads(answer)
            if status != 200 or not told["items"]:
                return
            for item in told["items"]:
                if item["type"] == "withdraw":
                    self._log.withdrawn(item["recommendation_id"])
            cursor = told["next"]


# ---- a service of its own ----


@contextlib.contextmanager
def own_service(asked: argparse.Namespace) -> Iterator[Run]:
    """Valkey, and a service on it under the rules that are made for this.

    Nobody waits for the minutes that a reservation outlives its recommendation: the ledger is put in order ahead of
    time, so that units that nobody took are offered again within seconds.
    """
    with tempfile.TemporaryDirectory(prefix="patron-stress-") as folder:
        store = embedded.start(Path(folder) / "store")
        try:
            settings = {
                "REDIS_URL": store.url,
                "PATRON_RULES": str(asked.rules),
                "WEB_CONCURRENCY": str(asked.workers),
                "PATRON_THREADS": "8",
                "PATRON_STORE_TIMEOUT_MS": "2000",
                "PATRON_MATCHER": "reference",
            }
            with served(Path(folder), settings) as service:
                book = load(asked.rules)
                run = Run(service.url, asked, book)
                ledger = connect(store.url, timeout_s=5).ledger

                def run_out() -> None:
                    for action in book.actions.values():
                        if action.limited:
                            ledger.used(action.id, "", "", now_ms() + GRACE)

                run.helpers.append(run_out)
                run.pause = run_out
                if asked.kill:
                    run.helpers.append(lambda: _kill_one(service, run))
                yield run
        finally:
            store.stop()


def _kill_one(service: Served, run: Run) -> None:
    """A worker is gone in the middle of whatever it does."""
    children = Path(f"/proc/{service.master.pid}/task/{service.master.pid}/children").read_text().split()
    with contextlib.suppress(OSError):  # one has ended by itself
        workers = [pid for pid in children if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        for pid in random.sample(workers, min(1, len(workers))):
            os.kill(int(pid), signal.SIGKILL)
            run.killed += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a service that runs")
    parser.add_argument("--key", default=os.environ.get("PATRON_API_KEY"), help="its API key [PATRON_API_KEY]")
    parser.add_argument("--own", action="store_true", help="start a service for this, and end it afterwards")
    parser.add_argument("--rules", type=Path, default=RULES, help="the rules of the service")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=4, help="of a service of its own")
    parser.add_argument("--kill", action="store_true", help="kill one worker of the own service every second")
    parser.add_argument("--record", action="store_true", help="write what comes out to benchmarks/STRESS.md")
    parser.add_argument("--wait", type=int, default=600, help="seconds to wait until reservations have run out")
    asked = parser.parse_args()
    if bool(asked.url) == asked.own:
        parser.error("either --own or --url")
    if asked.own:
        with own_service(asked) as run:
            outcome = asyncio.run(run.done())
    else:
        outcome = asyncio.run(Run(asked.url, asked, load(asked.rules)).done())
    text = "\n".join(told(outcome))
    print(text)
    if asked.record:
        RECORD.write_text(recorded(text), encoding="utf-8")
    sys.exit(0 if outcome.is_kept else 1)


if __name__ == "__main__":
    main()
