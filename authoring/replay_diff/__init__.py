"""Replays a history under two rulebooks and says who is treated differently.

`plan` reads the log once, `play` replays a part of it under one rulebook, `compare` compares what a customer got,
`sums` adds that up, `example_customers` chooses example customers, `run` spreads the work over processes.
"""
