"""Every package is known to all that lists packages, and serving loads none that it does not need."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch

from tests.support.papers import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
OURS = {path.parent.name for path in ROOT.glob("*/*.py")}
NOT_SHIPPED = {"tests", "benchmarks", "scripts"}
NOT_LINTED = NOT_SHIPPED | {"examples"}
"""Their imports follow no order: the generator of the example shop stands alone."""


def test_mypy_reads_every_package() -> None:
    assert {*PROJECT["mypy"]["packages"]} == OURS - {"examples"}


def test_every_package_that_runs_has_its_place_in_the_order_of_imports() -> None:
    assert {*PROJECT["importlinter"]["root_packages"]} == OURS - NOT_LINTED


def test_every_package_that_runs_is_in_the_wheel_and_no_other() -> None:
    include = PROJECT["setuptools"]["packages"]["find"]["include"]
    assert {name for name in OURS if any(fnmatch(name, pattern) for pattern in include)} == OURS - NOT_SHIPPED


SERVES = """
import os, sys, tempfile
from pathlib import Path
from runtime import embedded
from runtime.bootstrap import make_app
with tempfile.TemporaryDirectory() as folder:
    store = embedded.start(Path(folder))
    os.environ["REDIS_URL"] = store.url
    client = make_app().test_client()
    request = {"request_id": "r1", "customer": {"id": "c1"}, "placements": [{"id": "home.banner"}]}
    assert client.post("/v1/decisions", json=request).status_code == 200
    assert client.get("/v1/reports/value").status_code == 200
    store.stop()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_serving_process_loads_neither_authoring_nor_analytics_nor_the_command_line() -> None:
    done = subprocess.run((sys.executable, "-c", SERVES), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "service" in loaded
    assert loaded & {"authoring", "analytics", "cli", "numpy", "scipy", "examples", "benchmarks"} == set()
