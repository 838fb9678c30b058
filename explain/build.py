"""`explain`: builds the explanation tree from a decision and its rulebook. Pure."""

from collections.abc import Iterator

from engine.compiled.rulebook import Compiled
from engine.decisioning.decide import STANDING
from engine.domain.decision import Decision
from engine.domain.facts import Facts, Value
from engine.rulebook.reference import Trace, trace
from explain.about import about_rule
from explain.candidates import Gone
from explain.known import Known
from explain.nearness import unmet
from explain.parts import consequence_of, dropped_of, given_of, place_of, title_of
from explain.tree import EvaluatedRule, Explanation, FactUsed


def explain(
    decision: Decision, compiled: Compiled, *, rule: str | None = None, known: Known | None = None
) -> Explanation:
    """The explanation of a decision made under this rulebook.

    `rule`: the id of a rule whose missing conditions to explain (ValueError: there is no such rule).
    `known`: the evaluation context of the decision, if available: then the stages behind that rule are tried, too;
    without it, only the decision's own record is used.
    """
    book = compiled.rulebook
    looked = _looked(decision, compiled)
    about = None
    if rule is not None:
        if rule not in book.rules:
            raise ValueError(f"no such rule: {rule}")
        about = about_rule(book.rules[rule], decision, compiled, known)
    mattering = {leaf.fact for one in looked if one.held for leaf in leaves(one.when)}
    if about is not None and about.changes:
        mattering |= {change.fact for change in about.changes}
    return Explanation(
        decision=decision,
        currency=book.shop.currency,
        zone=book.shop.zone,
        vocabulary=book.vocabulary,
        standing=decision.standing or _standing(known.context.facts if known else decision.facts),
        places=tuple(place_of(result, decision, compiled) for result in decision.results),
        withheld=tuple(given_of(one, decision, compiled) for one in decision.withheld),
        dropped=tuple(dropped_of(one, decision, book) for one in decision.rejected),
        withdrawn=tuple(Gone(one, title_of(one.action, book), book.shop.currency) for one in decision.withdrawn),
        rules=looked,
        facts=tuple(
            FactUsed(book.vocabulary[name], value, name in mattering)
            for name, value in decision.facts.items()
            if name in book.vocabulary
        ),
        about=about,
    )


def _standing(facts: Facts) -> dict[str, Value]:
    """The customer's standing, as far as the available facts show."""
    return {name: facts[fact] for name, fact in STANDING.items() if fact in facts}


def _looked(decision: Decision, compiled: Compiled) -> tuple[EvaluatedRule, ...]:
    """The rules with this trigger: matched first, then the closest; ties put recommending rules first."""
    if decision.degraded:
        return ()  # no rule was evaluated
    matched, segments = set(decision.matched), compiled.rulebook.segments
    found = []
    for rule in compiled.rules.get(decision.trigger, ()):
        when, held = trace(rule.when, decision.facts, segments), rule.id in matched
        distance = 0 if held else unmet(when)
        found.append(EvaluatedRule(rule.id, rule.title, rule.status, held, consequence_of(rule), when, distance))
    return tuple(sorted(found, key=lambda one: (not one.held, one.unmet, one.then.does != "recommend")))


def leaves(node: Trace) -> Iterator[Trace]:
    """Every comparison below, the node itself included."""
    if node.kind == "compare":
        yield node
    for child in node.children:
        yield from leaves(child)
