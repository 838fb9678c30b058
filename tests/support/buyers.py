"""Made-up customers who buy and leave as BG/NBD and MBG/NBD say, and logs of what they ordered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from analytics.models.buying import History

BEGIN = datetime(2025, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Buyers:
    """Parameters in weeks. `leaves_at_once`: may leave after the first purchase (MBG/NBD)."""

    r: float
    alpha: float
    a: float
    b: float
    leaves_at_once: bool = False


def lives(of: Buyers, customers: int, weeks: float, rng: np.random.Generator) -> Iterator[list[float]]:
    """Weeks of the purchases of each customer, the first at 0."""
    for rate, leave in zip(rng.gamma(of.r, 1 / of.alpha, customers), rng.beta(of.a, of.b, customers), strict=True):
        at = [0.0]
        while not ((len(at) > 1 or of.leaves_at_once) and rng.random() < leave):
            later = at[-1] + rng.exponential(1 / max(rate, 1e-9))
            if later > weeks:
                break
            at.append(later)
        yield at


def simulated(of: Buyers, customers: int, seed: int, weeks: float = 52.0) -> History:
    """Their histories, watched to the day."""
    rows = [(len(at) - 1, round(at[-1] * 7) / 7) for at in lives(of, customers, weeks, np.random.default_rng(seed))]
    x, tx = np.array(rows, dtype=np.float64).T
    watched: NDArray[np.float64] = np.full(customers, weeks)
    return History.of(x, tx, watched)


def order(
    customer: int | str, day: float, total: float = 20.0, number: int | str = 1, **changes: Any
) -> dict[str, Any]:
    """An order event `day` days after the beginning."""
    event = {
        "id": f"e-{customer}-{day}-{number}",
        "type": "order_completed",
        "time": (BEGIN + timedelta(days=day)).isoformat(),
        "customer": {"id": f"k{customer}"},
        "properties": {"order_id": f"o-{customer}-{day}-{number}", "total": f"{total:.2f}"},
        "decide": "none",
    }
    return {**event, **changes}


def orders(
    customers: int, weeks: int = 52, seed: int = 5, of: Buyers = Buyers(0.8, 6.0, 0.6, 2.5)
) -> list[dict[str, Any]]:
    """A log in order of time: who begins in the first quarter, values differing between customers."""
    rng = np.random.default_rng(seed)
    out = []
    worth, begins = rng.gamma(4.0, 10.0, customers) + 1, rng.integers(0, weeks * 7 // 4, customers)
    for number, at in enumerate(lives(of, customers, float(weeks), rng)):
        days = sorted({int(begins[number] + week * 7) for week in at})
        for day in days:
            if day < weeks * 7:
                out.append(order(number, day, float(worth[number] * rng.gamma(6.0, 1 / 6))))
    return sorted(out, key=lambda event: (event["time"], event["id"]))


def write(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    return path
