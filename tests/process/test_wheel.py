"""The wheel: what an installation without the sources has. The dependencies are those of this environment."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cli.serving import free_port
from tests.support.papers import ROOT
from tests.support.processes import eventually


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0")[:-1]:
        if (ROOT / name).is_file():  # so that no build leaves anything in the folder that the tests run in
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            (sources / name).write_bytes((ROOT / name).read_bytes())
    build = ("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(sources))
    subprocess.run((sys.executable, "-m", *build), check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def patron(installed: Path, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The command as installed, called in another folder."""
    return subprocess.run(
        (sys.executable, "-m", "cli.main", *arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_has_what_runs_and_what_rules_need_and_nothing_of_tests_and_benchmarks(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "scripts"}
    assert folders == packages | {"rules", "schemas"}
    for needed in (
        "rules/tiers.yaml",
        "schemas/rules.schema.json",
        "storage/commit.lua",
        "service/feedback/services/mailgun.yaml",
        "cli/starter/rules/shop.yaml",
        "cli/render/templates/diff.html",
    ):
        assert needed in names, needed


def test_it_runs_from_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    done = patron(installed, "--version", folder=tmp_path)
    where = "import cli.main; print(cli.main.__file__)"
    found = subprocess.run(
        (sys.executable, "-c", where),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(installed / "cli" / "main.py")
    assert done.returncode == 0


def test_a_rulebook_is_begun_checked_and_tested_with_it(installed: Path, tmp_path: Path) -> None:
    assert patron(installed, "new", "rulebook", "shop", folder=tmp_path).returncode == 0
    for verb in ("check", "test"):
        done = patron(installed, verb, "shop/rules", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def serving(installed: Path, folder: Path) -> Iterator[str]:
    bind = f"127.0.0.1:{free_port()}"
    settings = {"PYTHONPATH": str(installed), "PATRON_BIND": bind, "WEB_CONCURRENCY": "1", "REDIS_URL": ""}
    process = subprocess.Popen(
        (sys.executable, "-m", "cli.main", "serve"), cwd=folder, env={**os.environ, **settings}, stdout=subprocess.PIPE
    )
    try:
        yield f"http://{bind}"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def test_it_serves_from_any_folder_and_keeps_its_data_there(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as url:
        assert eventually(lambda: answers(url), 60)
        files = {path.name: path.read_text() for path in (ROOT / "rules").glob("*.yaml")}
        told = requests.post(f"{url}/v1/rulebook:check?tests=no", json={"files": files}, timeout=60)
        assert "findings" in told.json()
    assert (tmp_path / "var").is_dir()
