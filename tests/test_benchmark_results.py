"""What people read of the last benchmark is what it found."""

from tests.benchmarks import summary


def test_the_readme_shows_the_last_run() -> None:
    text = summary.README.read_text(encoding="utf-8")
    assert summary.written_into(text, summary.read_results()) == text


def test_a_row_that_missed_its_target_is_shown_as_missed() -> None:
    results = summary.read_results()
    missed = [row["name"] for row in results["rows"] if row["met"] is False]
    shown = [line for line in summary.table(results).splitlines() if "**no**" in line]
    assert [line.split(" | ")[0].removeprefix("| ") for line in shown] == missed
