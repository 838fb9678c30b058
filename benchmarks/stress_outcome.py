"""What a run of the stress script has shown: whether all was kept, the tables, the page that keeps them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.__main__ import measured
from benchmarks.stress_clients import now_ms
from benchmarks.stress_http import Traffic
from benchmarks.stress_log import Limit, Log
from benchmarks.stress_windows import Window
from service.ports import GRACE

RECORD = Path(__file__).parent / "STRESS.md"
STORY = """\
Clients do random things at the same time: requests and events, many of them twice, outcomes of all kinds, by themselves
and by events, late, repeated and contradictory; orders that name what led to them, consents that are taken back, and
recommendations of which nobody ever hears again. Each client logs what it is told. *Promised* are the recommendations,
*given* is what they hold in the end, *back* how many hold nothing more. *Lost* is used by the service's own account but
given to nobody; *doubled* is given to somebody but free again; *late* was taken after it had run out and was somebody
else's. *Peak* is the most that was ever in use. In the end fresh customers take all that is left."""
RESERVE = 300
"""Customers who come in the end."""
Used = dict[str, dict[str, int]]
"""Action -> limit -> how much is in use."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has shown. `peaks`: the most that the service ever said was used, by action and limit.

    `to_the_last`: in the end fresh customers took all that was left.
    """

    log: Log
    limits: list[Limit]
    windows: list[Window]
    peaks: Used
    late: dict[str, int]
    traffic: Traffic
    seconds: float
    killed: int
    to_the_last: bool

    @property
    def unused(self) -> list[str]:
        """Of which there is some left, although more customers than that came in the end and wanted it."""
        scarce = [a for a in self.log.book.actions.values() if a.stock and not (a.total or a.budget)]
        names = {action.id for action in scarce} if self.to_the_last else set[str]()
        return [one.action for one in self.limits if one.action in names and one.held < one.most]

    @property
    def is_kept(self) -> bool:
        peaks = all(self.peaks[one.action][one.name] <= one.most for one in self.limits)
        caps = all(window.fullest <= window.most for window in self.windows)
        kept = all(one.is_kept for one in self.limits)
        return peaks and caps and kept and not self.log.faults and not self.unused


def told(outcome: Outcome) -> Iterator[str]:
    log, traffic, currency = outcome.log, outcome.traffic, outcome.log.book.shop.currency
    rate = traffic.answers / outcome.seconds
    yield f"{traffic.answers:,} answers in {outcome.seconds:.0f} s, {rate:,.0f} a second"
    yield f"workers killed: {outcome.killed}; sent again: {traffic.sent_again:,}; recommendations: {len(log.lines):,}"
    yield ""
    yield (
        f"{'action':10}{'limit':8}{'promised':>10}{'given':>9}{'back':>8}{'lost':>6}{'doubled':>9}{'late':>6}"
        f"{'peak':>10}{'most':>10}"
    )
    for one in outcome.limits:
        lines = [line for line in log.lines.values() if line.action == one.action]
        back = sum(log.unit(line, now_ms() + GRACE).back for line in lines)
        shown = currency.format if one.name == "budget" else str
        peak = outcome.peaks[one.action][one.name]
        yield (
            f"{one.action:10}{one.name:8}{len(lines):>10}{shown(one.held):>9}{back:>8}{shown(one.lost):>6}"
            f"{shown(one.doubled):>9}{outcome.late[one.action]:>6}{shown(peak):>10}{shown(one.most):>10}"
        )
    yield ""
    yield f"{'contacts of a customer':48}{'at most':>8}{'allowed':>9}"
    for window in outcome.windows:
        yield f"{window.name:48}{window.fullest:>8}{window.most:>9}"
    yield ""
    if outcome.to_the_last:
        yield f"units left that {RESERVE} fresh customers could not get: {', '.join(outcome.unused) or 'none'}"
    yield from log.faults[:20]
    yield "kept: no limit and no cap was passed, nothing lost, nothing doubled" if outcome.is_kept else "BROKEN"


def recorded(text: str) -> str:
    """The page that keeps what a run has shown."""
    command = " ".join(["python -m benchmarks.stress", *sys.argv[1:]])
    return f"""# What a stress run has shown

{STORY}

{measured()}

`{command}`

```
{text}
```
"""
