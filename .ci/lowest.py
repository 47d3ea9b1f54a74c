#!/usr/bin/env python3
"""Print constraints.txt with each run-time dependency at the lowest version that pyproject.toml supports.

Runs under the oldest supported Python.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lowest() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirements = [
        *project["project"]["dependencies"],
        *(requirement for extra in project["project"]["optional-dependencies"].values() for requirement in extra),
    ]
    return {name.lower(): version for name, version in (requirement.split(">=") for requirement in requirements)}


def main() -> None:
    pins = lowest()
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line.partition("==")[0] not in pins:
            print(line)
    for name, version in pins.items():
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
