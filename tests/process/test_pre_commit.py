"""The shipped hooks under the real pre-commit, in a repository of rules as `patron new rulebook` begins one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.papers import ROOT

HOOKS = ("patron-fmt", "patron-check", "patron-test")


def run(*command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    who = {"GIT_AUTHOR_NAME": "Marta", "GIT_AUTHOR_EMAIL": "marta@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    own = {"PRE_COMMIT_HOME": str(folder.parent / "pre-commit"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env={**environment, **who, **own}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose hooks are installed; what they are installed from is the last commit of this one."""
    parent = tmp_path_factory.mktemp("hooks")
    begun = run(sys.executable, "-m", "cli.main", "new", "rulebook", "shop", folder=parent)
    assert begun.returncode == 0, begun.stderr
    folder = parent / "shop"
    revision = run("git", "rev-parse", "HEAD", folder=ROOT).stdout.strip()
    listed = "".join(f"      - id: {hook}\n" for hook in HOOKS)
    config = f"repos:\n  - repo: {ROOT}\n    rev: {revision}\n    hooks:\n{listed}"
    (folder / ".pre-commit-config.yaml").write_text(config)
    for command in (("git", "init", "--quiet"), ("git", "add", "--all"), ("git", "commit", "--quiet", "-m", "Begin")):
        done = run(*command, folder=folder)
        assert done.returncode == 0, done.stderr
    return folder


def hooks(shop: Path) -> "subprocess.CompletedProcess[str]":
    return run(sys.executable, "-m", "pre_commit", "run", "--all-files", folder=shop)


def test_a_new_rulebook_passes_all_hooks(shop: Path) -> None:
    done = hooks(shop)
    assert done.returncode == 0, done.stdout + done.stderr
    results = [line.rpartition(".")[2] for line in done.stdout.splitlines() if line.startswith("patron ")]
    assert results == ["Passed"] * len(HOOKS)


def test_a_mistake_is_found_with_its_place(shop: Path) -> None:
    tiers = shop / "rules" / "shop.yaml"
    before = tiers.read_text()
    tiers.write_text(before + "nonsense: 1\n")
    try:
        done = hooks(shop)
    finally:
        tiers.write_text(before)
    assert done.returncode == 1
    assert f"shop.yaml:{before.count(chr(10)) + 1}:1: error" in done.stdout
