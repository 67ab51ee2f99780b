"""Estimands: whether analyses of synthetic rows give the results of real ones."""
