"""Read what is stored of builds besides their measurements."""

from collections.abc import Mapping, Sequence

from squash_jenkins.models import Change
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import BuildRow, Presence, RejectedRow, ReportRow


class BuildDetails:
    """Read what Jenkins reported of builds, and their files."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._builds: dict[int, BuildRow] = {}
        self._reports: dict[int, list[ReportRow]] = {}
        self._commits: dict[int, list[Change]] = {}
        self._rejected: dict[int, list[RejectedRow]] = {}

    def of(self, build: BuildLine) -> BuildRow:
        """Return all that Jenkins reported of a build."""
        if build.key not in self._builds:
            self._builds = self._reader.builds.details([build.key])
        return self._builds[build.key]

    def reports(self, build: BuildLine) -> list[ReportRow]:
        """Return the QA documents of a build."""
        known = self._reports.get(build.key)
        return self._reader.contents.reports([build.key]) if known is None else known

    def commits(self, build: BuildLine) -> list[Change]:
        """Return the commits of Jenkins' own change sets."""
        known = self._commits.get(build.key)
        return (
            self._reader.contents.changes([build.key]).get(build.key, [])
            if known is None
            else known
        )

    def commits_of(self, builds: Sequence[BuildLine]) -> Mapping[int, Sequence[Change]]:
        """Return by key of the build the commits of Jenkins' change sets, where there are any."""
        return self._reader.contents.changes([build.key for build in builds])

    def names(self, builds: Sequence[BuildLine]) -> Mapping[int, str]:
        """Return by key the names that builds were given in Jenkins, such as ``v26.0``."""
        found = self._reader.builds.display_names([build.key for build in builds])
        own = {build.key: f"#{build.number}" for build in builds}
        return {key: name for key, name in found.items() if name not in ("", own[key])}

    def rejected(self, build: BuildLine) -> list[RejectedRow]:
        """Return the quarantined files of a build."""
        known = self._rejected.get(build.key)
        return self._reader.contents.rejected([build.key]) if known is None else known

    def nodes(self, builds: Sequence[BuildLine]) -> Mapping[int, str]:
        """Return the nodes of builds by key, where they are known."""
        return self._reader.nodes.of_builds([build.key for build in builds]).by_build()

    def nodes_of(
        self, builds: Sequence[BuildLine], dataset: str, filter_name: str
    ) -> list[str | None]:
        """Return the node that measured this dataset and filter in each build."""
        nodes = self._reader.nodes.of_builds([build.key for build in builds])
        return [nodes.of(build.key, dataset, filter_name) for build in builds]

    def presence(self, builds: Sequence[BuildLine]) -> Mapping[int, Presence]:
        """Return the numbers of reports and of quarantined files by build key."""
        return self._reader.coverage.presence([build.key for build in builds])

    def prefetch(self, builds: Sequence[BuildLine]) -> None:
        """Read the details of many builds at once, for speed."""
        keys = [build.key for build in builds]
        self._builds = self._reader.builds.details(keys)
        self._reports = {key: [] for key in keys}
        self._rejected = {key: [] for key in keys}
        for report in self._reader.contents.reports(keys):
            self._reports[report.build].append(report)
        for file in self._reader.contents.rejected(keys):
            self._rejected[file.build].append(file)
        changes = self._reader.contents.changes(keys)
        self._commits = {key: changes.get(key, []) for key in keys}
