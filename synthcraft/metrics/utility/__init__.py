"""Utility: what models trained on synthetic rows are worth on holdout rows."""
