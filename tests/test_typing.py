"""What a type checker makes of the helpers."""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

SNIPPET = """
    from abc import ABC, abstractmethod
    from collections.abc import Callable
    from typing import Any, assert_type

    from plugin_system.helpers import (
        aget_plugin_class, aget_plugin_instance, arequire_plugin_class, arequire_plugin_instance, get_plugin_class,
        get_plugin_instance, require_plugin_class, require_plugin_instance,
    )
    from plugin_system.register import plugin_item, plugin_type


    @plugin_type(name="otp")
    class AbstractOTP(ABC):
        @abstractmethod
        def send_otp(self, number: str, code: str) -> str: ...


    @plugin_item(AbstractOTP, name="sms")
    class Sms(AbstractOTP):
        def send_otp(self, number: str, code: str) -> str:
            return code


    async def look() -> None:
        assert_type(Sms().send_otp("1", "2"), str)
        assert_type(get_plugin_instance(AbstractOTP), AbstractOTP | None)
        assert_type(get_plugin_instance(AbstractOTP, None, "user", limit=5), AbstractOTP | None)
        assert_type(get_plugin_class(AbstractOTP), Callable[..., AbstractOTP] | None)
        assert_type(require_plugin_instance(AbstractOTP), AbstractOTP)
        assert_type(require_plugin_class(AbstractOTP), Callable[..., AbstractOTP])
        assert_type(await aget_plugin_instance(AbstractOTP), AbstractOTP | None)
        assert_type(await aget_plugin_class(AbstractOTP), Callable[..., AbstractOTP] | None)
        assert_type(await arequire_plugin_instance(AbstractOTP), AbstractOTP)
        assert_type(await arequire_plugin_class(AbstractOTP), Callable[..., AbstractOTP])
        assert_type(get_plugin_instance("otp", "apps.otp", "user", limit=5), Any)
        assert_type(require_plugin_instance("otp", "apps.otp"), Any)


    def send() -> str:
        otp = get_plugin_instance(AbstractOTP)
        return "" if otp is None else otp.send_otp("1", "2")


    assert_type(get_plugin_instance(AbstractOTP), AbstractOTP)  # wrong
    get_plugin_instance("otp")  # wrong
    get_plugin_instance(AbstractOTP, "apps.otp")  # wrong
    get_plugin_instance(AbstractOTP).send_otp("1", "2")  # wrong
    require_plugin_instance(AbstractOTP).send("1")  # wrong
"""

CONFIGURATION = """
    [mypy]
    strict = True
    [mypy-plugin_system.*]
    follow_imports = silent
    [mypy-django.*]
    follow_imports = skip
"""


class TestHelpers:
    """By interface they are typed by it; by names they return ``Any``."""

    def test_are_as_the_snippet_says_to_a_strict_type_checker_without_plugins(self, tmp_path: Path) -> None:
        (tmp_path / "snippet.py").write_text(dedent(SNIPPET))
        (tmp_path / "mypy.ini").write_text(dedent(CONFIGURATION))
        environment = {**os.environ, "MYPYPATH": str(Path(__file__).resolve().parents[1])}
        command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "snippet.py"]

        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

        found = {int(line) for line in re.findall(r"^snippet\.py:(\d+): error", done.stdout, re.MULTILINE)}
        lines = enumerate(dedent(SNIPPET).split("\n"), 1)
        assert found == {number for number, line in lines if line.endswith("# wrong")}, done.stdout + done.stderr
