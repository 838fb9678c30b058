"""The example shop: a seeded generator of customers and what they did."""
