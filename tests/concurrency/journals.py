"""What each process says it did: a file per process, written line by line, that outlives a kill."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Appends to a file. A line that has been written is there whatever becomes of the process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, **line: Any) -> None:
        os.write(self._file, (json.dumps(line) + "\n").encode())


def read_lines(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of every journal of this kind, each with the name of its process as ``by``."""
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        with path.open() as lines:
            for line in lines:
                if line.endswith("\n"):  # Else the process was killed while it wrote.
                    yield {**json.loads(line), "by": path.stem}
