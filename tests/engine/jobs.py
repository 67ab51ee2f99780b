"""Work for isolated processes, importable by them."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time

import numpy as np


def double(payload, tell):
    tell("fit")
    return payload * 2


def threads(payload, tell):
    return os.environ["OMP_NUM_THREADS"]


def hashed(payload, tell):
    return hash(payload)


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


def die_with_child(payload, tell):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    payload.write_text(str(child.pid))
    os.kill(os.getpid(), signal.SIGSEGV)


def linger(payload, tell):
    """Hands over its result, but a thread keeps the process from ending."""
    threading.Thread(target=time.sleep, args=(60,)).start()
    return payload


def die_within_a_message(payload, tell):
    tell("evaluate")
    (connection,) = [cell.cell_contents for cell in tell.__closure__]
    os.write(connection.fileno(), struct.pack("!i", 1000) + b"ten bytes.")
    os._exit(4)


class Deadly:
    """Whoever reads it dies."""

    def __reduce__(self):
        return os._exit, (5,)
