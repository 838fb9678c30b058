"""A rulebook compiled for decisions: matcher, predicates and templates, built once, read-only afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.compiled.contact_policy import PolicyPlan, plan_policy
from engine.compiled.facts import FactPlan, Planner
from engine.compiled.timers import DuePlan, plan_due
from engine.decisioning.content import CompiledTreatment, compile_treatment
from engine.decisioning.pipeline import build_pipeline
from engine.decisioning.stages import Pipeline
from engine.domain.facts import FactType
from engine.domain.profile.counters import Plans, plan
from engine.facts.tables import compile_table
from engine.rulebook.consent_words import ConsentWords, consent_words
from engine.rulebook.model import Matcher, Recommend, Rule, Rulebook
from engine.rulebook.predicates import comparisons, predicate

TIER: Final = "customer.tier"


@dataclass(frozen=True, slots=True)
class Compiled:
    """The input of `decide`.

    By trigger key: the `rules` to evaluate, the facts that they test (`named`, for the record), and the `plans` for
    computing their facts. `full` computes every declared fact. `policy`: the contact policy. `pipeline`: the stages
    of a decision. `due`: the plan for timers.
    """

    rulebook: Rulebook
    matcher: Matcher
    types: Mapping[str, FactType]
    groups: Mapping[str, tuple[str, ...]]
    counters: Plans
    treatments: Mapping[str, tuple[CompiledTreatment, ...]]
    rules: Mapping[str, tuple[Rule, ...]]
    named: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, FactPlan]
    full: FactPlan
    policy: PolicyPlan
    pipeline: Pipeline
    due: DuePlan
    consents: ConsentWords


def prepare(book: Rulebook, matcher: Matcher) -> Compiled:
    """Compile a rulebook for decisions. Call this after fork: a matcher may hold native state."""
    groups: dict[str, list[str]] = {}
    for action in book.actions.values():
        groups.setdefault(action.group, []).append(action.id)
    by_trigger: dict[str, list[Rule]] = {}
    for rule in book.rules.values():
        if rule.status in ("live", "shadow"):
            for key in dict.fromkeys(trigger.key for trigger in rule.trigger):
                by_trigger.setdefault(key, []).append(rule)
    treatments = {a.id: tuple(compile_treatment(t, book) for t in a.treatments) for a in book.actions.values()}
    grouped = {group: tuple(actions) for group, actions in groups.items() if group not in book.actions}
    counters = plan(book.counters)
    tables = tuple(compile_table(t, lambda cells: predicate(cells, book.segments)) for t in book.tables)
    counting = [counter for planned in counters.values() for counter in planned]
    planner = Planner(book, counting, tables, grouped)
    policy = plan_policy(book)
    always = policy.facts | _used_always(book)
    named = {key: _named_by(rules, book) for key, rules in by_trigger.items()}
    looking = {key: tuple(rules) for key, rules in by_trigger.items()}
    used = {key: {*named[key], *_used_after(rules, treatments, always)} for key, rules in by_trigger.items()}
    return Compiled(
        rulebook=book,
        matcher=matcher,
        types={name: fact.type for name, fact in book.vocabulary.items()},
        groups=grouped,
        counters=counters,
        treatments=treatments,
        rules=looking,
        named=named,
        plans={key: planner.plan(facts) for key, facts in used.items()},
        full=planner.full(),
        policy=policy,
        pipeline=build_pipeline(book),
        due=plan_due(book, looking, counting, grouped, used),
        consents=consent_words(book),
    )


def _named_by(rules: list[Rule], book: Rulebook) -> tuple[str, ...]:
    """Every fact that these rules test, including in segments."""
    return tuple(sorted({c.fact for rule in rules for c in comparisons(rule.when, book.segments)}))


def _used_always(book: Rulebook) -> frozenset[str]:
    """Facts that every recommendation needs: for multipliers, learning and the holdout."""
    holdout, arbitration = book.measurement.holdout, book.arbitration
    by_tier = arbitration.learning or any(multiplier.tiers for multiplier in arbitration.multipliers)
    return frozenset({TIER}) if by_tier or (holdout and holdout.spare_tiers) else frozenset()


def _used_after(
    rules: list[Rule], treatments: Mapping[str, tuple[CompiledTreatment, ...]], always: frozenset[str]
) -> Iterator[str]:
    """Facts needed after a rule has matched: for `once`, product selection, texts, and `always`."""
    if any(isinstance(rule.then, Recommend) for rule in rules):
        yield from always
    for rule in rules:
        if rule.once == "order":
            yield "order.id"
        if isinstance(rule.then, Recommend):
            products = rule.then.products
            if products is not None:
                yield from filter(None, (products.near, products.next_to))
                if products.scene is not None:
                    yield "cart.categories"
            for treatment in treatments[rule.then.action]:
                yield from treatment.facts()
