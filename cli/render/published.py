"""Publications, and the reasons for a refused one, for people."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from cli.client import detail_of
from cli.output import FOUND, USAGE, counted, fail, say

Json = Mapping[str, Any]

SHORT = 15
"""Characters of a revision that are shown: `sha256:` and eight digits."""
REFUSED = (404, 409, 422)
"""Statuses of a refused publication (exit code 1); others end with exit code 2."""


def line(publication: Json, mark: str = " ") -> str:
    """One line of the history."""
    restores = f"  (rollback to {publication['restores']})" if publication["restores"] else ""
    who, why = publication["author"] or "-", publication["message"].partition("\n")[0]
    at = publication["at"][:16].replace("T", " ")
    return f"{mark}{publication['number']:>5}  {publication['revision'][:SHORT]}  {at}  {who}{restores}  {why}".rstrip()


def render_done(done: Json) -> None:
    """The result of a publication or a rollback."""
    for finding in done["findings"]:
        say(finding["text"] + "\n")
    name = f"number {done['number']} ({done['revision'][:SHORT]})"
    if done["status"] == "unchanged":
        say(f"{name} is published already: nothing was stored")
        return
    again = f", a rollback to number {done['restores']}" if done["restores"] else ""
    failed = len(done["failed_tests"])
    tests = (
        f"{counted(done['tests'], 'test')}, {failed} failed" if failed else f"{counted(done['tests'], 'test')} passed"
    )
    say(
        f"published {name}{again}: {counted(done['warnings'], 'warning')}, {tests}. All workers use it within 2 seconds"
    )


def end_refused(status: int, answer: Any) -> None:
    """Print the reasons, and end the command."""
    if status == 422 and isinstance(answer, dict) and "proof" in answer:
        click.echo("\n\n".join(_reasons(answer["proof"])) + "\n", err=True)
        fail(str(answer["detail"]), FOUND)
    fail(f"the service answered {status}: {detail_of(answer)}", FOUND if status in REFUSED else USAGE)


def _reasons(proof: Json) -> Iterator[str]:
    for finding in proof["findings"]:
        yield finding["text"]
    for test in proof["failed_tests"]:
        told = (f"    expected  {one['expected']}\n    got       {one['got']}" for one in test["failures"])
        yield "\n".join((f"FAILED {test['place']}: {test['test']}", *told))
