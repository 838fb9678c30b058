"""What will hold when nothing happens: the moments at which conditions turn, from a profile and its rulebook alone."""
