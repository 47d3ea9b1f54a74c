"""Settings that come from outside: environment variables, and a secret kept in a file."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """Return the environment variable, or ``default`` where it is unset or empty."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool) -> bool:
    """
    Return the environment variable as a yes or no.

    :raises ImproperlyConfigured: it is neither.
    """
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
    return value in TRUE


def words(name: str, default: str) -> list[str]:
    """Return the environment variable as a list; commas separate."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def stored_secret(path: Path) -> str:
    """Return the secret kept in ``path``, readable by its owner only; the first call makes it up."""
    if not path.exists():
        _store(path, secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii").strip()


def _store(path: Path, secret: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret)
        # Linking fails where a process that started at the same time was first: its secret then holds for both.
        Path(path).hardlink_to(name)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
