"""Seconds until the command line answers: minimum and median of several fresh processes."""

import subprocess
import sys
import time
from statistics import median

COMMANDS = {
    "import synthcraft": ["-c", "import synthcraft"],
    "--help": ["-m", "synthcraft", "--help"],
    "list generators": ["-m", "synthcraft", "list", "generators"],
    "validate +exp=smoke --no-data": ["-m", "synthcraft", "validate", "+exp=smoke", "--no-data"],
    "import torch (for scale)": ["-c", "import torch"],
}


def seconds(words: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    print(f"{'command':<34}{'min s':>8}{'median s':>10}")
    for name, words in COMMANDS.items():
        found = [seconds(words) for _ in range(5)]
        print(f"{name:<34}{min(found):>8.2f}{median(found):>10.2f}")


if __name__ == "__main__":
    main()
