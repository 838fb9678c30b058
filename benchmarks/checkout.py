"""Trees of other revisions, each installed with its own `make install` into a virtual environment of its own."""

import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

from benchmarks.services import Tree
from cli.serving import ROOT


def commit_of(revision: str) -> str:
    """The full id of a commit. SystemExit when there is none."""
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    if done.returncode != 0:
        raise SystemExit(f"{revision!r} is no revision of this repository")
    return done.stdout.decode().strip()


def short(commit: str) -> str:
    return _git("rev-parse", "--short", commit).stdout.decode().strip()


def has_uncommitted_changes() -> bool:
    return bool(_git("status", "--porcelain", "--untracked-files=no").stdout)


def install(commit: str, into: Path) -> Tree:
    """The files of a commit, without history, and what they need to run. Takes about a minute."""
    with tarfile.open(fileobj=BytesIO(_git("archive", commit).stdout)) as files:
        files.extractall(into, filter="data")
    # the outer make must not pass its variables on, and both trees run on the Python that measures them
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    command = ["make", "--no-print-directory", "install", f"PYTHON={sys._base_executable}"]  # type: ignore[attr-defined]
    done = subprocess.run(command, cwd=into, env=alone, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"`make install` of {commit[:12]} failed:\n{done.stdout}{done.stderr}")
    return Tree(into, into / ".venv" / "bin" / "python")


def _git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=check)
