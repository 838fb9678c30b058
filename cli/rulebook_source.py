"""Reading a rulebook from a folder, a git revision, or a revision stored by a running service."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click

from authoring.checking import check_texts
from cli.client import Asking, Client, Unreachable
from cli.output import USAGE, fail
from cli.rulebook_folder import say_rulebook
from engine.rulebook.bundle import Bundle, is_test
from engine.rulebook.findings import RulebookError, Severity, render
from engine.rulebook.model import Rulebook
from engine.rulebook.source import MAX_BYTES
from engine.rulebook.upgrade import upgraded
from runtime.rule_folder import is_yaml, read_bundle

STORED: Final = "sha256:"
USUAL: Final = "rules"
"""Default folder of the rulebook in a git revision."""
GIT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A rulebook: its name on the command line, its files without tests, and what they contain."""

    name: str
    files: Bundle
    book: Rulebook


@dataclass(frozen=True, slots=True)
class Service:
    """The running service to fetch stored revisions from."""

    url: str
    key: str | None = None


def read_source(name: str, service: Service, other: str = USUAL) -> Source:
    """The rulebook of a name: FOLDER, a git revision (`main`, `HEAD~1:shop/rules`) or `sha256:...`.

    `other`: the other rulebook of a comparison; where that is a folder, a git revision without a path is read there.
    Ends with exit code 2, and with all findings of an invalid rulebook, as `patron check` prints them.
    """
    if name and Path(name).is_dir():
        files = _of_folder(Path(name))
    elif name.startswith(STORED):
        files = upgraded(_stored(name, service))
    else:
        files = upgraded(_of_git(name, Path(other) if Path(other).is_dir() else Path(USUAL)))
    files = {path: content for path, content in files.items() if not is_test(path)}
    if not files:
        fail(f"{name} contains no rule file (*.yaml)")
    book, findings = check_texts(files)
    if book is None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        click.echo(f"{name}:\n\n{render(errors)}", err=True)
        sys.exit(USAGE)
    say_rulebook(Path(name) if Path(name).is_dir() else name, book)
    return Source(name, files, book)


def _of_folder(folder: Path) -> dict[str, bytes]:
    try:
        return read_bundle(folder)
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(USAGE)


# ---- stored by a service ----


def _stored(revision: str, service: Service) -> dict[str, bytes]:
    client = Client(service.url, service.key)
    try:
        told = Asking(client).get(f"/v1/rulebook/revisions/{quote(revision, safe='')}")
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    return {str(path): str(text).encode("utf-8", "surrogatepass") for path, text in told.get("files", {}).items()}


# ---- git ----


def _of_git(name: str, folder: Path) -> dict[str, bytes]:
    """The files of a git revision; `REV:path` names their folder in the repository."""
    revision, colon, path = name.partition(":")
    top = Path(_asked("rev-parse", "--show-toplevel", where=_existing(folder), name=name).decode().strip())
    within = path.strip("/") if colon else _within(folder, top)
    commit = _commit(revision, name, top)
    return _blobs(commit, within, name, top)


def _existing(folder: Path) -> Path:
    """The repository is that of the other rulebook, or of the present folder."""
    return folder if folder.is_dir() else Path()


def _within(folder: Path, top: Path) -> str:
    try:
        return folder.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        return USUAL


def _commit(revision: str, name: str, top: Path) -> str:
    """The full hash: no later git command receives user input."""
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    done = _run(command, top)
    if done.returncode or not revision:
        fail(
            f"{name} is neither a folder nor a git revision of {top}. "
            "Write a revision stored by a service as sha256:..."
        )
    return done.stdout.decode().strip()


def _blobs(commit: str, within: str, name: str, top: Path) -> dict[str, bytes]:
    """The YAML files below a folder of a commit, as they were committed; links are left aside."""
    prefix = "" if within in ("", ".") else within + "/"
    listed = _asked("ls-tree", "-r", "-z", "--full-tree", commit, "--", within or ".", where=top, name=name)
    found: dict[str, bytes] = {}
    for line in filter(None, listed.split(b"\0")):
        described, _, path = line.partition(b"\t")
        mode, kind, blob = described.decode().split()
        inside = path.decode("utf-8", "surrogateescape").removeprefix(prefix)
        hidden = any(part.startswith(".") for part in Path(inside).parts)
        if kind == "blob" and mode != "120000" and is_yaml(Path(inside)) and not hidden:
            found[inside] = _asked("cat-file", "blob", blob, where=top, name=name)[: MAX_BYTES + 1]
    if not found:
        fail(f"{name}: the commit has no rule file in {within or 'its top folder'}; name the folder as REVISION:FOLDER")
    return found


def _asked(*arguments: str, where: Path, name: str) -> bytes:
    done = _run(["git", *arguments], where)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        fail(f"{name} is neither a folder nor a git revision: {said[-1] if said else 'git gave no reason'}")
    return done.stdout


def _run(command: list[str], where: Path) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, capture_output=True, timeout=GIT_SECONDS, cwd=where, check=False)
    except FileNotFoundError:
        fail("git is not installed: name a folder, or a stored revision (sha256:...)")
    except subprocess.TimeoutExpired:
        fail(f"git did not answer in {GIT_SECONDS} s")
