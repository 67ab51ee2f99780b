"""Text as a terminal or a spreadsheet may show it, whoever wrote it: a server, or a table."""

import re
import unicodedata

_FORMULA = re.compile(r"[=@\t\r]|[+-](?!$|[\d.,]+(\s|$))")


def printable(text: str) -> str:
    """The text without what steers a terminal or is not seen; lines, tabs and blanks stay.

    Control characters (of both kinds), marks of direction, and characters without width.

    >>> printable("a\\x1b[2Jb\\x9b2J\\u202e\\n"), printable("10\\u202f000\\u00a0€")
    ('a[2Jb2J\\n', '10\\u202f000\\xa0€')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or _is_seen(c))


def _is_seen(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def no_formula(text: str) -> str:
    """The text behind an apostrophe, where a spreadsheet would take it for a formula.

    >>> no_formula("=1+1"), no_formula("-0.5 to 1"), no_formula("+"), no_formula("-a")
    ("'=1+1", '-0.5 to 1', '+', "'-a")
    """
    return f"'{text}" if _FORMULA.match(text) else text
