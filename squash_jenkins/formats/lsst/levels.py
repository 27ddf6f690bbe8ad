"""Take apart the names that validate_drp and lsst.verify give to metrics and specifications.

In 2016 a level-dependent metric was ``AD1`` with ``spec_name: design``; from 2018
it was ``validate_drp.AD1_design``, and ``validate_drp.PA2_minimum_gri`` where the
threshold depends on the filter too. Here all of them are the series
``validate_drp.AD1`` (``validate_drp.PA2``) at the level ``design`` (``minimum``).
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from squash_jenkins.models import LEVELS

VALIDATE_DRP = "validate_drp"

FILTER_GROUPS = {
    "gri": ("g", "r", "i", "HSC-G", "HSC-R", "HSC-I"),
    "uzy": ("u", "z", "y", "HSC-U", "HSC-Z", "HSC-Y"),
}

# The metrics of the science requirements (LPM-17), as the 2016 documents name them.
_REQUIREMENT = re.compile(r"A[DFM][123]|PA[12]|PF1|TE[1-4]|TEF|AA1|AB[12]|ABF1|D1|DB1|DF[12]|Z[12]")
_LEVEL_SUFFIX = re.compile(r"(.+)_(minimum|design|stretch)(?:_(gri|uzy))?", re.DOTALL)
_RELEASE = re.compile(r"FY\d\d|ORR")


class MetricName(NamedTuple):
    """Hold the parts of a metric's name as an lsst.verify document writes it."""

    base: str
    level: str
    filters: tuple[str, ...]


def split_metric(written: str) -> MetricName:
    """Split ``validate_drp.PA2_minimum_gri`` into its base name, level and filters."""
    found = _LEVEL_SUFFIX.fullmatch(written)
    if found is None:
        return MetricName(written, "", ())
    base, level, group = found.groups()
    return MetricName(base, level, FILTER_GROUPS.get(group or "", ()))


def qualified(written: str) -> str:
    """Put ``validate_drp.`` before the bare name of a metric of the science requirements."""
    return f"{VALIDATE_DRP}.{written}" if _REQUIREMENT.fullmatch(written) else written


def specification_level(last_part: str, metric_level: str, tags: Iterable[str]) -> str:
    """Return the level of a specification.

    Parameters
    ----------
    last_part
        The last part of its name: ``hsc_minimum_g``, ``FY17_uzy``, ``srd``.
    metric_level
        The level in the metric's own name, or the empty string.
    tags
        Its tags, used when neither name contains one: ``AM1.decam`` is tagged ``stretch``.
    """
    tokens = last_part.split("_")
    named = [token for token in tokens if token in LEVELS or _RELEASE.fullmatch(token)]
    if named:
        return named[0]
    tagged = sorted(set(tags) & set(LEVELS))
    return metric_level or (tagged[0] if len(tagged) == 1 else last_part)


def group_filters(last_part: str) -> tuple[str, ...]:
    """Return the filters of the group that ends a specification's name, if one does."""
    return FILTER_GROUPS.get(last_part.rpartition("_")[2], ())
