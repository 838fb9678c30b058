"""The cut-off of the moment is what a snapshot taken at that moment would say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.backtest.customers import top_fifth
from analytics.backtest.ranking import DailyTop, LiveCut, bins_of
from engine.domain.profile import Placing
from engine.rulebook.shop import Tiers
from engine.value.tiers import BIN, NO_KEY, make_snapshot, moves

TIERS = top_fifth(Tiers(()))
MOVES = st.lists(st.tuples(st.integers(0, 11), st.one_of(st.integers(-30, 30), st.just(NO_KEY))), max_size=60)


def placing(at: int) -> Placing:
    return Placing(at, 0, 100, 1, 0, 0)


@settings(max_examples=150, deadline=None)
@given(MOVES, MOVES)
def test_the_live_top_has_the_members_that_a_snapshot_would_have(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    held: dict[int, Placing] = {}
    histogram: dict[str, int] = {}

    def move(customer: int, at: int) -> tuple[Placing | None, Placing]:
        old, new = held.get(customer), placing(at)
        for name, change in moves(old, new):
            histogram[name] = histogram.get(name, 0) + change
        held[customer] = new
        return old, new

    for customer, at in before:
        move(customer, at)
    live = LiveCut(bins_of(histogram), histogram.get("customers", 0))
    for customer, at in after:
        live.move(*move(customer, at))
        cut_offs = make_snapshot(histogram, TIERS, 0).cut_offs
        top = {c for c, p in held.items() if p.score_bin * BIN >= cut_offs[0].enter}
        assert {c for c, p in held.items() if p.score_bin >= live.cut and p.score_bin != NO_KEY} == top


def test_who_rises_during_a_day_pushes_nobody_out_before_the_next() -> None:
    histogram = {name: n for at in range(10) for name, n in moves(None, placing(at))} | {"customers": 10}
    daily = DailyTop()
    daily.open_day(make_snapshot(histogram, TIERS, 0), bins_of(histogram))
    assert daily.most == 0.2
    daily.move(placing(3), placing(20))
    assert daily.most == 0.3
    daily.move(None, placing(4))
    assert daily.most == 0.3
