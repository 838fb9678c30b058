"""The explanation of a decision as answered: the tree of `explain`, and the same in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.compiled.rulebook import Compiled
from engine.decisioning import contacts
from engine.decisioning.decide import situated
from engine.domain.decision import Decision
from engine.domain.errors import InvalidInput, Problem
from engine.rulebook.values import did_you_mean
from explain import Explanation, Known, explain, known_of, language_of, render_other_rules, tell
from service.inputs import Inputs
from service.live import Live
from service.ports import Ledger
from service.reservations import Peek


@dataclass(frozen=True, slots=True)
class Ask:
    """How to explain: the language (BCP 47; None: the shop's), all rules and facts or the relevant ones, and
    the rule whose missing conditions to explain."""

    language: str | None = None
    everything: bool = False
    rule: str | None = None


BRIEF = Ask()


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, and its explanation as JSON."""

    decision: Decision
    explanation: Mapping[str, Any]


def explained(decision: Decision, compiled: Compiled, ask: Ask = BRIEF, known: Known | None = None) -> dict[str, Any]:
    """The explanation of a decision, as JSON. Under another rulebook than its own it reports that instead of guessing.

    InvalidInput for a rule that the rulebook does not have.
    """
    book = compiled.rulebook
    language = language_of(ask.language or book.shop.languages[0])
    if decision.rulebook != book.revision:
        note = render_other_rules(decision.rulebook, book.revision, language)
        return {"rules": [], "note": note, "sentences": [note]}
    found = explanation_of(decision, compiled, ask.rule, known)
    return {**found.to_json(ask.everything), "sentences": tell(found, language, ask.everything)}


def explanation_of(
    decision: Decision, compiled: Compiled, rule: str | None = None, known: Known | None = None
) -> Explanation:
    """The explanation of a decision made under these rules. InvalidInput for an unknown rule."""
    rules = compiled.rulebook.rules
    if rule is not None and rule not in rules:
        hint = did_you_mean(rule, rules.keys())
        detail = f"no such rule in this rulebook{f'; {hint}' if hint else ''}"
        raise InvalidInput((Problem("/rule", "unknown-rule", detail),))
    return explain(decision, compiled, rule=rule, known=known)


def with_facts(decision: Decision, made: Inputs | None, live: Live) -> Decision:
    """The decision with its facts, computed from its inputs."""
    if made is None or decision.facts:
        return decision
    profile = contacts.settle(made.have, made.now, live.compiled.rulebook)
    facts = situated(live.compiled, live.snapshot, profile, made.on, made.now).facts
    named = live.compiled.named.get(made.on.key, ())
    return replace(decision, facts={name: facts.get(name) for name in named})


def then_known(made: Inputs, live: Live) -> Known:
    """The inputs of a decision, with the limits and budgets left then."""
    profile = contacts.settle(made.have, made.now, live.compiled.rulebook)
    known = known_of(live.compiled, live.snapshot, profile, made.on, made.now, live.controls)
    return replace(known, within=lambda decide: decide(made.used_up))


def now_known(made: Inputs, live: Live, ledger: Ledger) -> Known:
    """The same with what is left now; reserves nothing."""
    return replace(then_known(made, live), within=Peek(ledger, live.compiled.rulebook, made.now).decided)
