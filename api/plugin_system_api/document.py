"""The OpenAPI document as it was released with this package: a file, the same for every host."""

import hashlib
from functools import lru_cache
from pathlib import Path

# The app that has the scripts of the page for people; optional.
SIDECAR = "drf_spectacular_sidecar"
PATH = Path(__file__).resolve().parent / "plugin-system-v1.json"


@lru_cache(maxsize=1)
def read_document() -> tuple[bytes, str]:
    """Return the document and its entity tag."""
    content = PATH.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]
