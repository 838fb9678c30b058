"""The logic of a rulebook: what follows from its conditions alone, without customers.

Conditions are taken apart into boxes (`formula`): for each fact the classes of values that fit (`classes`, `domains`).
A solver (`solver`) finds a customer for whom several conditions hold at once, or proves that there is none, so every
finding has a witness (`witness`). Exact, and bounded: questions beyond the bound are reported as unchecked.
"""
