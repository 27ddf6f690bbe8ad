"""Write metrics and specifications as the YAML that `load_definitions` and `load_plain` read."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from squash_jenkins.definitions.plain import default_name
from squash_jenkins.errors import DocumentError
from squash_jenkins.formats.lsst.levels import group_filters, specification_level, split_metric
from squash_jenkins.formats.strict_yaml import text_of
from squash_jenkins.models import LEVELS, WITHIN, Metric, Specification

_FOLDER = re.compile(r"\w[\w-]*")


def folder_texts(
    metrics: Iterable[Metric], specifications: Iterable[Specification]
) -> dict[str, str]:
    """Return by path below a folder the files of the layout of lsst.verify_metrics.

    Raises
    ------
    DocumentError
        A name has no package or one that cannot be a folder, or a specification is not called after
        its metric or has no number.
    """
    defined: dict[str, dict[str, Any]] = {}
    for metric in metrics:
        package, key = _parted(metric.document_name or metric.name)
        defined.setdefault(f"metrics/{package}.yaml", {})[key] = _metric(metric)
    asked: dict[str, list[Any]] = {}
    for each in specifications:
        package, _ = _parted(each.metric)
        asked.setdefault(f"specs/{package}/{package}.yaml", []).append(_document(each))
    return {
        **{path: text_of([found]) for path, found in defined.items()},
        **{path: text_of(found) for path, found in asked.items()},
    }


def plain_text(metrics: Iterable[Metric], specifications: Iterable[Specification]) -> str:
    """Return one file of the plain form; of several definitions of a metric the first counts.

    Raises
    ------
    DocumentError
        A specification has no number.
    """
    known: dict[str, Metric] = {}
    for metric in metrics:
        known.setdefault(metric.name, metric)
    found: dict[str, dict[str, Any]] = {name: _about(metric) for name, metric in known.items()}
    for each in specifications:
        metric = known.get(each.metric) or Metric(each.metric)
        entry = found.setdefault(each.metric, {})
        levels = entry if each.level in LEVELS else entry.setdefault("levels", {})
        levels.setdefault(each.level, []).append(_level(each, metric))
    for entry in found.values():
        entry |= {level: _shortened(entry[level]) for level in LEVELS if level in entry}
        if "levels" in entry:
            entry["levels"] = {level: _shortened(own) for level, own in entry["levels"].items()}
    return text_of([found])


def _metric(metric: Metric) -> dict[str, Any]:
    whole = metric.document_name is None and split_metric(metric.name).base != metric.name
    return {**_about(metric), **({"split": False} if whole else {})}


def _about(metric: Metric) -> dict[str, Any]:
    members = {
        "unit": metric.unit,
        "description": metric.description,
        "operator": metric.operator,
        "reference": dict(metric.reference) or None,
        "tags": list(metric.tags) or None,
        **metric.rules,
    }
    return {key: value for key, value in members.items() if value is not None}


def _document(each: Specification) -> dict[str, Any]:
    written, last = _split_name(each)
    package, key = _parted(written)
    parts = split_metric(written) if written != each.metric else None
    filters = (parts and parts.filters) or group_filters(last)
    level = specification_level(last, parts.level if parts else "", each.tags)
    unit = {} if each.unit is None else {"unit": each.unit}
    found: dict[str, Any] = {
        "name": each.name if not last or last.startswith(f"{written}.") else last,
        "metric": written if key.startswith(f"{package}.") else key,
    }
    if each.operator == WITHIN:
        found["range"] = {"lower": each.threshold, "upper": _upper(each), **unit}
    else:
        found["threshold"] = {"operator": each.operator, **unit, "value": _finite(each)}
    found |= {"level": each.level} if each.level != level else {}
    found |= {"filters": list(each.filters)} if tuple(each.filters) != tuple(filters) else {}
    found |= {"query": dict(each.query)} if each.query else {}
    return found | _about_both(each)


def _split_name(each: Specification) -> tuple[str, str]:
    """Return the metric as the specification's name writes it, and the rest of the name."""
    if each.name.startswith(f"{each.metric}."):
        return each.metric, each.name.removeprefix(f"{each.metric}.")
    written, _, last = each.name.rpartition(".")
    if split_metric(written).base != each.metric:
        raise DocumentError(
            f"{each.name} cannot be written in this layout, as its name does not begin with that "
            f"of its metric {each.metric}; use the plain form"
        )
    return written, last


def _parted(name: str) -> tuple[str, str]:
    package, _, key = name.partition(".")
    if not key or not _FOLDER.fullmatch(package):
        raise DocumentError(
            f"{name[:200]!r} cannot be written in this layout: expected package.metric with a "
            "package of letters, digits, - and _"
        )
    return package, key


def _level(each: Specification, metric: Metric) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if each.operator == WITHIN:
        found["range"] = [each.threshold, _upper(each)]
    else:
        found["value"] = _finite(each)
        found |= {"operator": each.operator} if each.operator != metric.operator else {}
    found |= {"unit": each.unit} if each.unit != metric.unit else {}
    found |= {"filters": list(each.filters)} if each.filters else {}
    query = dict(each.query)
    if query.get("dataset") and isinstance(query["dataset"], str):
        found["dataset"] = query.pop("dataset")
    found |= {"query": query} if query else {}
    found |= {"name": each.name} if each.name != default_name(each) else {}
    return found | _about_both(each)


def _about_both(each: Specification) -> dict[str, Any]:
    dates = {"since": _date(each.since), "until": _date(each.until)}
    found: dict[str, Any] = {"tags": list(each.tags)} if each.tags else {}
    return found | {key: value for key, value in dates.items() if value is not None}


def _date(moment: datetime | None) -> date | str | None:
    """Return a date for the beginning of a day, else the whole moment."""
    if moment is None:
        return None
    there = moment.astimezone(UTC)
    return there.date() if there.time() == time() else there.isoformat()


def _finite(each: Specification) -> float:
    if not math.isfinite(each.threshold):
        raise DocumentError(f"{each.name} has no number for a threshold and cannot be written")
    return each.threshold


def _upper(each: Specification) -> float:
    if each.upper is None or math.isnan(each.upper) or math.isnan(each.threshold):
        raise DocumentError(f"{each.name} is a range without ends and cannot be written")
    return each.upper


def _shortened(found: list[dict[str, Any]]) -> Any:
    """Return a single level without its list, and one with nothing but a number as the number."""
    short = [each["value"] if each.keys() == {"value"} else each for each in found]
    return short[0] if len(short) == 1 else short
