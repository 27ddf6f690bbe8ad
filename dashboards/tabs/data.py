"""Write the files that the scripts of other tabs read: builds and what they measured."""

from collections.abc import Iterator
from functools import partial

from squash_jenkins.render.base import (
    DataFile,
    Item,
    JobLine,
    Site,
    Tab,
    commits_file,
    data_files,
    finder_file,
    marks,
)


class Data(Tab):
    """Keep the data of all jobs; ``render/content/data_files.py`` describes the formats."""

    name = "data"
    title = "Data"
    order = 1
    in_navigation = False

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the files of the blocks that changed, and the groups they are in."""
        for job in site.changed_jobs():
            yield from _blocks(site, job)
            if site.detected.have_changed(job):
                yield DataFile(job.data("findings"), partial(marks, site, job))
        finder = partial(finder_file, site)
        jobs = partial(data_files.jobs_file, site)
        yield DataFile("data/jobs.js", jobs, {"data/finder.js": finder})


def _blocks(site: Site, job: JobLine) -> Iterator[DataFile]:
    changed, blocks = set(site.changed_blocks(job)), list(site.measured.blocks(job))
    sealed, other_noise = data_files.sealed(blocks), data_files.changed_noise(site, job)
    for group in sorted({block // data_files.GROUP for block in blocks}):
        own = sealed.get(group, [])
        begun = site.memory.differs(f"sealed/{job.key}/{group}", own)
        site.memory.remember(f"sealed/{job.key}/{group}", own)
        due = changed | set(own[-1:] if begun else ())  # what is sealed is written otherwise
        for number in (each for each in blocks if each // data_files.GROUP == group):
            if number in due:
                yield DataFile(job.data(f"commits-{number}"), partial(_commits, site, job, number))
            if number in due | other_noise:
                values = partial(_values, site, job, number, number == blocks[-1])
                yield DataFile(
                    job.data(f"builds-{number}"),
                    partial(_builds, site, job, number),
                    {job.data(f"values-{number}"): values},
                )
        if own and due & set(own):
            yield from _group(site, job, group, own)


def _builds(site: Site, job: JobLine, number: int) -> data_files.Payload:
    builds = site.measured.block(job, number).builds
    site.packages.prefetch(builds)
    return data_files.builds_file(site, builds)


def _commits(site: Site, job: JobLine, number: int) -> data_files.Payload:
    return commits_file(site, site.measured.block(job, number).builds)


def _values(site: Site, job: JobLine, number: int, exact: bool) -> data_files.Payload:
    return data_files.values_file(site, job, number, exact=exact)


def _group(site: Site, job: JobLine, group: int, blocks: list[int]) -> Iterator[DataFile]:
    folders = []
    for metric, payload in data_files.metric_files(site, job, blocks):
        path = data_files.metric_file(job, metric, group)
        folders.append(path.split("/")[-2])
        yield DataFile(path, payload)
    outline = partial(data_files.outline_file, site, job, blocks)
    measured = {job.data(f"metrics-{group}"): {"metrics": folders}}
    yield DataFile(job.data(f"outline-{group}"), outline, measured)
