"""A headless Chromium for tests of pages, and axe, which judges how accessible they are."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import axe_core_python  # type: ignore[import-untyped]
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome here")
AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
DARK = "@media screen and (prefers-color-scheme: dark)"
PLAIN = (
    "<style>.scroll, .scroll * { background-image: none !important; position: static !important; }"
    "</style>"
)
RUN = """
axe.run(document, {resultTypes: ["violations", "incomplete"]}).then(found => {
  const told = kind => found[kind].map(one => ({
    id: one.id, help: one.help,
    nodes: one.nodes.map(node => node.target.join(" ") + ": " + node.any.concat(node.all, node.none)
      .map(check => check.message).join("; ")),
  }));
  const out = document.createElement("pre");
  out.id = "axe-found";
  out.textContent = JSON.stringify(
    {violations: told("violations"), incomplete: told("incomplete")});
  document.body.replaceChildren(out);
});
"""


def axe(page: str, folder: Path, *, dark: bool = False, width: int = 1200) -> dict[str, Any]:
    """What axe finds in a page (HTML): rules violated, and those that it cannot judge by itself.

    Reports forbid scripts; the copy that is judged does not, and its folds are open. Nor has it
    the shadows and fixed cells of tables that scroll, on which axe cannot judge contrast.
    """
    script = f"{PLAIN}<script>{AXE.read_text('utf-8')}</script><script>{RUN}</script>"
    copy = POLICY.sub("", page).replace("<details open>", "<details>")
    copy = copy.replace("<details", "<details open")
    if dark:
        copy = copy.replace(DARK, "@media all").replace("light dark", "dark")
    path = folder / "page.html"
    path.write_text(copy.replace("</body>", f"{script}</body>"), "utf-8")
    dom = chromium(path, "--dump-dom", folder=folder, width=width)
    found = re.search(r'<pre id="axe-found">(.*?)</pre>', dom, re.S)
    assert found, dom[-500:]
    return dict(json.loads(html.unescape(found[1])))


def widest(page: str, folder: Path, *, width: int) -> int:
    """How many pixels wide a page becomes in a window of this width.

    It stands in a frame: Chromium's own window is never narrower than 500.
    """
    frame = f"<iframe width={width} height=800 style='border: 0' srcdoc='{html.escape(page)}'>"
    script = (
        "onload = () => document.body.dataset.wide = frames[0].document.documentElement.scrollWidth"
    )
    path = folder / "page.html"
    path.write_text(f"<body>{frame}</iframe><script>{script}</script></body>", "utf-8")
    found = re.search(r'data-wide="(\d+)"', chromium(path, "--dump-dom", folder=folder))
    assert found
    return int(found[1])


def on_paper(page: str) -> str:
    """The page as it is printed, for a window as wide as the text on A4: 186 mm, 703 pixels."""
    screen = ("@media screen", "@media (min-width: 64rem)", "@media (max-width: 40rem)")
    for condition in screen:
        page = page.replace(condition, "@media not all")
    return page.replace("@media print", "@media all")


def chromium(page: Path, *options: str, folder: Path, width: int = 1200) -> str:
    """What a headless Chromium prints of a page on the disk."""
    command: Sequence[str] = (
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
        *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
        *("--disable-sync", "--virtual-time-budget=60000", f"--window-size={width},1000"),
        *(f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()),
    )
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
