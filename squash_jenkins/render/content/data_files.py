"""Write the data of jobs for scripts: small files of blocks of builds, and long ones of metrics.

A block holds the builds and all series of 64 builds: what one build's page and a comparison need.
A group holds one metric in 64 blocks: what a trend over years needs. Groups hold all blocks but the
newest, so that a new build changes the file of one block. ``assets/shared/data.js`` reads both.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from squash_jenkins.analysis.health import GOOD
from squash_jenkins.analysis.series.direction import limits_better
from squash_jenkins.analysis.specifications.applicable import severity
from squash_jenkins.models import SeriesInUnit
from squash_jenkins.models.metric_rules import Direction
from squash_jenkins.render.content.build_views import result_of
from squash_jenkins.render.content.missing_turns import Reasons, of_builds
from squash_jenkins.render.links import metric_folder
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.measured import Block
from squash_jenkins.render.site.noise import changed_noise, noise_by_series
from squash_jenkins.render.site.site import Site
from squash_jenkins.text.command_line import command_line
from squash_jenkins.text.names import ambiguous_names
from squash_jenkins.text.sentences import versions
from squash_jenkins.verification.blocks import SeriesBlock
from squash_jenkins.verification.measurements import Line, tone_of, word_of
from squash_jenkins.verification.missing import NOT_STORED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "GROUP", "builds_file", "changed_noise", "folder_of", "jobs_file", "metric_file",
    "metric_files", "outline_file", "sealed", "values_file",
]  # fmt: skip
Payload = Mapping[str, Any]
GROUP = 64
"""Blocks that share a group."""
_LABEL = 60
_NAMED = 12
"""Packages listed for each build; its own page has them all."""
_CODES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOTHING = "."


def folder_of(job: JobLine) -> str:
    """Return the folder of a job's pages."""
    return job.page.removesuffix("/index.html")


def jobs_file(site: Site) -> Mapping[str, Any]:
    """Return the data of all jobs, the payload of ``data/jobs.js``."""
    return {
        "jobs": [_job(site, job) for job in site.jobs if site.builds(job)],
        "alike": ambiguous_names(site.metrics),
        "better": {metric: way for metric in site.metrics if (way := _way(site, metric))},
    }


def _job(site: Site, job: JobLine) -> Mapping[str, Any]:
    blocks, builds = list(site.measured.blocks(job)), site.builds(job)
    return {
        "title": site.title_of(job),
        "name": job.name,
        "controller": job.controller,
        "folder": folder_of(job),
        "data": job.data("x").removesuffix("/x.js"),
        "jenkins": job.jenkins,
        "newest": builds[-1].milliseconds,
        "count": len(builds),
        "target": site.title_of(target) if (target := site.compared.target(job)) else "",
        "unstored": {"text": NOT_STORED.text, "command": command_line("backfill", job.name)},
        "recreated": any(one.number >= other.number for one, other in pairwise(builds)),
        "blocks": blocks,
        "groups": [[group, of[0], of[-1]] for group, of in sealed(blocks).items()],
    }


def _way(site: Site, metric: str) -> Sequence[Any]:
    """Return 1 where more is better, -1 for less, 0 for neither, and what it follows from."""
    direction = site.direction(metric)
    return [direction.sign, direction.source] if direction.known else []


