"""The steward's release pack: what a decision on giving a synthetic table away rests on."""
