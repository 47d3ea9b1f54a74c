"""The test suite's host project, with what one process shall have otherwise."""

import json
import os

from tests.settings import *  # noqa: F403

# What Django's test client calls itself.
ALLOWED_HOSTS = ["testserver"]
globals().update(json.loads(os.environ.get("PROCESS_SETTINGS", "{}")))