def sealed(blocks: Sequence[int]) -> dict[int, list[int]]:
    """Return by group its blocks; the newest block is in none."""
    found: dict[int, list[int]] = {}
    for block in blocks[:-1]:
        found.setdefault(block // GROUP, []).append(block)
    return found


def builds_file(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    """Return the data of the builds of a block."""
    return {**_outline(site, builds), "packages": [_packages(site, build) for build in builds]}


def outline_file(site: Site, job: JobLine, blocks: Sequence[int]) -> Mapping[str, Any]:
    """Return the data of the builds of a group, block after block."""
    builds = [build for block in blocks for build in site.measured.block(job, block).builds]
    return _outline(site, builds)


def _outline(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    return {
        "number": [build.number for build in builds],
        "name": {
            str(at): build.page.split("/")[-2] for at, build in enumerate(builds) if build.replaced
        },
        "start": [build.milliseconds for build in builds],
        "duration": [_milliseconds(build.row.duration or 0) for build in builds],
        "missing": of_builds(site, builds),
        "label": _labels(site, builds),
        **_results(builds),
        **_nodes(site, builds),
    }


def _labels(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, str]:
    """Return the names that some builds were given, by their places."""
    names = site.build_details.names(builds)
    given = ((at, names.get(build.key)) for at, build in enumerate(builds))
    return {str(at): name[:_LABEL] for at, name in given if name}


def _nodes(site: Site, builds: Sequence[BuildLine]) -> Payload:
    """Return each node once, and which of them each build ran on; -1 where it is not known."""
    nodes = site.build_details.nodes(builds)
    known = {node: at for at, node in enumerate(sorted(set(nodes.values())))}
    places = [known.get(nodes.get(build.key, ""), -1) for build in builds]
    return {"node": places, "nodes": list(known)}


def values_file(site: Site, job: JobLine, number: int, *, exact: bool) -> Payload:
    """Return what a block measured; not `exact`: to seven digits, for a group has it exactly."""
    noise, reasons = noise_by_series(site, job, number), Reasons(site)
    block = site.measured.block(job, number)
    entries = [
        {
            **_entry(site, each.name, [(block, each)], reasons, exact=exact),
            "noise": noise[each.name],
        }
        for each in block.series
    ]
    return {"series": entries, "reasons": reasons.listed}


def metric_files(
    site: Site, job: JobLine, blocks: Sequence[int]
) -> Iterator[tuple[str, Callable[[], Payload]]]:
    """Yield the name of each metric of a group of blocks, and a function that returns its file."""
    parts = [site.measured.block(job, block) for block in blocks]
    names = {name for part in parts for name in part.measured.names}
    ordered = sorted(names, key=lambda name: name.by_metric)
    for metric, own in groupby(ordered, key=lambda name: name.id.metric):
        yield metric, partial(_metric, site, parts, list(own))


def _metric(site: Site, parts: Sequence[Block], names: Sequence[SeriesInUnit]) -> Payload:
    reasons = Reasons(site)
    found = ((name, [(part, part.measured.exactly(name)) for part in parts]) for name in names)
    entries = [_entry(site, name, of_parts, reasons, exact=True) for name, of_parts in found]
    return {"series": entries, "reasons": reasons.listed}


def metric_file(job: JobLine, metric: str, group: int) -> str:
    """Return the path of the file that holds a metric in a group."""
    return job.data(f"{metric_folder(metric)}/{group}")


def _entry(
    site: Site,
    name: SeriesInUnit,
    parts: Sequence[tuple[Block, SeriesBlock | None]],
    reasons: Reasons,
    *,
    exact: bool,
) -> Payload:
    import numpy as np

    values: list[NDArray[np.float64]] = []
    statuses: dict[str, int] = {}
    codes: list[str] = []
    limits: list[Any] = []
    start = 0
    for block, part in parts:
        size = len(block.builds)
        if part is None:
            values.append(np.full(size, np.nan))
            codes.append(_NOTHING * size)
        else:
            values.append(part.values)
            known = [json.dumps(each) for each in _statuses(part)]
            signs = [_CODES[statuses.setdefault(each, len(statuses))] for each in known]
            codes.append("".join([*signs, _NOTHING][kind] for kind in part.picked.tolist()))
            limits += _turns(part, start, limits)
        start += size
    return {
        "metric": name.id.metric,
        "dataset": name.id.dataset,
        "filter": name.id.filter,
        "level": name.id.level,
        "unit": name.unit,
        **_packed(np.concatenate(values), exact),
        "status": "".join(codes),
        "statuses": [json.loads(each) for each in statuses],
        "limits": limits,
        "missing": reasons.turns(name.id, parts),
    }


def _statuses(part: SeriesBlock) -> Iterator[list[Any]]:
    """Yield of each kind of value its status, rank, tone and word, and which levels it meets."""
    level = part.name.id.level
    for kind, verdicts in enumerate(part.verdicts):
        status = part.words[part.codes[(part.picked == kind).argmax()]]
        met = {each.specification.level: each.met for each in verdicts if each.met is not None}
        yield [status, severity(status), tone_of(status, level), word_of(status, level), met]


def _better(lines: Sequence[Line]) -> int | None:
    """Return 1 where more is better by the limits, -1 for less, 0 for neither; None without any."""
    better = limits_better(line.operator for line in lines if line.level == lines[0].level)
    return None if better is None else Direction(better).sign


def _turns(part: SeriesBlock, start: int, before: Sequence[Any]) -> Iterator[Any]:
    """Yield where other limits begin to hold: the place, the limits, and which way is better."""
    known = before[-1][1] if before else None
    for at, lines in part.limits:
        now = [[line.level, line.limit, line.label] for line in lines]
        if now != known:
            yield [start + at, now, _better(lines)]
        known = now


def _packed(values: "NDArray[np.float64]", exact: bool) -> Payload:
    """Return numbers as little-endian doubles in base64, or as floats where these can hold them."""
    import numpy as np

    with np.errstate(over="ignore"):
        short = values.astype("<f4")
    fits = np.isnan(values) | (np.isfinite(short) & ((np.abs(short) > 1e-30) | (values == 0)))
    kind = "f8" if exact or not bool(fits.all()) else "f4"
    return {"kind": kind, "value": base64.b64encode(values.astype(f"<{kind}").tobytes()).decode()}


def _results(builds: Sequence[BuildLine]) -> Payload:
    """Return each different result once, with its tone and what it means, and where each stands."""
    results = [(*result_of(build).values(), _outcome(build)) for build in builds]
    known = {result: at for at, result in enumerate(dict.fromkeys(results))}
    return {"result": [known[each] for each in results], "results": [list(each) for each in known]}


def _outcome(build: BuildLine) -> str:
    if build.row.provisional:
        return "running"
    return "failed" if build.failed else "good" if build.row.result in GOOD else "other"


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _packages(site: Site, build: BuildLine) -> Any:
    """Return the changed packages; None where they are not known."""
    near = site.stored.before(build, 60)
    also = [len(near), max((each.row.revision for each in near), default=0)]
    name = f"packages/{build.key}"
    return site.remembered(name, [build], lambda: _changed_packages(site, build), also)


def _changed_packages(site: Site, build: BuildLine) -> Any:
    since, changes = site.package_changes(build)
    if since is None:
        return None
    rows = [[each.name, versions(each.old, each.new), each.url] for each in changes[:_NAMED]]
    return {"total": len(changes), "rows": rows}
