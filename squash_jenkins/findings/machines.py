"""Find out whether a finding began when the job moved to another machine."""

from collections.abc import Sequence
from dataclasses import replace

from squash_jenkins.analysis.suspects import Suspect
from squash_jenkins.models.finding import BACK_WITHIN, OUT_OF, STEP, Finding
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildPoint
from squash_jenkins.text.numbers import counted

NAME = "other machine"
_AROUND = 8
"""Builds on each side whose machines are compared."""
_FEWEST = 3
"""Builds on each side: a new level is recognised at its third build."""
_SHARE = 0.5


def with_machine(
    suspects: Sequence[Suspect],
    reader: Reader,
    finding: Finding,
    before: Sequence[BuildPoint],
    since: Sequence[BuildPoint],
) -> list[Suspect]:
    """Return the suspects, with the other machine first where the finding began on it.

    That is so when none of the nodes that measured before measured since, and nodes recur on both
    sides: where each build has a node of its own they say nothing.

    Parameters
    ----------
    before, since
        The builds of the job before and since the finding began, in order.
    """
    machine = _machine(reader, finding, before[-_AROUND:], since[:_AROUND])
    if machine is None:
        return list(suspects)
    share = 1 - machine.score if suspects else 0.0
    machine = replace(machine, score=1 - share)
    return [machine, *(replace(each, score=round(each.score * share, 3)) for each in suspects)]


def _machine(
    reader: Reader, finding: Finding, before: Sequence[BuildPoint], since: Sequence[BuildPoint]
) -> Suspect | None:
    if finding.kind not in (STEP, OUT_OF, BACK_WITHIN):
        return None
    leading = finding.series[0]
    nodes = reader.nodes.of_builds([build.key for build in (*before, *since)])

    def known(builds: Sequence[BuildPoint]) -> list[str]:
        part = leading.dataset or "", leading.filter or ""
        found = (nodes.of(build.key, *part) for build in builds)
        return [node for node in found if node]

    old, new = known(before), known(since)
    if not (_recur(old) and _recur(new)) or not set(old).isdisjoint(new):
        return None
    reasons = (
        f"the {counted(len(old), 'build')} before ran on {_named(old)}",
        f"the {counted(len(new), 'build')} since on {_named(new)}",
    )
    return Suspect(NAME, f"{_named(old)} → {_named(new)}", None, _SHARE, reasons)


def _recur(nodes: Sequence[str]) -> bool:
    return len(nodes) >= _FEWEST and len(set(nodes)) <= len(nodes) / 2


def _named(nodes: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(nodes))
