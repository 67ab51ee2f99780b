"""Privacy: what synthetic rows give away of train rows, beyond what fresh real rows would.

Every measure takes (train, holdout, synthetic) and has three roles: main, control and excess. The
control is not biased by sizes: it has the same target set (train) or a known expectation. Where it
is estimated, the excess is a plain difference, so that its mean over fresh rows is 0; where it is
known, the difference is divided by what a copy would reach. Intervals are about the given train
rows and the fitted generator: other synthetic rows and other holdout rows, or other attacked rows.
"""
