"""Everything that the logic of a rulebook gives away, as warnings."""

from engine.rulebook.findings import Report
from engine.rulebook.logic.likely import check_words
from engine.rulebook.logic.reach import check_reach, check_used
from engine.rulebook.logic.regions import RuleLogic
from engine.rulebook.logic.rows import check_rows
from engine.rulebook.logic.rules import check_rules
from engine.rulebook.logic.space import Ground
from engine.rulebook.model import Rulebook
from engine.rulebook.read.tiers import tiers_of


def check_logic(book: Rulebook, report: Report, now: int | None = None) -> None:
    """Add to `report` what is wrong with the logic of a rulebook that loads. `now` (ms): for rules that have expired;
    None leaves those alone."""
    ground = Ground(
        vocabulary=book.vocabulary,
        segments=book.segments,
        tables=book.tables,
        triggers=tuple(dict.fromkeys(trigger.key for rule in book.rules.values() for trigger in rule.trigger)),
        tiers=tiers_of(book.tiers),
    )
    check_rows(ground, book.shop.currency, report)
    logic = RuleLogic(book, ground)
    check_rules(logic, report)
    check_reach(logic, report, now)
    check_used(book, report)
    check_words(book, report)
