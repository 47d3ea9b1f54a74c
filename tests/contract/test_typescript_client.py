import shutil
import subprocess
from pathlib import Path

from tests.contract.conftest import DOCUMENT, Server

SOURCES = Path(__file__).with_name("typescript")


class TestTypeScriptClient:
    def test_compiles_strictly_and_tells_the_whole_story(self, server: Server, tmp_path: Path) -> None:
        project = shutil.copytree(SOURCES, tmp_path / "story")

        def run(*command: str) -> None:
            subprocess.run(command, cwd=project, check=True, timeout=300)

        run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
        run("npx", "openapi-typescript", str(DOCUMENT), "--output", "schema.d.ts")
        run("npx", "tsc")
        run("node", "built/story.js", server.url, server.token)
