"""Shorten the names of metrics where they stay unique."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_SIMPLE = re.compile(r"\w[\w-]*\.(?P<short>\w[\w-]*)")
"""``package.name``; a dotted path has more parts, the id of a test other characters."""
_PARAMETERS = re.compile(r"[(\[{/\s]")
"""Where the parameters of a benchmark begin, or its command or path."""
_NUMBER = re.compile(r"[0-9]+")


def short_name(metric: str) -> str:
    """Return the name of a metric without its package, where it is made of these two.

    It may be that of another metric, too: `short_names` knows.

    >>> short_name("validate_drp.AM1"), short_name("shop.api.latency"), short_name("AM1")
    ('AM1', 'shop.api.latency', 'AM1')
    >>> short_name("tests/test_cart.py::test_add[1.5]"), short_name("load.95")
    ('tests/test_cart.py::test_add[1.5]', 'load.95')
    """
    found = _SIMPLE.fullmatch(metric)
    return metric if found is None or _NUMBER.fullmatch(found["short"]) else found["short"]


def package_name(metric: str) -> str:
    """Return the part of a metric's name before its last dot, empty where there is none.

    Dots within parameters, commands and paths do not count.

    >>> package_name("shop.api.latency"), package_name("sums.time_sum(0.5, 'a')")
    ('shop.api', 'sums')
    """
    return _PARAMETERS.split(metric, maxsplit=1)[0].rpartition(".")[0]


def short_names(metrics: Iterable[str]) -> Mapping[str, str]:
    """Return by metric its name without the package where no other is called so, else all of it.

    >>> short_names(["http.latency", "db.latency", "http.errors"])
    {'http.latency': 'http.latency', 'db.latency': 'db.latency', 'http.errors': 'errors'}
    """
    known = dict.fromkeys(metrics)
    alike = Counter(short_name(each) for each in known)
    return {each: short_name(each) if alike[short_name(each)] == 1 else each for each in known}


def ambiguous_names(metrics: Iterable[str]) -> list[str]:
    """Return the short names that more than one metric has, sorted."""
    alike = Counter(short_name(each) for each in dict.fromkeys(metrics))
    return sorted(name for name, count in alike.items() if count > 1)
