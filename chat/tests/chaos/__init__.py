"""Faults at random points of a fixed seed, over real processes, and what must hold all the same."""
