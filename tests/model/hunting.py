"""
Running the machine without pytest, on the tree that is first on the path: ``python -m tests.model.hunting``.

Its last line of output says what it found, and in how many examples. Ends with 0 if that is nothing, with 3 if it is a
fault.
"""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import extract_tb
from types import TracebackType

import django

FOUND = 3


class Verdict:
    """Lets the examples in its block fail, and keeps by what."""

    by = ""

    def __enter__(self) -> "Verdict":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        print(f"{kind.__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
        # A rule is called by the wrapper that counts its step, an invariant by the one that stands for all; what comes
        # before the first step is called by neither.
        names = [frame.name for frame in extract_tb(at)]
        outer = (index for index, name in enumerate(names) if name in {"run_step", "holds"})
        self.by = names[next(outer, -2) + 1]
        return True


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
        with Verdict() as verdict:
            explore(ground, examples=arguments.examples, number=arguments.seed, shrinks=False)
        print(f"{verdict.by or 'nothing'}, {ground.examples} examples, {ground.steps} steps")
    sys.exit(FOUND if verdict.by else 0)


if __name__ == "__main__":
    main()
