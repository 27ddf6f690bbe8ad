"""Read the packages of builds, and what changed between builds."""

from collections.abc import Mapping, Sequence

from squash_jenkins.analysis.code_changes import PackageChange, changes
from squash_jenkins.models import Package
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.stored import HISTORY, StoredBuilds
from squash_jenkins.store import ContentReader

COMPARED = 2 * HISTORY
"""So many earlier builds are searched for packages to compare with."""
_BUILDS = 1024
"""Builds whose packages are cached."""


class BuildPackages:
    """Read the packages of builds and compare them, with a cache."""

    def __init__(self, reader: ContentReader, stored: StoredBuilds) -> None:
        self._reader, self._stored = reader, stored
        self._packages: dict[int, Mapping[str, Package] | None] = {}

    def changes(self, build: BuildLine) -> tuple[BuildLine | None, list[PackageChange]]:
        """Return the packages that changed, and the build compared with (None: unknown).

        That is the latest earlier build of the job that reported its packages: a failed build
        in between hides nothing.
        """
        own = self._of(build)
        if own is None:
            return None, []
        for earlier in reversed(self._stored.before(build, COMPARED)):
            known = self._of(earlier)
            if known is not None:
                return earlier, changes(known, own) or []
        return None, []

    def count(self, build: BuildLine) -> int | None:
        """Return the number of packages of a build; None where it reported none."""
        packages = self._of(build)
        return None if packages is None else len(packages)

    def prefetch(self, builds: Sequence[BuildLine]) -> None:
        """Read the packages of many builds at once, for speed."""
        wanted = [build.key for build in builds if build.key not in self._packages]
        if wanted:
            if len(self._packages) > _BUILDS:
                self._packages.clear()
                wanted = [build.key for build in builds]
            found = self._reader.packages(wanted)
            self._packages.update({key: found.get(key) for key in wanted})

    def _of(self, build: BuildLine) -> Mapping[str, Package] | None:
        self.prefetch([build])
        return self._packages[build.key]
