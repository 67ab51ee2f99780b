"""Reports: pure functions of a run directory's spec.yaml and journal.jsonl."""

from synthcraft.report.write import build

__all__ = ["build"]
