"""`patron demo` and `patron real` as somebody types them: what they show, and that nothing of them is left."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.serving import Served, served
from runtime.api_keys import new_api_key
from tests.support.processes import belonging_to, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECONDS = 60
LOG = """\
customer_id,date,cds,amount
101,1997-01-01,1,11.77
101,1997-03-11,2,31.02
101,1998-04-30,1,14.50
102,1997-02-02,1,89.00
103,1997-01-12,1,12.00
103,1997-12-20,1,5.00
104,1998-06-29,5,77.00
104,1998-06-30,1,7.00
104,1998-06-28,1,7.00
105,1997-11-11,1,0.00
"""


def patron(*arguments: str, folder: Path, **settings: str) -> "subprocess.Popen[str]":
    """The verb as a process whose temporary files, and those of all that it starts, are in the folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def said(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=DEMO_SECONDS)
    return process.returncode, out, err


# ---- demo ----


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shown(folder: Path) -> str:
    """What the demo prints, where the environment names a store and keys, which are not for it."""
    _, entry = new_api_key("till", ["read"])
    code, out, err = said(patron("demo", folder=folder, REDIS_URL="redis://127.0.0.1:9/0", PATRON_API_KEYS=entry))
    assert (code, err) == (0, "")
    return out


def test_the_demo_shows_tier_stage_action_text_and_why(shown: str) -> None:
    told = blocks(shown.partition("\nContacts not made\n")[0])
    assert len(told) == 8
    for block in told:
        assert re.search(r"^  tier \w+, stage \w+, journey \w+, risk \w+$", block, re.M)
        assert re.search(r"^  recommended: [a-z-]+  \(.+\)$", block, re.M)
        assert re.search(r"^    title: \S", block, re.M)
        assert re.search(r"^  why:  \S", block, re.M)
        assert re.search(r"^    rule [a-z0-9-]+, serves S\d+", block, re.M)
        assert re.search(r"^    because \w+\.\w+ is ", block, re.M)


def blocks(text: str) -> list[str]:
    """The text of each customer."""
    return re.split(r"^(?=\S.*  -  )", text, flags=re.M)[1:]


@pytest.fixture(scope="module")
def not_said(shown: str) -> list[str]:
    """The contacts not made: a cap, a hold, a withdrawal, a holdout."""
    told = blocks(shown.partition("\nContacts not made\n")[2].partition("\nThe shop\n")[0])
    assert len(told) == 4
    return told


DAY = r" on \d+ [A-Z][a-z]+ \(\w+/[\w/]+\)"


def test_the_demo_shows_a_cap_with_its_numbers_and_its_end(not_said: list[str]) -> None:
    assert "  refused:  bring-a-friend (FREQUENCY_CAP)\n" in not_said[0]
    numbers = "the customer has had 3 of at most 3 contacts by email, push within 7 days"
    assert re.search(rf"^    bring-a-friend: {numbers}\. Not before \d\d:\d\d{DAY}\.$", not_said[0], re.M)
    assert "recommended:" not in not_said[0]


def test_the_demo_shows_a_message_that_quiet_hours_hold(not_said: list[str]) -> None:
    assert re.search(r" it is 0\d:\d\d at night in [A-Z][\w ]+, where this customer lives\.$", not_said[1], re.M)
    assert "  recommended: light-reminder  (by email)\n" in not_said[1]
    assert re.search(rf"^  held:  quiet hours; do not send before 07:00{DAY}$", not_said[1], re.M)


def test_the_demo_shows_that_a_purchase_withdraws_the_message(not_said: list[str]) -> None:
    assert "  withdrawn:  quiet-check-in  (by email)\n" in not_said[2]
    assert not_said[2].endswith(
        "    deliver   quiet-check-in, by email\n    withdraw  quiet-check-in, by email  (FORBIDDEN_BY_RULE)\n\n"
    )


def test_the_demo_shows_a_recommendation_withheld_from_the_control_group(not_said: list[str]) -> None:
    assert re.search(r"^  [a-z.]+: nothing \(HOLDOUT\)$", not_said[3], re.M)
    assert re.search(r"^  withheld \(control group\): [a-z-]+  \(web\)$", not_said[3], re.M)
    assert re.search(r"^  pending for \w+: nothing$", not_said[3], re.M)


def test_the_demo_shows_the_report_on_actions(shown: str) -> None:
    report = shown.partition("\nActions (money in EUR)\n")[2]
    assert re.search(r"^  free-hour-delivery +1 +1 +1 +100\.0 % .* 6\.00$", report, re.M)
    assert "not enough data yet" in report


def test_the_demo_shows_the_top_customers_and_the_next_steps(shown: str) -> None:
    assert re.search(r"^  The top 20 % of the customers contribute \d\d % of it\.$", shown, re.M)
    assert re.findall(r"^    (\w+) +[\d,]+ +[\d.]+ % +[\d,.]+ EUR +[\d.]+ % +[\d,.]+ EUR$", shown, re.M) == [
        *("platinum", "gold", "silver", "bronze", "newcomer")
    ]
    assert "  SEED=8 make demo " in shown


def test_nothing_of_the_demo_is_left(shown: str, folder: Path) -> None:
    assert "the service is stopped, its data is deleted" in shown
    assert belonging_to(folder) == set()
    assert list(folder.iterdir()) == []


def test_another_seed_has_other_customers_and_figures(shown: str, folder: Path) -> None:
    code, other, _ = said(patron("demo", "--seed", "8", folder=folder))
    assert code == 0
    assert names(other) != names(shown)
    assert re.search(r"net revenue \S+ EUR", other)[0] != re.search(r"net revenue \S+ EUR", shown)[0]


def names(shown: str) -> set[str]:
    return set(re.findall(r"^(\S.*)  -  ", shown, re.M))


def test_the_demo_has_a_store_of_its_own_whatever_the_environment_names(shown: str) -> None:
    assert "; the store is an embedded Valkey.\n" in shown


def test_an_interrupted_demo_stops_what_it_started(tmp_path: Path) -> None:
    demo = patron("demo", folder=tmp_path)
    assert demo.stdout.readline().startswith("Patron runs on ")
    os.killpg(demo.pid, signal.SIGINT)
    _, err = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 1
    assert err.strip() == "Aborted!"
    assert eventually(lambda: not belonging_to(tmp_path))


# ---- real ----


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("real"), {"PATRON_MATCHER": "reference"}) as service:
        yield service


def test_a_real_log_is_loaded_and_reported_and_loading_it_again_changes_nothing(
    service: Served, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    call = ("real", str(tmp_path / "log.csv"), "--url", service.url)
    (code, first, _), (again, second, _) = said(patron(*call, folder=tmp_path)), said(patron(*call, folder=tmp_path))
    assert (code, again) == (0, 0)
    assert "10 events sent over HTTP in " in first and "5 customers ranked." in first
    assert re.search(r"^Customer 104  -  Highest revenue, and bought within the last month\.$", first, re.M)
    assert re.search(r"^  tier \w+, stage \w+, risk \w+$", first, re.M)
    assert "5 customers, net revenue 254.29 EUR.\n" in first
    assert second.partition("\n")[2] == first.partition("\n")[2]
