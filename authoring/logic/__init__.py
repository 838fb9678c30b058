"""The logic of a rulebook: what follows from its conditions without a single customer.

Conditions are taken apart into boxes (`formula`): for each fact the classes of values that fit (`classes`, `domains`).
A solver (`solver`) finds a customer for whom several conditions are true at once, or that there is none, so that every
finding comes with a witness (`witness`). Exact, and bounded: what would take too long is said to be unchecked.
"""
