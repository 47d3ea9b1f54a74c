"""
Writes the OpenAPI document: ``python -m plugin_system_api.openapi FILE ...``, or ``--check`` to compare.

It runs with settings of its own, so that no host's can bend the document; no database is asked.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings

DESCRIPTION = """\
The control plane between what code offers and what serves: plugin types, the items that implement them, and the
decisions of operators. Everything is JSON; errors are problem details (RFC 9457). Every change takes a reason and can
be tried first with dry_run; every reply has the X-Request-ID under which the record of a change is found again.
"""
SPECTACULAR: dict[str, Any] = {
    "TITLE": "Plugin control plane",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.0.3",
    "LICENSE": {"name": "MIT", "url": "https://opensource.org/license/mit"},
    "SERVERS": [{"url": "/api/v1", "description": "Where the manual mounts it."}],
    "TAGS": [
        {"name": "plugin-types", "description": "What is swappable, and what it resolves to."},
        {"name": "plugin-items", "description": "The implementations, and what operators decide about them."},
        {"name": "sync", "description": "Making the rows follow the code."},
        {"name": "changes", "description": "Who did what, when, through which door, and why."},
        {"name": "status", "description": "Whether all is well."},
        {"name": "schema", "description": "This document."},
    ],
    # How requests authenticate is the host's affair; what a client needs is a bearer token.
    "AUTHENTICATION_WHITELIST": [],
    "SECURITY": [{"bearer": []}],
    "APPEND_COMPONENTS": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "POSTPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}


def configure() -> None:
    """Set Django up with nothing but what describing the API takes."""
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "plugin_system",
            "plugin_system_api",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        SPECTACULAR_SETTINGS=SPECTACULAR,
    )
    django.setup()


def generate() -> str:
    """
    Return the document, under the settings of :func:`configure`.

    :raises SystemExit: drf-spectacular has something to complain of.
    """
    # Not at the top: these read the settings.
    from drf_spectacular.drainage import GENERATOR_STATS  # noqa: PLC0415
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415
    from drf_spectacular.validation import validate_schema  # noqa: PLC0415

    generator: Any = SchemaGenerator  # Untyped.
    document = generator(urlconf="plugin_system_api.urls").get_schema(public=True)
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        raise SystemExit("The document has flaws; they are named above.")
    validate_schema(document)  # type: ignore[no-untyped-call]
    return f"{json.dumps(document, indent=2, ensure_ascii=False)}\n"


def main(arguments: list[str]) -> int:
    """Write or compare the files, and return the exit code: 1 where one differs."""
    parser = argparse.ArgumentParser(prog="python -m plugin_system_api.openapi", description="Write the document.")
    parser.add_argument("--check", action="store_true", help="Write nothing; exit 1 where a file differs.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    configure()
    document = generate()
    if not options.check:
        for path in options.files:
            path.write_text(document, encoding="utf-8")
        return 0
    differing = [path for path in options.files if not path.exists() or path.read_text(encoding="utf-8") != document]
    for path in differing:
        sys.stderr.write(f"{path} is not what the code says; write it again.\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
