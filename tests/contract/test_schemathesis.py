import re
import subprocess
import sys
from pathlib import Path

from tests.contract.conftest import DOCUMENT, Server

FEWEST_CASES = 1000
HERE = Path(__file__).parent


class TestSchemathesis:
    def test_finds_nothing_in_a_thousand_cases(self, server: Server) -> None:
        cases = sum(cases_of(server, name) for name in ("schemathesis.toml", "schemathesis_rows.toml"))

        assert cases >= FEWEST_CASES


def cases_of(server: Server, configuration: str) -> int:
    """Run it, and return how many cases it has generated; whatever it finds is a failure."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / configuration)]
    command += ["run", str(DOCUMENT), "--url", server.url, "--header", f"Authorization: Bearer {server.token}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # A run that is throttled tests nothing.
    assert "Rate limited" not in done.stdout, done.stdout
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated, done.stdout
    return int(generated[1])
