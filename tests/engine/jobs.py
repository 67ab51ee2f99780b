"""Work for isolated processes, importable by them."""

import os
import signal
import subprocess
import sys
import time

import numpy as np


def double(payload, tell):
    tell("fit")
    return payload * 2


def threads(payload, tell):
    return os.environ["OMP_NUM_THREADS"]


def fail(payload, tell):
    tell("fit")
    raise ValueError("the secret is 42")


def sleep(payload, tell):
    tell("sample")
    time.sleep(payload)
    return payload


def sleep_with_child(payload, tell):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    payload.write_text(str(child.pid))
    time.sleep(60)


def hog(payload, tell):
    tell("fit")
    kept = []
    while True:
        kept.append(np.ones(1_000_000))


def hog_slowly(payload, tell):
    """Memory that RLIMIT_DATA does not count: a shared mapping."""
    import mmap

    tell("fit")
    kept = []
    while True:
        block = mmap.mmap(-1, 50 * 2**20)
        block.write(b"x" * 50 * 2**20)
        kept.append(block)
        time.sleep(0.05)


def die(payload, tell):
    tell("evaluate")
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(payload, tell):
    os._exit(3)
