"""What writing rules needs and serving does not: rule tests and the JSON Schemas for editors."""
