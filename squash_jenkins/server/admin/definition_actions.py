"""Change descriptions of datasets and metrics, and specifications."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.definitions.plain import default_name
from squash_jenkins.errors import SettingsError
from squash_jenkins.formats.thresholds import OPERATORS
from squash_jenkins.models import LEVELS, WITHIN, Specification
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller
from squash_jenkins.server.admin.action import Action, Field, Form, Row, moment, number, text, words
from squash_jenkins.server.services import Services
from squash_jenkins.store.rows import DOCUMENT

_REFERENCE = ("doc", "page", "url")


def actions() -> Sequence[Action]:
    """Return the actions."""
    return (
        Action(
            "dataset", "describe", "Edit",
            "If the camera is empty, the next build that names one sets it.",
            _describe_dataset, _dataset_fields,
        ),
        Action(
            "metric", "describe", "Edit", "Empty fields keep what other sources say.",
            _describe_metric, _metric_fields,
        ),
        Action(
            "metric", "ask", "Add a specification",
            "It applies from now on, or from a later time (UTC): verdicts of past builds stay.",
            _add_specification, _specification_fields,
        ),
        Action(
            "specification", "withdraw", "Withdraw",
            "It ends now and stays on record: verdicts of past builds stay. If it comes from a "
            "loaded source, it returns when that source is loaded again.",
            _withdraw, fits=lambda row: row["source"] != DOCUMENT and row["withdrawn"] is None,
        ),
    )  # fmt: skip


def _dataset_fields(_here: Services, row: Row) -> Sequence[Field]:
    return (
        Field("camera", "Camera", row["camera"] or ""),
        Field("description", "Description", row["description"] or "", "area"),
    )


def _describe_dataset(here: Services, who: Caller, row: Row, form: Form) -> None:
    fields = {name: text(form, name) for name in ("camera", "description")}
    also = audit.recording(who, "dataset.describe", row["name"], fields)
    here.store.editor.describe_dataset(row["id"], **fields, also=also)


def _metric_fields(_here: Services, row: Row) -> Sequence[Field]:
    reference = row["reference"] or {}
    labels = ("Reference: document", "Reference: page", "Reference: URL")
    return (
        Field("description", "Description", row["description"] or "", "area"),
        Field("unit", "Unit of values that come without one", row["unit"] or ""),
        *(
            Field(name, label, str(reference.get(name) or ""))
            for name, label in zip(_REFERENCE, labels, strict=True)
        ),
        Field("tags", "Tags, separated by commas", ", ".join(map(str, row["tags"] or []))),
    )


def _describe_metric(here: Services, who: Caller, row: Row, form: Form) -> None:
    url = text(form, "url")
    if url is not None and not url.startswith(("https://", "http://")):
        raise SettingsError("The URL of a reference must begin with https:// or http://.")
    before = row["reference"] or {}
    given: dict[str, Any] = {name: text(form, name) for name in _REFERENCE}
    for name, value in given.items():
        if value is not None and value == str(before.get(name)):
            given[name] = before[name]  # a number stays a number
    more = {name: value for name, value in before.items() if name not in _REFERENCE}
    reference = {**more, **{name: value for name, value in given.items() if value is not None}}
    fields = {
        "unit": text(form, "unit"),
        "description": text(form, "description"),
        "reference": reference,
        "tags": words(form, "tags"),
    }
    also = audit.recording(who, "metric.describe", row["name"], fields)
    here.store.editor.describe_metric(row["id"], fields, datetime.now(UTC), also)


def _specification_fields(_here: Services, row: Row) -> Sequence[Field]:
    operators = (row["operator"] or "<=", *OPERATORS, WITHIN)
    return (
        Field("level", "Level, such as minimum, design or stretch", LEVELS[1], needed=True),
        Field("operator", "Operator", choices=list(dict.fromkeys(operators))),
        Field("threshold", "Threshold", needed=True),
        Field("upper", f"Upper bound, only with the operator {WITHIN}"),
        Field("unit", "Unit", row["unit"] or ""),
        Field("filters", "Filters, separated by commas; empty for all"),
        Field("since", "Since (UTC); empty for now", kind="time"),
        Field("until", "Until (UTC); empty for no end", kind="time"),
        Field("name", "Name; empty for the default"),
    )


def _add_specification(here: Services, who: Caller, row: Row, form: Form) -> None:
    now = datetime.now(UTC)
    new = _specification(row["name"], form, now)
    fields = {
        "metric": new.metric, "level": new.level, "operator": new.operator,
        "threshold": new.threshold, "upper": new.upper, "unit": new.unit,
        "filters": list(new.filters), "since": new.since, "until": new.until,
    }  # fmt: skip
    also = audit.recording(who, "specification.add", new.name, fields)
    here.store.editor.add_specification(new, now, also)


def _specification(metric: str, form: Form, now: datetime) -> Specification:
    level, operator = text(form, "level"), form.get("operator", "")
    threshold, upper = number(form, "threshold"), number(form, "upper")
    if level is None or threshold is None:
        raise SettingsError("Enter a level and a threshold.")
    if operator not in (*OPERATORS, WITHIN):
        raise SettingsError(f"{operator[:20]!r} is not one of {' '.join((*OPERATORS, WITHIN))}.")
    if (upper is not None) != (operator == WITHIN):
        raise SettingsError(
            f"The operator {WITHIN} needs an upper bound; no other operator has one."
        )
    if upper is not None and upper < threshold:
        raise SettingsError("The upper bound is below the threshold, which is the lower bound.")
    found = Specification(
        metric, text(form, "name") or "", level, operator, threshold, text(form, "unit"),
        filters=tuple(words(form, "filters")), since=moment(form, "since") or now,
        until=moment(form, "until"), upper=upper,
    )  # fmt: skip
    return found if found.name else replace(found, name=default_name(found))


def _withdraw(here: Services, who: Caller, row: Row, _form: Form) -> None:
    also = audit.recording(who, "specification.withdraw", row["name"], {"specification": row["id"]})
    here.store.editor.withdraw(row["id"], datetime.now(UTC), also)
