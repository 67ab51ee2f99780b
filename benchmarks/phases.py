"""Wall and CPU seconds of a run by generator and phase: ``python benchmarks/phases.py RUN…``."""

import sys
from collections import defaultdict
from pathlib import Path

from synthcraft.journal import FILE, read
from synthcraft.records import Record


def main(runs: list[str]) -> None:
    for run in runs:
        records = [
            Record.from_json(entry.payload)
            for entry in read(Path(run) / FILE)
            if entry.kind == "record"
        ]
        total: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for record in records:
            for phase, wall in record.seconds.items():
                for key in ((record.trial.arm, phase), ("all", phase)):
                    cell = total[key]
                    cell[0] += wall
                    cell[1] += record.cpu_seconds.get(phase, 0.0)
                    cell[2] += 1
        print(f"{run}: {len(records)} trials")
        print(f"{'generator':<20}{'phase':<10}{'trials':>7}{'wall s':>10}{'cpu s':>10}")
        for (arm, phase), (wall, cpu, n) in sorted(total.items()):
            print(f"{arm:<20}{phase:<10}{n:>7.0f}{wall:>10.1f}{cpu:>10.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
