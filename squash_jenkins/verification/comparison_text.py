"""Put a comparison of a build with its target into words and plain values."""

from collections.abc import Iterator
from typing import Any

from squash_jenkins.models.finding import BETTER, WORSE
from squash_jenkins.text.numbers import counted
from squash_jenkins.text.quantities import quantity_text
from squash_jenkins.verification.comparison import CHANGED, Compared, Comparison

_NAMED = 5
"""Measurements of each verdict that are named; the others are counted."""


def comparison_lines(comparison: Comparison | None) -> Iterator[str]:
    """Yield the lines of the summary about a comparison: the counts, then what is not noise."""
    if comparison is None:
        return
    yield counts_text(comparison)
    for verdict in (WORSE, CHANGED, BETTER):
        found = comparison.of(verdict)
        yield from (line_text(each, comparison) for each in found[:_NAMED])
        if len(found) > _NAMED:
            yield f"… and {len(found) - _NAMED} more {verdict}"


def counts_text(comparison: Comparison) -> str:
    """Return the verdicts counted, or why there is no comparison."""
    if comparison.reason:
        return f"not compared with {comparison.target.name}: {comparison.reason}"
    about = f"compared with {comparison.target.name} ({builds_text(comparison)})"
    return f"{about}: {verdicts_text(comparison)}"


def verdicts_text(comparison: Comparison) -> str:
    """Return the verdicts counted, such as ``2 worse, 7 within noise``."""
    return ", ".join(f"{count} {verdict}" for verdict, count in comparison.counts.items())


def builds_text(comparison: Comparison) -> str:
    """Return the builds of the target, such as ``30 builds up to #412``."""
    return f"{counted(len(comparison.numbers), 'build')} up to #{comparison.numbers[-1]}"


def line_text(each: Compared, comparison: Comparison) -> str:
    """Return the comparison of one measurement in one line."""
    where = f" ({each.placed.place})" if each.placed.place else ""
    name = comparison.target.name
    start = f"{each.placed.name}{where} is {_with_unit(each, each.placed.verified.value)}"
    if each.usual is None:
        return f"{start}; {each.verdict} with {name}: {each.reason}"
    verdict = f"{each.verdict} than" if each.verdict in (WORSE, BETTER) else f"{each.verdict} from"
    if each.verdict not in (WORSE, BETTER, CHANGED):
        verdict = f"{each.verdict} of"
    about = ", ".join(text for text in (percent_text(each), noise_text(each)) if text)
    return f"{start}, {verdict} {name}: usually {usual_text(each)}" + (
        f" ({about})" if about else ""
    )


def usual_text(each: Compared) -> str:
    """Return the usual value of the target with its unit; empty where it is unknown."""
    return "" if each.usual is None else _with_unit(each, each.usual)


def percent_text(each: Compared) -> str:
    """Return the change in percent, such as ``+18%``; empty where there is none."""
    percent = each.percent
    if percent is None:
        return ""
    digits = 0 if abs(percent) >= 10 else 1
    return f"{percent:+.{digits}f}%".replace("-", "−")


def noise_text(each: Compared) -> str:
    """Return the change in units of noise, such as ``6.2× the noise``; empty without noise."""
    multiples = each.noise_multiples
    if multiples is None:
        return "" if each.usual is None else "it did not vary before" if each.effect else ""
    return f"{abs(multiples):.1f}× the noise"


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values."""
    return {
        "target": comparison.target.name,
        "reason": comparison.reason or None,
        "target_builds": list(comparison.numbers),
        "counts": comparison.counts,
        "measurements": [_json(each) for each in comparison.compared],
    }


def _json(each: Compared) -> dict[str, Any]:
    verified = each.placed.verified
    return {
        "metric": verified.metric,
        "level": verified.level or None,
        "dataset": verified.dataset,
        "filter": verified.filter,
        "verdict": each.verdict,
        "reason": each.reason or None,
        "value": verified.value,
        "unit": verified.unit,
        "usual": each.usual,
        "percent": each.percent,
        "noise": each.noise,
        "noise_multiples": each.noise_multiples,
        "builds": each.builds,
    }


def _with_unit(each: Compared, value: float | None) -> str:
    beside = (each.usual, each.placed.verified.value)
    return quantity_text(value, each.placed.verified.unit, beside, each.noise)
