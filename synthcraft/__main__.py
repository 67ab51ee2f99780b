"""``python -m synthcraft``."""

from synthcraft.cli.main import entry

if __name__ == "__main__":
    entry()
