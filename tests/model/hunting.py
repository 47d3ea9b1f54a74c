"""
Running the machine without pytest, on the tree that is first on the path: ``python -m tests.model.hunting``.

Ends with 0 if the examples found nothing, with 3 if they found a fault; its first line of output says which.
"""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import django

FOUND = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    # These need the models.
    from tests.model.exploring import explore
    from tests.model.ground import laid_ground

    with TemporaryDirectory() as directory, laid_ground(Path(directory)) as ground:
        try:
            explore(ground, examples=arguments.examples, number=arguments.seed, shrinks=False)
        except Exception as error:  # noqa: BLE001
            print(f"{type(error).__name__}: {error}".splitlines()[0])
            print(*getattr(error, "__notes__", ()), sep="\n")
            sys.exit(FOUND)


if __name__ == "__main__":
    main()
