"""The table of `make bench-compare`: medians, ratios within the rounds, and whose turn it is."""

from pathlib import Path

import pytest

from benchmarks.checkout import commit_of
from benchmarks.compare import Pair, Row, Series, table
from benchmarks.services import Tree

OLD, NEW = (Tree(Path(name), Path("python")) for name in ("old", "new"))


def test_figures_are_medians_and_the_ratio_is_the_median_of_the_ratios_within_the_rounds() -> None:
    series = Series()
    for old, new in ((100.0, 110.0), (1_000.0, 1_500.0), (100.0, 90.0)):  # the second round met a busy machine
        series.add({"CPU us": old}, {"CPU us": new})
    assert list(series.rows()) == [Row("CPU us", 100.0, 110.0, 1.1, (0.9, 1.5))]


def test_each_round_measures_both_trees_and_who_goes_first_changes() -> None:
    turns: list[str] = []

    def measure(tree: Tree) -> dict[str, float]:
        turns.append(tree.root.name)
        return {"turn": float(len(turns))}

    series = Pair(OLD, NEW).rounds(measure, 3)
    assert turns == ["old", "new", "new", "old", "old", "new"]
    assert (series.old["turn"], series.new["turn"]) == ([1, 4, 5], [2, 3, 6])


def test_the_table_names_both_revisions_and_the_spread() -> None:
    shown = table([Row("replay, events per second", 2385.04, 2500.0, 1.0482, (1.01, 1.09))], "93fc10b", "abc1234")
    assert shown.splitlines()[0] == "| measure, median | 93fc10b | abc1234 | ratio (least, most) |"
    assert "| replay, events per second | 2,385.0 | 2,500.0 | 1.048 (1.010, 1.090) |" in shown


@pytest.mark.parametrize("name", ["no-such-revision", "--help"])
def test_an_unknown_revision_is_named(name: str) -> None:
    with pytest.raises(SystemExit, match=f"'{name}' is no revision of this repository"):
        commit_of(name)
