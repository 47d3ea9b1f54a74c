"""What a row must reach, and whether it does."""

from dataclasses import dataclass
from statistics import quantiles
from typing import Any

Samples = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles and its least value."""

    median: float
    low: float
    high: float
    least: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        return cls(middle, low, high, min(values))


def spread(samples: Samples, label: str) -> Spread:
    """Return how a contender's figures are spread."""
    return Spread.of([each["value"] for each in samples[label]])


def ratios(samples: Samples, label: str, base: str) -> Spread:
    """Return how one contender compares with another, round by round, so that noise of the machine hits both."""
    bases = {each["round"]: each["value"] for each in samples[base]}
    return Spread.of([each["value"] / bases[each["round"]] for each in samples[label] if each["round"] in bases])


def most(samples: Samples, label: str, name: str) -> float | None:
    """Return the largest number of queries or writes that a contender needed."""
    found = [each[name] for each in samples.get(label, []) if each.get(name) is not None]
    return max(found) if found else None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was reached, in words, and whether it is enough; ``None`` where the issue sets no target."""

    target: str
    reached: str
    met: bool | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """
    At most ``ratio`` times the base, ``value`` of ours, ``difference`` more than the base, and so many queries,
    writes and started threads, or no more queries than the base: those that are stated must all be met. ``value`` and
    ``difference`` are in the row's unit.
    """

    ratio: float | None = None
    value: float | None = None
    difference: float | None = None
    queries: float | None = None
    writes: float | None = None
    threads: int | None = None
    as_few_queries: bool = False

    def judge(self, samples: Samples, unit: str, label: str, base: str) -> Verdict:
        """Hold the samples against the target."""
        wanted, reached, fits = [], [], []
        if base in samples:
            found = ratios(samples, label, base)
            reached.append(f"{found.median:.2f} ×")
            if self.ratio is not None:
                wanted.append(f"≤ {self.ratio:g} ×")
                fits.append(found.median <= self.ratio)
        if self.value is not None:
            wanted.append(f"≤ {in_words(self.value, unit)}")
            fits.append(spread(samples, label).median <= self.value)
        if self.difference is not None:
            extra = spread(samples, label).median - spread(samples, base).median
            wanted.append(f"≤ {in_words(self.difference, unit)} more")
            reached.append(f"{in_words(extra, unit)} more")
            fits.append(extra <= self.difference)
        for name in ("queries", "writes", "threads"):
            bound = getattr(self, name)
            found_most = most(samples, label, name)
            if bound is not None:
                wanted.append(f"≤ {bound:g} {name}")
                fits.append(found_most is not None and found_most <= bound)
        if self.as_few_queries:
            wanted.append("as few queries")
            fits.append((most(samples, label, "queries") or 0) <= (most(samples, base, "queries") or 0))
        return Verdict(target=", ".join(wanted), reached=", ".join(reached), met=all(fits) if fits else None)


def in_words(value: float, unit: str = "s") -> str:
    """Return a value to three digits, a duration in the unit that suits it."""
    if unit != "s":
        return f"{value:,.0f} {unit}".replace(",", " ")
    for factor, name in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value * 1e9:.0f} ns"
