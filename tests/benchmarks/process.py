"""
One subject's process, started by the rig: ``python -m tests.benchmarks.process``.

It takes one call per line of its input, ``{"act": "module:function", "arguments": {...}}``, and answers each with one
line of JSON. The peers' processes run this file too, in their own environments: it imports nothing but Django.
"""

import importlib
import json
import os
import sys
import traceback

import django
from django.db import connections


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever prints must not stand between the answers.
    django.setup()
    while line := sys.stdin.readline():
        call = json.loads(line)
        module, _, name = call["act"].partition(":")
        try:
            answer = {"result": getattr(importlib.import_module(module), name)(**call["arguments"])}
        except Exception:  # noqa: BLE001 - The act fails, not the process that performs it.
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    connections.close_all()


if __name__ == "__main__":
    main()
