"""Tell which findings hold at each build of a job."""

from collections.abc import Callable, Mapping, Sequence

from squash_jenkins.render.lines import BuildLine
from squash_jenkins.render.output import content_key
from squash_jenkins.render.sentences import headline
from squash_jenkins.store.rows import FindingRow


def holding(
    builds: Sequence[BuildLine], findings: Sequence[FindingRow]
) -> dict[int, list[FindingRow]]:
    """Return by build key the findings that begin there, hold or are over with it.

    Those that later builds no longer show are left out; the newest beginning stands first.
    """
    places = {build.key: build.position for build in builds}
    found: dict[int, list[FindingRow]] = {}
    for row in findings:
        if row.withdrawn:
            continue
        ended = row.finding.ended
        last = len(builds) - 1 if ended is None else places[ended]
        for build in builds[places[row.finding.build] : last + 1]:
            found.setdefault(build.key, []).append(row)
    return found


def holding_tokens(
    held: Mapping[int, Sequence[FindingRow]], suspects: Callable[[FindingRow], object]
) -> dict[str, str]:
    """Return by build key (as text, for JSON) what stands for the words its page says of them."""
    rows = {row.key: row for rows in held.values() for row in rows}
    marks = {key: content_key(*_words(row), suspects(row)) for key, row in rows.items()}
    return {str(key): content_key([marks[row.key] for row in rows]) for key, rows in held.items()}


def _words(row: FindingRow) -> list[str | int | None]:
    finding = row.finding
    return [row.name, row.state, headline(finding), finding.build, finding.ended]
