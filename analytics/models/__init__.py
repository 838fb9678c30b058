"""Probability models of buying: BG/NBD, MBG/NBD, gamma-gamma, by maximum likelihood."""
