"""Needed to write rules, not to serve them: rule tests and the JSON Schemas for editors."""
