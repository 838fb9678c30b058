"""The example shop: a seeded generator of customers and their events."""
