"""Starts the soak as a process of the host project; see :mod:`tests.soak.run`."""

import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(import_module("tests.soak.run").main())
