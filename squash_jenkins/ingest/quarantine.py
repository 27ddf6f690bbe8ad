"""List the files that were set aside, select some of them, drop them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.ingest.pipeline import rebuild_site
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.models import BuildId
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import RejectedRow


@dataclass(frozen=True, slots=True)
class QuarantinedFile:
    """A file that was set aside, and the build it belongs to."""

    id: BuildId
    started: datetime
    entry: RejectedRow


def entries(reader: Reader) -> list[QuarantinedFile]:
    """Return all files that are set aside, by build and path."""
    rejected = reader.contents.rejected()
    jobs = {job.key: job for job in reader.builds.jobs()}
    builds = {key: reader.builds.get(key) for key in {row.build for row in rejected}}
    found = []
    for row in rejected:
        build = builds[row.build]
        job = jobs[build.job_key]
        found.append(
            QuarantinedFile(BuildId(job.controller, job.name, build.number), build.started, row)
        )
    return sorted(found, key=lambda each: (each.id, each.started, each.entry.path))


def chosen(
    found: Sequence[QuarantinedFile], glob: str | None, names: Sequence[str], everything: bool
) -> list[QuarantinedFile]:
    """Return the files of builds that are named (``job#3``) and of jobs that match the glob.

    Raises
    ------
    SettingsError
        Nothing is selected, or a name is not that of a build.

    """
    if not (glob or names or everything):
        raise SettingsError("Which builds? Name them (job#3), or give --job with a glob, or --all.")
    wanted = {_build_name(name) for name in names}
    unknown = wanted - {(each.id.job, each.id.number) for each in found}
    if unknown:
        builds = ", ".join(f"{job} #{number}" for job, number in sorted(unknown))
        raise SettingsError(f"No file of {builds} is set aside.")
    return [
        each
        for each in found
        if everything
        or (each.id.job, each.id.number) in wanted
        or (glob and fnmatchcase(each.id.job, glob))
    ]


def _build_name(text: str) -> tuple[str, int]:
    job, mark, number = text.rpartition("#")
    if not mark or not job.strip() or not number.isdecimal():
        raise SettingsError(f"{text!r} is not the name of a build: write job#3.")
    return job.strip(), int(number)


def drop(settings: Settings, plugins: Plugins, asides: Sequence[QuarantinedFile]) -> int:
    """Drop files from the quarantine, with their copies; return how many there were.

    Raises
    ------
    StoreError
        The database cannot be used.

    """
    with open_store_for(settings) as store:
        count = store.drop_rejected([each.entry.key for each in asides])
    delete_copies(settings, asides)
    rebuild_site(settings, plugins)
    return count


def delete_copies(settings: Settings, asides: Iterable[QuarantinedFile]) -> None:
    """Delete the copies of these files that nothing refers to any longer."""
    with open_store_for(settings) as store, store.reader() as reader:
        wanted = {row.digest for row in reader.contents.rejected()}
    for digest in {each.entry.digest for each in asides} - wanted:
        if copy := copy_of(settings, digest):
            copy.unlink(missing_ok=True)


def copy_of(settings: Settings, digest: str | None) -> Path | None:
    """Return the path of the copy of a file that was set aside; see `artifacts.Reader`."""
    return settings.spool.parent / "quarantine" / digest if digest else None
