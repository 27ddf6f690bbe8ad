"""Read the thresholds of analysis_tools: ``metricInformation.yaml``.

::

    stellarAstrometricRepeatability1_i_AM1:
      lowThreshold: 0
      highThreshold: 10
      divergent: false
      description: Astrometric repeatability at 5 arcmin

A key is the action and the metric of a bundle (`formats.lsst.metric_bundle`), with the band between
them where there is one. Both thresholds make a range, a single one makes a limit. ``divergent``
means that zero is best, so neither higher nor lower values are better.
"""

import re
from collections.abc import Mapping
from typing import Any

from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.fields import Field, text_or_none
from squash_jenkins.formats.lsst.bands import split_band
from squash_jenkins.formats.lsst.metric_bundle import PACKAGE
from squash_jenkins.models import WITHIN, Metric, Specification
from squash_jenkins.models.metric_rules import NEITHER

LEVEL = "threshold"
_LOW, _HIGH = "lowThreshold", "highThreshold"
_KEYS = {_LOW, _HIGH, "divergent", "plot", "debugGroup", "atoolFile", "description"}
_MARKS = {_LOW, _HIGH, "debugGroup", "atoolFile"}
_PARTS = re.compile(r"_(?=(?:[ugrizy]|N\d{3,4})_.)")


def is_information(root: Any) -> bool:
    """Return whether a document is of this kind: nothing but metrics with its keys."""
    return (
        isinstance(root, Mapping)
        and len(root) > 0
        and all(isinstance(each, Mapping) and each.keys() <= _KEYS for each in root.values())
        and any(each.keys() & _MARKS for each in root.values())
    )


def read_information(
    root: Field,
) -> tuple[list[tuple[Field, Metric]], list[tuple[Field, Specification]]]:
    """Read the metrics, of several bands the first definition, and their specifications.

    Raises
    ------
    DocumentError
        A threshold is no number, or the low one is above the high one.
    """
    metrics: dict[str, tuple[Field, Metric]] = {}
    specifications = []
    for key, field in root.members():
        name, band = _name(field.beside(key).name())
        metrics.setdefault(name, (field, _metric(field, name)))
        asked = _specification(field, name, (band,) if band else ())
        specifications += [(field, asked)] if asked else []
    return list(metrics.values()), specifications


def _metric(field: Field, name: str) -> Metric:
    divergent = field.get("divergent")
    if divergent is not None and not isinstance(divergent.value, bool):
        raise divergent.fault("true or false")
    rules = {"direction": NEITHER} if divergent is not None and divergent.value else {}
    return Metric(name, description=text_or_none(field, "description"), rules=rules)


def _name(key: str) -> tuple[str, str | None]:
    """Return the name of a metric, and its filter if it is of one."""
    action, *rest = _PARTS.split(key, maxsplit=1)
    if not rest:
        return f"{PACKAGE}.{key}", None
    band, metric = split_band(rest[0])
    return f"{PACKAGE}.{action}_{metric}", band


def _specification(field: Field, metric: str, filters: tuple[str, ...]) -> Specification | None:
    low, high = field.get(_LOW), field.get(_HIGH)
    name = ".".join([metric, "_".join([LEVEL, *filters])])
    if high is None:
        if low is None:
            return None
        return Specification(metric, name, LEVEL, ">=", low.finite(), filters=filters)
    if low is None:
        return Specification(metric, name, LEVEL, "<=", high.finite(), filters=filters)
    if low.finite() > high.finite():
        raise DocumentError(
            f"{low.path} is above {_HIGH}: {low.word()} > {high.word()}; expected a range"
        )
    return Specification(
        metric, name, LEVEL, WITHIN, low.finite(), filters=filters, upper=high.finite()
    )
