"""Replays a history under two rulebooks and reports customers treated differently.

`plan` partitions the log, `replayer` replays a part under one rulebook, `compare` compares the results,
`sums` totals them, `sampling` and `examples` choose and explain examples, `run` distributes the work.
"""
