import os
import subprocess
import sys
from pathlib import Path

from tests.contract.conftest import DOCUMENT, Server

SCRIPTS = Path(sys.executable).parent
STORY = Path(__file__).with_name("python_story.py")


class TestPythonClient:
    def test_is_generated_without_a_warning_and_tells_the_whole_story(self, server: Server, tmp_path: Path) -> None:
        target = tmp_path / "control_plane_client"
        command = [str(SCRIPTS / "openapi-python-client"), "generate", "--path", str(DOCUMENT)]
        command += ["--output-path", str(target), "--meta", "none", "--fail-on-warning"]
        # The generator formats with ruff, which it looks for on the path.
        path = os.pathsep.join([str(SCRIPTS), os.environ["PATH"]])
        subprocess.run(command, check=True, timeout=60, env={**os.environ, "PATH": path})
        subprocess.run([sys.executable, str(STORY), server.url, server.token], cwd=tmp_path, check=True, timeout=60)
