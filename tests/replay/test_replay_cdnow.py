"""Half of CDNOW, 33,395 real orders, through the shipped rules: no error, no look-ahead, silence included."""

from collections import Counter
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from cli.main import main
from tests.replay.conftest import play
from tests.support.books import RULES

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow_even.csv.gz"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real logs are not here: {DATA}")


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cdnow") / "events.jsonl"
    result = CliRunner().invoke(main, ["import", "cdnow", str(DATA), "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    return out


def test_all_of_it_is_decided_on_and_a_part_of_it_alike(orders: Path, tmp_path: Path) -> None:
    all_out, part_out = tmp_path / "all.jsonl", tmp_path / "part.jsonl"
    result = play(orders, "--rules", RULES, "--decide", "outbound", "--out", all_out, "--json")
    triggers = Counter(orjson.loads(line)["trigger"] for line in all_out.read_bytes().splitlines())
    assert triggers["order_completed"] == 33_395
    assert triggers["inactive"] > 0
    assert orjson.loads(result.stdout)["decisions"] == triggers.total()
    part = tmp_path / "part"
    part.write_bytes(b"".join(orders.read_bytes().splitlines(keepends=True)[:10_000]))
    play(part, "--rules", RULES, "--decide", "outbound", "--out", part_out)
    assert all_out.read_bytes().startswith(part_out.read_bytes())
