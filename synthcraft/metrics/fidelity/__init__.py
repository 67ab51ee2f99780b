"""Fidelity: how alike synthetic and holdout rows are, compared at one common size.

The yardstick is the holdout, not train: against train rows, a table of marginals beats fresh real
rows. Every value is a mean over draws at the common size; ``n`` is that size.
"""
