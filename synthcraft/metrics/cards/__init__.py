"""What each metric is and what its extremes mean; loading this needs no numpy.

Where a measure has the roles main, control and excess, its direction, ideal, null and bounds are
those of the excess: what remains of a risk once fresh real rows have been taken as the yardstick.
"""
