"""Projection: when conditions change if nothing happens, from a profile and its rulebook alone."""
