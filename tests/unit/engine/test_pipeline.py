"""The order of a decision's stages, as `engine.decisioning.pipeline` builds it."""

from collections.abc import Sequence

from engine.decisioning.pipeline import build_pipeline
from engine.domain.reasons import POSITION, STAGE_OF, Reason, Stage
from tests.support.books import action, made, rule

PIPELINE = build_pipeline(made([action("a")], [rule("r", "a")]).rulebook)


def names(stages: Sequence[object]) -> list[str]:
    return [stage.__name__ for stage in stages]  # type: ignore[attr-defined]


def test_candidates_pass_rule_then_contact_policy_then_what_can_run_out() -> None:
    assert names(PIPELINE.candidate) == [
        "live",
        "in_dates",
        "not_paused",
        "in_rollout",
        "once",
        "not_pending",
        "not_forbidden",
        "not_suppressed",
        "cooled_down",
        "below_limit",
        "quota_left",
        "products_chosen",
    ]


def test_without_controls_a_candidate_passes_all_stages_but_the_pauses_and_the_rollouts() -> None:
    left_out = [stage for stage in PIPELINE.candidate if stage not in PIPELINE.unrestricted]
    assert names(left_out) == ["not_paused", "in_rollout"]
    assert [stage for stage in PIPELINE.candidate if stage not in left_out] == [*PIPELINE.unrestricted]


def test_selection_scores_before_it_keeps_one_rule_per_action() -> None:
    assert names(PIPELINE.selection) == ["with_scores", "best_first", "one_rule_per_action"]


def test_a_placement_asks_for_permission_before_caps_and_for_room_after_the_text() -> None:
    assert names(PIPELINE.placement) == [
        "treated",
        "not_pending_in_another",
        "pending_has_room",
        "reachable",
        "consented",
        "below_caps",
        "not_quiet",
        "written",
        "has_room",
        "group_not_chosen",
    ]


def test_a_stage_refuses_for_reasons_of_its_own_alone() -> None:
    """Stages stand in the order of the pipeline, and each reason comes from one of them."""
    assert [*STAGE_OF] == [reason for reason in Reason if reason in STAGE_OF]
    positions = [POSITION[stage] for stage in STAGE_OF.values()]
    assert positions == sorted(positions)
    assert {*STAGE_OF.values()} == {*Stage}
