"""For mkdocs: the decisions of ``docs/adr`` under their heading, so that nobody keeps a list."""

from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """The site's configuration, with each decision in its navigation."""
    folder = Path(config.docs_dir)
    decisions = [path.relative_to(folder).as_posix() for path in sorted(folder.glob("adr/*.md"))]
    entries = (entry for group in config.nav for pages in group.values() for entry in pages)
    next(entry for entry in entries if "Decisions" in entry)["Decisions"] = decisions
    return config
