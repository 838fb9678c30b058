"""A refusal is kept and read back as the same value; people see its times, spans and money as rule files have them."""

from typing import Any

import pytest

from engine.domain.money import Currency
from engine.domain.reasons import STAGE_OF, Reason
from engine.domain.refusal import (
    PARAMS,
    BudgetExhausted,
    Cooldown,
    FrequencyCap,
    Money,
    NoProduct,
    OutOfDates,
    Params,
    Refusal,
    Span,
    Time,
    TotalExhausted,
    params_shown,
    refusal_of_json,
    refusal_to_json,
    refused,
)
from engine.domain.times import DAY
from tests.support.books import NOW
from tests.support.refusals import FORMS


def test_each_reason_of_a_candidate_has_a_class_of_parameters() -> None:
    assert set(PARAMS) == set(STAGE_OF)


@pytest.mark.parametrize("params", [params for params, _ in FORMS])
def test_a_refusal_is_read_back_as_it_was_kept(params: Params) -> None:
    for refusal in (refused(params), refused(params, NOW)):
        assert refusal_of_json(refusal_to_json(refusal)) == refusal


@pytest.mark.parametrize("refusal", [Refusal(Reason.COOLDOWN, legacy_text="a: 3 of 2"), Refusal(Reason.COOLDOWN)])
def test_a_refusal_of_a_record_of_before_is_kept_as_it_is(refusal: Refusal) -> None:
    assert refusal_of_json(refusal_to_json(refusal)) == refusal


def test_a_refusal_is_refused_at_the_stage_of_its_reason() -> None:
    assert {reason: Refusal(reason).stage for reason in STAGE_OF} == STAGE_OF


def test_parameters_of_another_reason_are_an_error() -> None:
    with pytest.raises(TypeError):
        refusal_of_json(["COOLDOWN", {"most": 3}, None])


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        (
            Cooldown("action", "a", Span(14 * DAY), last=Time(NOW)),
            {"per": "action", "name": "a", "wait": "14 days", "last": "2026-03-02T09:00:00Z"},
        ),
        (OutOfDates(valid_until=Time(NOW)), {"valid_until": "2026-03-02T09:00:00Z"}),
        (BudgetExhausted(Money(10_000), "month"), {"most": "100.00", "period": "month"}),
        (TotalExhausted(500), {"most": 500}),
        (
            FrequencyCap(0, 0, Span(DAY), channels=("web",)),
            {"most": 0, "count": 0, "within": "1 day", "channels": ["web"]},
        ),
        (NoProduct(), {}),
    ],
)
def test_moments_spans_and_money_are_shown_as_text_and_what_is_not_there_is_left_out(
    params: Params, shown: dict[str, Any]
) -> None:
    assert params_shown(params, Currency("EUR")) == shown
