"""The complete order of a decision. Move a stage by moving its line within its phase."""

from engine.decisioning import arbitration, contact_policy, eligibility, frequency_caps, placement, quiet_hours
from engine.decisioning.stages import Pipeline
from engine.rulebook.model import Rulebook


def build_pipeline(_: Rulebook) -> Pipeline:
    """The stages of every decision under a rulebook."""
    # for each candidate, until one refuses
    candidate = (
        eligibility.live,
        eligibility.in_dates,
        eligibility.not_paused,
        eligibility.in_rollout,
        eligibility.once,
        eligibility.not_pending,
        eligibility.not_forbidden,
        contact_policy.not_suppressed,
        contact_policy.cooled_down,
        contact_policy.below_limit,
        eligibility.quota_left,
        eligibility.products_chosen,
    )
    return Pipeline(
        candidate=candidate,
        unrestricted=tuple(stage for stage in candidate if stage not in eligibility.BY_CONTROLS),
        # over all remaining candidates
        selection=(
            arbitration.with_scores,
            arbitration.best_first,
            arbitration.one_rule_per_action,
        ),
        # for each placement, the best candidate first, with each of its treatments until one passes every stage
        placement=(
            placement.treated,
            placement.not_pending_in_another,
            placement.pending_has_room,
            contact_policy.reachable,
            contact_policy.consented,
            frequency_caps.below_caps,
            quiet_hours.not_quiet,
            placement.written,
            placement.has_room,
            contact_policy.group_not_chosen,
        ),
    )
