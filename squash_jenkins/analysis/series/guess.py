"""Guess from its name and unit which values of a metric are better."""

import re
from functools import cache

from squash_jenkins.models.metric_rules import HIGHER, LOWER

_LOWER_WORDS = """
    alarms alloc allocated allocations allocs bugs complexity cost cpu crashes debt defects delay
    downtime dropped duplication duration elapsed error errors evictions failed failure failures
    faults flaky footprint heap jitter lag latency leaks lost loss mae mem memory mispredictions
    miss misses mse oom overhead pause rejected retries rms rmse rss runtime slowdown smells
    startup stalls swap time timeouts timing violations vulnerabilities wait walltime warnings
"""
_HIGHER_WORDS = """
    accuracy auc availability bandwidth completeness coverage covered efficiency f1 fps goodput
    hit hits iops iou ops passed precision psnr purity qps recall rps score snr speed speedup ssim
    success succeeded throughput tps uptime
"""
_LOWER, _HIGHER = frozenset(_LOWER_WORDS.split()), frozenset(_HIGHER_WORDS.split())
_COUNTED_WORDS = "dropped error errors evictions failed failures faults misses rejected retries"
_COUNTED = frozenset([*_COUNTED_WORDS.split(), "timeouts"])
"""Of these fewer in a second are better."""
_TIMES = frozenset(
    [
        *(
            "s",
            "sec",
            "second",
            "seconds",
            "ms",
            "msec",
            "us",
            "µs",
            "\u03bcs",
            "usec",
            "ns",
            "nsec",
        ),
        *("min", "minutes", "h", "hours"),
    ]
)
_SIZES = re.compile(r"(?:[kKMGTPE]i?)?(?:B|bytes?)|bytes?", re.ASCII)
_RATE = re.compile(
    r".+(?:/|\bper\s)\s*(?:s|sec|second|min|minute|h|hour)|Hz|[kMG]Hz|rps|qps|fps|tps|iops"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(r"[^a-z0-9]+")


@cache
def guessed_direction(metric: str, unit: str | None) -> str | None:
    """Return ``higher`` or ``lower``; None where name and unit say nothing, or different things.

    >>> guessed_direction("shop.http.latency", None), guessed_direction("shop.cart", "ms")
    ('lower', 'lower')
    >>> guessed_direction("shop.requests", "1/s"), guessed_direction("cache.hit_rate", "%")
    ('higher', 'higher')
    >>> guessed_direction("shop.answer", None), guessed_direction("time_to_success", None)
    (None, None)
    """
    words = _words(metric)
    lower, higher, by_unit = bool(words & _LOWER), bool(words & _HIGHER), _by_unit(unit or "")
    if by_unit == HIGHER and words & _COUNTED:
        by_unit = LOWER
    votes = {LOWER} if lower or by_unit == LOWER else set()
    votes |= {HIGHER} if higher or by_unit == HIGHER else set()
    return votes.pop() if len(votes) == 1 else None


def _words(metric: str) -> set[str]:
    return set(_APART.split(_CAMEL.sub(" ", metric.rpartition("::")[2] or metric).lower()))


def _by_unit(unit: str) -> str:
    own = unit.strip()
    if _RATE.fullmatch(own):
        return HIGHER
    return LOWER if own.lower() in _TIMES or _SIZES.fullmatch(own) else ""
