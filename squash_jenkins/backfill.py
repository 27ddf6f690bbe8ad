"""Take in the builds that a Jenkins still has: list, fetch concurrently, store in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from squash_jenkins.config import Settings
from squash_jenkins.ingest import fetch, opened, save
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildRecord
from squash_jenkins.plugins import Plugins

Progress = Callable[[int], None]
"""Called with the number of builds stored so far."""


def backfill(
    settings: Settings,
    plugins: Plugins,
    client: JenkinsClient,
    jobs: Iterable[str],
    *,
    workers: int = 8,
    progress: Progress = lambda stored: None,
) -> int:
    """Store all finished builds of the jobs, the oldest of each job first; return their number.

    Metadata comes in pages of builds, artifacts by `workers` connections at once; no more than
    a few builds a worker are held in memory. The pages are not rebuilt here.
    """
    stored = 0
    with opened(settings) as store, ThreadPoolExecutor(workers, "squash-fetch") as pool:

        def read(build: Build) -> list[BuildRecord]:
            return list(fetch(settings, plugins, client, build))

        for records in _in_order(pool, read, _finished(client, jobs), 3 * workers):
            for record in records:
                save(settings, store, record)
                stored += 1
            progress(stored)
    return stored


def _finished(client: JenkinsClient, jobs: Iterable[str]) -> Iterator[Build]:
    for job in jobs:
        builds = [build for build in client.builds(job) if not build.provisional]
        yield from sorted(builds, key=lambda build: (build.started, build.id.number))


def _in_order(
    pool: ThreadPoolExecutor,
    work: Callable[[Build], list[BuildRecord]],
    builds: Iterable[Build],
    ahead: int,
) -> Iterator[list[BuildRecord]]:
    """Yield the results in the order of `builds`, with at most `ahead` of them under way."""
    waiting = iter(builds)
    under_way: list[Future[list[BuildRecord]]] = [
        pool.submit(work, build) for build in islice(waiting, ahead)
    ]
    while under_way:
        yield under_way.pop(0).result()
        under_way += [pool.submit(work, build) for build in islice(waiting, 1)]
