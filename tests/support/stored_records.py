"""Replays a log and prints each decision and its stored record, for tests that need another process.

python -m tests.support.stored_records LOG RULES MATCHER
"""

import sys
from pathlib import Path

import orjson

from cli.log_file import read_items
from runtime.bootstrap import compiled
from runtime.replay import Replay
from service.decision_json import full


def main(log: str, rules: str, matcher: str) -> None:
    ready = compiled(Path(rules), matcher)
    replay = Replay(ready, with_inputs=True)
    currency = ready.rulebook.shop.currency
    for decision in replay.run(read_items(Path(log), ready.rulebook.shop)):
        stored = replay.store.record(decision.decision_id) or b""
        sys.stdout.buffer.write(orjson.dumps(full(decision, currency)) + b"\n" + stored + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
