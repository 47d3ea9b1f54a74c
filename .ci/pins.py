#!/usr/bin/env python3
"""Write constraints.txt: what pip chooses today for all dependency groups, under each Python that is named.

    .ci/pins.py PYTHON [PYTHON ...]

PYTHON is an interpreter, oldest first. Where two of them get different versions of a package, the line has a marker.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# What every dependency group installs, pinned. Written by `make constraints`; do not edit by hand.
"""


def run(*command: str | Path) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def freeze(interpreter: str, project: str, groups: list[str]) -> tuple[str, dict[str, str]]:
    """Return the interpreter's "3.x" and the version of each package after a fresh installation of all groups."""
    with tempfile.TemporaryDirectory() as folder:
        run(interpreter, "-m", "venv", folder)
        python = Path(folder, "bin", "python")
        run(python, "-m", "pip", "install", "--quiet", "--upgrade", "pip")
        chosen = [argument for group in groups for argument in ("--group", group)]
        run(python, "-m", "pip", "install", "--quiet", "--editable", ".", *chosen)
        listed = run(python, "-m", "pip", "list", "--format=freeze", "--exclude", "pip", "--exclude", "setuptools")
        version = run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    pins = dict(line.split("==") for line in listed.splitlines())
    pins = {re.sub(r"[-_.]+", "-", name).lower(): pin for name, pin in pins.items()}
    pins.pop(project)
    return version, pins


def lines(name: str, pins: dict[str, str]) -> list[str]:
    """Return the constraint lines of one package, from its version under each Python, oldest Python first."""
    starts = list(pins.items())
    runs = [start for before, start in zip([("", ""), *starts], starts, strict=False) if before[1] != start[1]]
    result = []
    for index, (python, pin) in enumerate(runs):
        bounds = [f'python_version >= "{python}"'] if index else []
        bounds += [f'python_version < "{runs[index + 1][0]}"'] if index + 1 < len(runs) else []
        result.append(f"{name}=={pin}" + ("; " + " and ".join(bounds) if bounds else ""))
    return result


def main() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = pyproject["project"]["name"], list(pyproject["dependency-groups"])
    frozen = dict(freeze(interpreter, project, groups) for interpreter in sys.argv[1:])
    names = sorted({name for pins in frozen.values() for name in pins})
    chosen = [
        line
        for name in names
        for line in lines(name, {python: pins[name] for python, pins in frozen.items() if name in pins})
    ]
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(chosen) + "\n")


if __name__ == "__main__":
    main()
