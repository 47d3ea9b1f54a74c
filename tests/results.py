"""
Where runs write their figures: each replaces its own section of a Markdown file, and leaves the others alone.

The file is ``tests/RESULTS.md``, or what ``PLUGIN_SYSTEM_TEST_RESULTS`` names.
"""

import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import django

FILE = Path(__file__).with_name("RESULTS.md")
HEADER = """\
# Results

The last figures of each run. The runs write this file; nobody edits it by hand.
"""


def write_section(title: str, body: str) -> None:
    """Put ``body`` under the heading ``title``, with the date and the versions, in the place of what was there."""
    path = Path(os.environ.get("PLUGIN_SYSTEM_TEST_RESULTS") or FILE)
    text = path.read_text(encoding="utf-8") if path.exists() else HEADER
    path.write_text(replaced(text, title, f"{circumstances()}\n\n{body.strip()}\n"), encoding="utf-8")


def replaced(text: str, title: str, body: str) -> str:
    """Return ``text`` with the section ``title`` replaced, or added; sections are in the order of their titles."""
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = dict(part.split("\n", 1) for part in parts)
    sections[title] = f"\n{body}"
    return "\n\n".join([head.strip(), *(f"## {each}\n\n{sections[each].strip()}" for each in sorted(sections))]) + "\n"


def circumstances() -> str:
    """Return when and with what this process runs, in one line."""
    python = platform.python_version()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {python}, Django {django.get_version()}, "
        f"{sys.platform}, {os.cpu_count()} processors."
    )


def as_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(map(str, columns)), ["---"] * len(columns), *(list(map(str, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
