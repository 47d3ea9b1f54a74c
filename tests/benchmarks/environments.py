"""The peers' virtual environments, made once and kept in ``.venv-bench-*``."""

import shlex
import subprocess
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
PEER = "django-plugin-system"
# What each version needs besides Django. Not left to the resolver, which would pick another Django for the second.
PEERS: dict[str, list[str]] = {"1.1.0": [], "2.0.9": ["django-fernet-encrypted-fields>=0.4.0"]}


class EnvironmentNotMadeError(Exception):
    """A peer could not be installed; the message has the remedy."""


def peer_python(version: str) -> Path:
    """Return the interpreter of an environment that has this version of the peer and the Django of this process."""
    home = ROOT / f".venv-bench-{version}"
    python = home / "bin" / "python"
    needs = [f"django=={django.__version__}", *PEERS[version]]
    made_of = "\n".join([sys.version, *needs])
    stamp = home / "made-of.txt"
    if not (stamp.exists() and stamp.read_text() == made_of):
        print(f"Installing {PEER} {version} into {home.relative_to(ROOT)} ...", file=sys.stderr)
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        _run(*pip, *needs)
        _run(*pip, "--no-deps", f"{PEER}=={version}")
        stamp.write_text(made_of)
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise EnvironmentNotMadeError(
            f"{shlex.join(command[:4])} ... failed:\n{done.stderr.strip()}\n"
            "The peers come from the package index that pip is set up to use; leave them out with --no-peers."
        )
