"""Store what people state about findings and metrics, each with its entry in the audit log.

The entry is written in the same transaction, whether the statement comes from the live server or
from the command line: both are stored, or neither.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.findings.acceptance import Meant
from squash_jenkins.models import SeriesId
from squash_jenkins.models.finding import Acceptance, Triage
from squash_jenkins.models.metric_rules import MetricRules, plain_rules
from squash_jenkins.store import Also, Store

Recording = Callable[[str, str, Mapping[str, Any]], Also]
"""Makes an audit entry of an action, its target and details, for whoever acts."""
Named = tuple[int, str]
"""The key of a row, and its name."""


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
    values = {"note": said.note, "ticket": said.ticket, "fixed_in": said.fixed_in}
    detail = {"state": said.state, **{key: each for key, each in values.items() if each}}
    store.add_triage(key, said, recording("finding.triage", name, detail))


def set_rules(
    store: Store, metric: Named, rules: MetricRules, who: str, recording: Recording
) -> None:
    """Set the rules of a metric; empty ones remove those set before."""
    key, name = metric
    also = recording("metric.rules", name, plain_rules(rules))
    store.editor.set_rules(key, rules, who, datetime.now(UTC), also)
