"""The roles of products for customers, measured in a purchase log; docs/value.md has the formulas."""
