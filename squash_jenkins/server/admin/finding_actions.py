"""Set the rules of a metric, and accept the level that a finding reports."""

from collections.abc import Sequence
from functools import partial

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings import statements
from squash_jenkins.findings.acceptance import MeantFinding, Statement
from squash_jenkins.models.metric_rules import (
    DIRECTIONS,
    MetricRules,
    read_direction,
    read_smallest,
)
from squash_jenkins.server import audit
from squash_jenkins.server.access import Caller
from squash_jenkins.server.admin.action import Action, Field, Form, Row, number, text
from squash_jenkins.server.services import Services
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow

_UNSET = "not set here"
_IGNORED = {"yes": True, "no": False}


def actions() -> Sequence[Action]:
    """Return the actions."""
    return (
        Action(
            "metric", "rules", "Which changes are findings",
            "This counts before the settings and the metric's definition, which hold where nothing "
            "is set here. Findings are detected again.",
            _set_rules, _rule_fields,
        ),
        Action(
            "finding", "accept", "Accept the level",
            "Detection begins anew at this build; what began before or there is over.",
            _accept, _acceptance_fields, fits=lambda row: not row["withdrawn"],
        ),
        Action(
            "finding", "undo-acceptance", "Take back the acceptance",
            "Detection takes the earlier builds into account again.",
            _undo, fits=lambda row: row["ended_id"] is not None,
        ),
    )  # fmt: skip


def _rule_fields(here: Services, row: Row) -> Sequence[Field]:
    with here.store.reader() as reader:
        now = reader.definitions.rules().get(row["name"], MetricRules())
    smallest = "" if now.smallest is None else str(now.smallest)
    ignored = next((word for word, each in _IGNORED.items() if each is now.ignore), _UNSET)
    return (
        Field(
            "smallest", "Smallest change that is a finding, such as 2 %, 5 ms or 3 units", smallest
        ),
        Field("direction", "Better values", now.direction or _UNSET, choices=(_UNSET, *DIRECTIONS)),
        Field("ignore", "No findings at all", ignored, choices=(_UNSET, *_IGNORED)),
    )


def _set_rules(here: Services, who: Caller, row: Row, form: Form) -> None:
    rules = _rules(form)
    metric = row["id"], row["name"]
    statements.set_rules(here.store, metric, rules, who.name, partial(audit.recording, who))


def _rules(form: Form) -> MetricRules:
    smallest, direction = text(form, "smallest"), form.get("direction", _UNSET)
    ignore = form.get("ignore", _UNSET)
    if ignore not in (_UNSET, *_IGNORED):
        raise SettingsError(f"No findings at all: {ignore[:80]!r} is not yes or no.")
    try:
        return MetricRules(
            None if smallest is None else read_smallest(smallest),
            None if direction == _UNSET else read_direction(direction),
            _IGNORED.get(ignore),
        )
    except ValueError as error:
        raise SettingsError(f"{str(error).capitalize()}.") from None


def _acceptance_fields(_here: Services, _row: Row) -> Sequence[Field]:
    return (
        Field("since", "Number of the build from which on; empty for where the finding began"),
        Field("note", "Note", kind="area"),
    )


def _accept(here: Services, who: Caller, row: Row, form: Form) -> None:
    since = number(form, "since")
    if since is not None and (since < 1 or since != int(since)):
        raise SettingsError(f"since: {since:g} is not the number of a build.")
    statement = Statement(who.name, text(form, "note"))
    with here.store.reader() as reader:
        meant = MeantFinding(reader, _finding(reader, row), None if since is None else int(since))
        accepted = meant.accepted(statement)
    statements.accept(here.store, meant, accepted, partial(audit.recording, who))


def _undo(here: Services, who: Caller, row: Row, _form: Form) -> None:
    with here.store.reader() as reader:
        meant = MeantFinding(reader, _finding(reader, row))
        known = meant.known()
    statements.undo_acceptance(here.store, meant, known, partial(audit.recording, who))


def _finding(reader: Reader, row: Row) -> FindingRow:
    found = reader.findings.find(keys=[row["id"]])
    if not found:
        raise SettingsError("The finding is gone: later builds no longer show it.")
    return found[0]
