"""Text for terminals: aligned, and without anything that would steer one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

GAP = "  "


def aligned(rows: Sequence[Sequence[object]], *, heading: Sequence[str] = ()) -> list[str]:
    """Return the rows with their columns under each other; the last column may be of any length."""
    texts = [[printable(cell) for cell in row] for row in ([heading, *rows] if heading else rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        GAP.join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), *row[-1:]]).rstrip()
        for row in texts
    ]


def printable(value: object) -> str:
    """Return the value as text, in which control characters are written out: a name must not steer the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(value))


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """Return what became of a row in words, as in ``status: active -> disable``."""
    if before is None:
        return "created"
    if after is None:
        return "deleted"
    return "; ".join(f"{name}: {_worded(before.get(name))} -> {_worded(after[name])}" for name in sorted(after))


def indented(lines: Iterable[str]) -> list[str]:
    """Return the lines with a margin."""
    return [f"{GAP}{line}" for line in lines]


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) or str(value).isidentifier() else repr(value)
