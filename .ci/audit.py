#!/usr/bin/env python3
"""Ask whether what constraints.txt pins has known vulnerabilities: fail on each, and say where nobody could be asked.

The service that knows is not the package index: where only the index can be reached, nothing is known, and this says
so and succeeds, so that a machine without it can land a change.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (
    *("-m", "pip_audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip"),
    *("--format", "json", "--progress-spinner", "off", "--timeout", "15"),
)


def main() -> int:
    """Return the exit code."""
    done = subprocess.run([sys.executable, *COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"NOT AUDITED: the vulnerability service could not be asked.\n{done.stderr.strip()[-500:]}")
        return 0
    audited = [each for each in found if "vulns" in each]
    skipped = [each["name"] for each in found if "vulns" not in each]
    bad = [each for each in audited if each["vulns"]]
    for each in bad:
        for vulnerability in each["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            print(f"{each['name']} {each['version']}: {vulnerability['id']}, mended in {fixed}")
    print(f"{len(found)} pinned packages: {len(audited)} audited, {len(bad)} vulnerable, {len(skipped)} unknown.")
    if skipped:
        print(f"NOT AUDITED, as the vulnerability service is out of reach or does not know them: {', '.join(skipped)}.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
