"""Store what people state about findings and metrics, each with its entry in the audit log.

The entry is written in the same transaction, whether the statement comes from the live server or
from the command line: both are stored, or neither.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.acceptance import Meant
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import Acceptance, Comment, Triage
from squash_jenkins.models.metric_rules import MetricRules, plain_rules
from squash_jenkins.store import Also, Store

Recording = Callable[[str, str, Mapping[str, Any]], Also]
"""Makes an audit entry of an action, its target and details, for whoever acts."""
Named = tuple[int, str]
"""The key of a row, and its name."""
_LONGEST = 10_000


def accept(
    store: Store, meant: Meant, accepted: Sequence[Acceptance], recording: Recording
) -> None:
    """Store that levels are accepted.

    Raises
    ------
    SettingsError
        They are accepted already.

    """
    detail = {"since": accepted[0].number, "note": accepted[0].note}
    store.accept(meant.job, accepted, recording("finding.accept", meant.text, detail))


def undo_acceptance(
    store: Store, meant: Meant, known: Sequence[tuple[SeriesId, int]], recording: Recording
) -> None:
    """Take back that levels were accepted.

    Raises
    ------
    SettingsError
        They are not accepted.

    """
    store.undo_acceptance(meant.job, known, recording("finding.undo_acceptance", meant.text, {}))


def add_triage(store: Store, finding: Named, said: Triage, recording: Recording) -> None:
    """Add a triage note to a finding."""
    key, name = finding
    names = ("note", "ticket", "fixed_in", "assignee")
    values = {each: getattr(said, each) for each in names}
    detail = {"state": said.state, **{key: each for key, each in values.items() if each}}
    store.add_triage(key, said, recording("finding.triage", name, detail))


def undo_triage(store: Store, finding: Named, who: str, recording: Recording) -> None:
    """Take back the latest triage of a finding.

    Raises
    ------
    SettingsError
        It has none.

    """
    key, name = finding
    store.undo_triage(key, who, datetime.now(UTC), recording("finding.undo_triage", name, {}))


def add_comment(store: Store, finding: Named, who: str, note: str, recording: Recording) -> Comment:
    """Add a comment to a finding.

    Raises
    ------
    SettingsError
        It is empty or too long.

    """
    note, now = note.strip(), datetime.now(UTC)
    if not note or len(note) > _LONGEST:
        raise SettingsError(f"A comment has 1 to {_LONGEST} characters, this one {len(note)}.")
    key, name = finding
    also = recording("finding.comment", name, {"note": note})
    return Comment(store.add_comment(key, who, now, note, also), who, now, note)


def delete_comment(store: Store, finding: Named, comment: Comment, recording: Recording) -> None:
    """Delete a comment of a finding."""
    key, name = finding
    detail = {"who": comment.who, "note": comment.note}
    store.delete_comment(key, comment.key, recording("finding.delete_comment", name, detail))


def set_rules(
    store: Store, metric: Named, rules: MetricRules, who: str, recording: Recording
) -> None:
    """Set the rules of a metric; empty ones remove those set before."""
    key, name = metric
    also = recording("metric.rules", name, plain_rules(rules))
    store.editor.set_rules(key, rules, who, datetime.now(UTC), also)
