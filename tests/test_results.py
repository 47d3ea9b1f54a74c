"""Runs write their figures each into a section of its own."""

from pathlib import Path

import pytest

from tests import results


class TestSection:
    def test_is_added_in_order_and_replaced_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "RESULTS.md"
        monkeypatch.setenv("PLUGIN_SYSTEM_TEST_RESULTS", str(file))
        results.write_section("Soak", "First of soak.")
        results.write_section("Deploys", results.as_table(["a", "b"], [[1, 2]]))
        results.write_section("Soak", "Second of soak.")
        text = file.read_text()
        assert text.startswith(results.HEADER)
        assert text.index("## Deploys") < text.index("## Soak")
        assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n" in text
        assert "Second of soak." in text
        assert "First of soak." not in text
        assert text.count("## ") == 2

    def test_leaves_the_others_as_they_are(self) -> None:
        text = results.replaced(f"{results.HEADER}\n## A\n\nOne.\n\n### Of A\n\nTwo.\n", "B", "Three.")
        assert results.replaced(text, "B", "Three.") == text
        assert "## A\n\nOne.\n\n### Of A\n\nTwo.\n\n## B\n\nThree.\n" in text
