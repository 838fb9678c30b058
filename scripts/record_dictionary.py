"""Trains a dictionary for decision records on the records of generated shops: no real customer is in it.

Run: python -m scripts.record_dictionary NUMBER. Writes service/record_dictionaries/NUMBER.zdict. A dictionary that
records were ever written with is never changed: take the next number, and set `DICTIONARY` in service/record_bytes.py.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import zstandard

from engine.compiled.rulebook import Compiled
from engine.schemas import load_event, load_request
from examples.shop import UNTIL, generate
from runtime.bootstrap import compiled
from runtime.replay import Item, Replay
from service import record_bytes
from service.ports import Commit

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "service" / "record_dictionaries"
SEEDS: Final = (101, 102, 103)
"""Shops that no test and no benchmark generates."""
BYTES: Final = 32_768


def main() -> None:
    path = FOLDER / f"{int(sys.argv[1])}.zdict"
    if path.exists():
        raise SystemExit(f"{path} exists, and records may have been written with it: take the next number")
    samples: list[bytes | bytearray | memoryview] = [
        body for seed in SEEDS for body in bodies(compiled(ROOT / "rules"), seed)
    ]
    dictionary = zstandard.train_dictionary(BYTES, samples, level=record_bytes.LEVEL)
    FOLDER.mkdir(exist_ok=True)
    path.write_bytes(dictionary.as_bytes())
    sys.stdout.write(f"{path}: {len(samples)} records\n")


def bodies(book: Compiled, seed: int) -> Iterator[bytes]:
    """What is compressed of the records of a shop's year: the events and the requests of its visitors decided on."""
    player, found = Replay(book, with_inputs=True), list[bytes]()
    commit = player.store.commit
    pack = record_bytes.joined

    def transition(one: Commit) -> bool:
        if one.record is not None:
            found.append(pack(record_bytes.unpack(one.record)))
        return commit(one)

    player.store.commit = transition  # type: ignore[assignment, method-assign]
    for _ in player.run(items(book, seed)):
        pass
    yield from found


def items(book: Compiled, seed: int) -> Iterator[Item]:
    """A year of a shop, every other event decided on, with a request for two placements at each visit."""
    shop = book.rulebook.shop
    placements = [{"id": placement, "count": 1} for placement in book.rulebook.placements]
    for number, raw in enumerate(generate(seed, datetime.fromisoformat(UNTIL))[0]):
        yield load_event({**raw, "decide": "outbound" if number % 2 else "none"}, shop, None)
        if raw["type"] == "visited":
            asked = placements[number % len(placements) :][:2]
            request = {
                "request_id": f"q-{number}",
                "customer": raw["customer"],
                "placements": asked,
                "now": raw["time"],
            }
            yield load_request(request, shop, logged=True)


if __name__ == "__main__":
    main()
