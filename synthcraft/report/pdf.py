"""A report's page as PDF, printed by an installed browser, or by WeasyPrint where there is one.

A PDF carries its date, so it is no part of what ``verify`` makes again: it lies beside the folder.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from synthcraft.errors import Problem, RunError

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge", "brave-browser"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 240  # to print the largest report that we have takes about 10


def printed_page(index: Path) -> Path:
    """Print ``index.html`` of a report, its folds open, and return the PDF's path.

    The PDF of ``RUN/report/index.html`` is ``RUN/report.pdf``. An earlier one stays as it is until
    the new one is whole.

    Raises
    ------
    RunError
        When neither a browser nor WeasyPrint is installed, printing fails, or the PDF cannot be
        written. The report itself stays as it is.
    """
    folder = index.resolve().parent
    target = folder.with_name(f"{folder.name}.pdf")
    with TemporaryDirectory(prefix="synthcraft-pdf-") as scratch:
        page, made = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        page.write_text(unfolded(index.read_text("utf-8")), "utf-8")
        _print(page, made)
        partial = target.with_name(f"{target.name}.partial")
        try:
            shutil.copyfile(made, partial)
            partial.replace(target)
        except OSError as exc:
            partial.unlink(missing_ok=True)
            what = f"the PDF cannot be written ({exc.strerror})"
            hint = "Make room or give permission, or build the report elsewhere with --to."
            raise RunError([Problem(str(target), what, hint)]) from None
    return target


def unfolded(page: str) -> str:
    """The page with its folds open: nobody can open them on paper.

    >>> unfolded('<details class="fold"><summary>More</summary></details>')
    '<details open class="fold"><summary>More</summary></details>'
    """
    return page.replace("<details open>", "<details>").replace("<details", "<details open")


def _print(page: Path, made: Path) -> None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is not None:
        _by_browser(browser, page, made)
    elif not _by_weasyprint(page, made):
        hint = (
            "Install Chromium, Chrome or Edge, or WeasyPrint (pip install weasyprint), and build "
            "the report again; or print index.html from any browser. The report is written."
        )
        raise RunError([Problem("--pdf", "found no browser here that prints", hint)])


def _by_browser(browser: str, page: Path, made: Path) -> None:
    command = [
        *(browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--no-pdf-header-footer", f"--user-data-dir={page.parent / 'profile'}"),
        *(["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []),
        *(f"--print-to-pdf={made}", page.as_uri()),
    ]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        told = ended.stderr.strip().splitlines()
    except subprocess.TimeoutExpired:
        told = [f"not ready after {SECONDS} s"]
    except OSError as exc:
        told = [str(exc.strerror)]
    if not made.is_file() or not made.stat().st_size:
        why = told[-1][:200] if told else "it says nothing"
        hint = "Print index.html from any browser. The report is written."
        raise RunError([Problem("--pdf", f"{browser} made no PDF ({why})", hint)])


def _by_weasyprint(page: Path, made: Path) -> bool:
    """Whether WeasyPrint is here and has printed the page."""
    try:
        import weasyprint
    except (ImportError, OSError):  # without its libraries it raises the latter
        return False
    weasyprint.HTML(filename=str(page)).write_pdf(str(made))
    return True
