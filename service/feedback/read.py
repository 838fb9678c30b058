"""Reads feedback tables strictly: all errors at once, each with file, line and what to write instead."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import PurePath
from typing import Final

from engine.domain.errors import PatronError
from engine.domain.events import OUTCOMES
from engine.rulebook.findings import Finding, Place, Report, in_order, render
from engine.rulebook.read.fields import ID, Fields, list_of, truth_of, wrong_type
from engine.rulebook.source import ListNode, MapNode, Node, Scalar, read_yaml
from service.feedback.reports import TIMES
from service.feedback.table import IGNORED, WITHDRAWALS, Condition, Pointer, Row, Table, Tables

SUFFIX: Final = ".yaml"
_REQUIRED: Final = ("title", "channel", "event", "time", "customer_id", "recommendation_id", "reports")
_EFFECTS: Final = ("outcome", "remove_address", "withdraw")


class WrongTables(PatronError):
    """Feedback tables that cannot be used; the text has everything that is wrong with them."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("the feedback tables (PATRON_FEEDBACK_TABLES) have errors:\n" + render(in_order(findings)))


@cache
def shipped_tables() -> Tables:
    """The tables of this version."""
    folder = resources.files("service.feedback") / "services"
    files = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(SUFFIX)}
    return read_tables(dict(sorted(files.items())))


def read_tables(files: Mapping[str, bytes]) -> Tables:
    """The tables of these files; the name of a file is that of its service. WrongTables lists all errors."""
    report, tables = Report(), dict[str, Table]()
    of: dict[str, str] = {}
    for file, data in files.items():
        node = read_yaml(file, data, report)
        service = _service(report, file, of)
        if node is not None:
            tables[service] = _table(report, node, service)
    if report.failed:
        raise WrongTables(report.findings)
    return tables


def _service(report: Report, file: str, of: dict[str, str]) -> str:
    """The service of a file, once. `of`: the files of the services so far."""
    service = PurePath(file).stem
    if not ID.fullmatch(service):
        message = f"the name {service[:60]} is not lower-case letters, digits and hyphens"
        hint = "name the file as the service is named in the path of its calls, such as mailgun.yaml"
        report.error("bad-id", Place(file, 1, 1), message, hint)
    first = of.setdefault(service, file)
    if first != file:
        report.error("duplicate-id", Place(file, 1, 1), f"{first} is for {service}, too", "keep one of the two files")
    return service


def _table(report: Report, node: Node, service: str) -> Table:
    fields = Fields(report, node, "a feedback table", _REQUIRED, ("id", "unwrap"))
    fields.text("title")
    time = fields.sub("time", "time", ("at", "format"))
    unwrap = fields.node("unwrap")
    return Table(
        service=service,
        channel=fields.text("channel"),
        event=_pointers(report, fields, "event"),
        time=_pointers(report, time, "at"),
        time_format=time.word("format", TIMES),
        customer=_pointers(report, fields, "customer_id"),
        recommendation=_pointers(report, fields, "recommendation_id"),
        rows=_rows(report, fields),
        id=_pointers(report, fields, "id"),
        unwrap=None if unwrap is None else _pointer(report, unwrap),
    )


# ---- pointers ----


def _pointers(report: Report, fields: Fields, key: str) -> tuple[Pointer, ...]:
    """One pointer, or a list of them."""
    node = fields.node(key)
    if node is None:
        return ()
    items = fields.items(key, at_least=1) if isinstance(node, ListNode) else (node,)
    return tuple(_pointer(report, item) for item in items)


def _pointer(report: Report, node: Node) -> Pointer:
    """A JSON pointer (RFC 6901); otherwise reported and ()."""
    if isinstance(node, Scalar) and (found := _parsed(node.raw)):
        return found
    hint = f"write /{node.raw}" if isinstance(node, Scalar) and node.raw and node.raw[0] != "/" else None
    wrong_type(report, node, "a JSON pointer such as /event", hint)
    return ()


def _parsed(text: str) -> Pointer:
    if not text.startswith("/"):
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))


# ---- rows ----


def _rows(report: Report, fields: Fields) -> tuple[Row, ...]:
    always: dict[str, Place] = {}
    rows = []
    for item in fields.items("reports", at_least=1):
        row = _row(report, item)
        first = always.get(row.event)
        if first is not None:
            message = f"this row is never reached: the row at {first} is for every {row.event}"
            report.error("table-row-never", item.place, message, "move it up, or delete it")
        elif row.event and not row.when:
            always[row.event] = item.place
        rows.append(row)
    return tuple(rows)


def _row(report: Report, node: Node) -> Row:
    fields = Fields(report, node, "a row of reports", ("event",), ("when", *_EFFECTS, "ignored", "confirm"))
    confirm = fields.node("confirm")
    row = Row(
        event=fields.text("event"),
        when=_conditions(report, fields),
        outcome=fields.word("outcome", OUTCOMES) or None,
        remove_address=fields.boolean("remove_address"),
        withdraw=fields.word("withdraw", WITHDRAWALS) or None,
        ignored=fields.word("ignored", IGNORED) or None,
        confirm=None if confirm is None else _pointer(report, confirm),
    )
    has_effect = any(name in fields for name in _EFFECTS)
    if isinstance(node, MapNode) and has_effect == ("ignored" in fields):
        message = "a row needs either what follows (outcome, remove_address, withdraw) or ignored"
        report.error("one-of-keys", node.place, message, f"ignored is one of {', '.join(IGNORED)}")
    return row


def _conditions(report: Report, fields: Fields) -> tuple[Condition, ...]:
    found = []
    for _, entry in fields.entries("when"):
        accepted = _accepted(report, entry.node)
        found.append(Condition(_pointer(report, entry.key), accepted))
    return tuple(found)


def _accepted(report: Report, node: Node) -> tuple[str | int | float | bool, ...] | None:
    """A value, a list of values, or {present: yes} for any."""
    if isinstance(node, MapNode):
        present = Fields(report, node, "a condition", ("present",)).node("present")
        if present is not None and truth_of(present) is not True:
            wrong_type(report, present, "yes")
        return None
    accepted = []
    for item in list_of(report, node) if isinstance(node, ListNode) else (node,):
        if isinstance(item, Scalar) and item.value is not None:
            accepted.append(item.value)
        else:
            wrong_type(report, item, "a value, a list of values, or {present: yes}")
    return tuple(accepted)
