"""Augmentation as a trial: rows are added to small groups, beside controls, and groups are judged.

The order of things: ``groups`` (who gets rows), ``doses`` (how many), ``cohort`` (which real rows
generators and models see, which are withheld, which judge), ``added`` (rows of the groups from a
generator), ``training`` (what a model is trained on: an arm's rows, or a control's), ``outcome``
(what such a model does for each group of the holdout).
"""
