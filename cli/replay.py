"""`patron replay`: decide on a log again. The same file and rules give the same bytes."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from cli.log_file import amounts_option, read_items
from cli.output import FOUND, brief, fail, json_option, say, say_json
from cli.replay_options import decide_option, no_due_option, sent_option
from cli.rulebook_folder import load_compiled, matcher_option, rules_option
from engine.compiled.rulebook import prepare
from runtime.replay import ASSUMED, Item, Replay, without_learning
from service.decision_json import full, without

SHOWN_DIFFERENCES = 10
HIDDEN = ("facts", "matched", "stored")


@click.command("replay", short_help="Replay a log under a rulebook.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@rules_option
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the decisions to FILE as JSON lines."
)
@click.option(
    "--expect",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Compare the decisions with those of FILE.",
)
@decide_option
@sent_option(default=False)
@no_due_option
@amounts_option
@matcher_option
@json_option
def replay_command(
    file: Path,
    rules: Path,
    out: Path | None,
    expect: Path | None,
    decide: str,
    sent: bool,
    no_due: bool,
    amounts: str,
    matcher: str,
    as_json: bool,
) -> None:
    """Decide on a FILE of events, requests and outcomes (JSON lines), with their own times as the clock.

    A line with a `request_id` is a request as in POST /v1/decisions, made at its `now`. A line with an `outcome` and
    no `type` is an outcome. Timers fire between the lines: a customer becomes inactive, or the wait of a rule ends. A
    message counts as a contact if an outcome in the file reports it, or always with --sent. The same file and rules
    give the same decisions, byte for byte.

    \b
    Example:
      patron replay events.jsonl --rules rules --out decisions.jsonl
      patron replay events.jsonl --rules rules --expect decisions.jsonl

    Exit codes: 0 success, 1 decisions differ from --expect, or errors in the rules, 2 invalid arguments, or a line of a
    file that cannot be read.
    """
    if out is not None and expect is not None and out.resolve() == expect.resolve():
        fail("--out would overwrite the file of --expect before the comparison; name another file")
    compiled = load_compiled(rules, matcher)
    if sent:
        compiled = prepare(without_learning(compiled.rulebook), compiled.matcher)
    replayer = Replay(compiled, due=not no_due, sent=sent)
    counts = {"decisions": 0, "recommendations": 0}
    lines = _lines(replayer, read_items(file, compiled.rulebook.shop, decide, amounts=amounts), counts)
    differences: list[str] = []
    try:
        if expect is not None:
            lines = _compared(lines, expect, differences)
        _write(lines, out)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    if as_json:
        say_json(_as_json(replayer, counts, sent, differences))
    else:
        _print(replayer, counts, sent, differences)
    if differences:
        fail(f"{len(differences):,} decisions differ from {expect}", FOUND)


def _as_json(replayer: Replay, counts: dict[str, int], sent: bool, differences: list[str]) -> dict[str, Any]:
    compiled = replayer.live.compiled
    return {
        **counts,
        "strays": replayer.strays,
        "refused": replayer.refused,
        "sent": sent,
        "matcher": compiled.matcher.name,
        "rulebook": compiled.rulebook.revision,
        "differences": differences,
    }


def _print(replayer: Replay, counts: dict[str, int], sent: bool, differences: list[str]) -> None:
    say(f"{counts['decisions']:,} decisions, {counts['recommendations']:,} recommendations{_strays(replayer)}")
    if replayer.refused:
        say(f"{replayer.refused:,} events refused: their id was used before, or they grant an unknown consent")
    if sent:
        say(ASSUMED)
    for difference in differences[:SHOWN_DIFFERENCES]:
        say(difference)


def _strays(replayer: Replay) -> str:
    return (
        f" ({replayer.strays:,} outcomes of recommendations that this replay did not make)" if replayer.strays else ""
    )


def _lines(replayer: Replay, items: Iterable[Item], counts: dict[str, int]) -> Iterator[bytes]:
    currency = replayer.live.compiled.rulebook.shop.currency
    for decision in replayer.run(items):
        counts["decisions"] += 1
        counts["recommendations"] += len(decision.given)
        yield orjson.dumps(without(full(decision, currency), HIDDEN))


def _write(lines: Iterator[bytes], out: Path | None) -> None:
    sink: BinaryIO | None = out.open("wb") if out is not None else None
    try:
        for line in lines:
            if sink is not None:
                sink.write(line + b"\n")
    finally:
        if sink is not None:
            sink.close()


def _compared(lines: Iterator[bytes], expect: Path, differences: list[str]) -> Iterator[bytes]:
    with expect.open("rb") as expected:
        for number, (got, want) in enumerate(zip_longest(lines, (w.rstrip(b"\n") for w in expected)), 1):
            if got != want:
                if want is not None and not _is_decision(want):
                    fail(f"{expect}:{number}: not a decision written by `patron replay --out`")
                difference = _difference(number, want, got)
                if difference:
                    differences.append(difference)
            if got is not None:
                yield got


def _is_decision(line: bytes) -> bool:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(record, dict) and "decision_id" in record


def _difference(number: int, want: bytes | None, got: bytes | None) -> str | None:
    """The differences of two decisions; None where only the rulebook's revision differs."""
    if want is None or got is None:
        return f"line {number}: " + ("unexpected" if want is None else "missing") + f": {_named(got or want)}"
    expected, actual = orjson.loads(want), orjson.loads(got)
    names = [n for n in {**expected, **actual} if n != "rulebook" and expected.get(n) != actual.get(n)]
    if not names:
        return None
    shown = [
        f"    {n}\n      expected: {_brief(expected.get(n))}\n      got:      {_brief(actual.get(n))}" for n in names
    ]
    return f"line {number}: {_named(got)}\n" + "\n".join(shown)


def _named(line: bytes | None) -> str:
    record = orjson.loads(line or b"{}")
    customer = record.get("customer", {})
    return f"{record.get('decision_id')} {next(iter(customer.values()), '')} at {record.get('decided_at')}"


def _brief(value: Any) -> str:
    """Results by their actions, anything else as JSON cut to a line."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "placement" in value[0]:
        actions = [[g["action"] for g in r.get("recommendations", ())] or [r.get("reason")] for r in value]
        return orjson.dumps(actions).decode()
    return brief(value)
