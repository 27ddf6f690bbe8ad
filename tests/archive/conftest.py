"""Lay out archives as Jenkins and people leave them on disk."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from squash_jenkins.archive import Archive
from squash_jenkins.models import Build, BuildId


@dataclass(frozen=True)
class Disk:
    """Hold the top of an archive, fill it and read it."""

    top: Path
    start: ClassVar[datetime] = datetime(2017, 3, 1, 4, 0, tzinfo=UTC)
    qa: ClassVar[bytes] = json.dumps({"speed": 12.5}).encode()

    @staticmethod
    def milliseconds(moment: datetime) -> int:
        """Return a time in Jenkins' unit."""
        return round(moment.timestamp() * 1000)

    def xml(self, root: str = "build", *, actions: str = "", **fields: Any) -> str:
        """Return a build.xml; a field that is None is left out."""
        known = {"timestamp": self.milliseconds(self.start), "result": "SUCCESS"}
        known = {**known, "duration": 1500, **fields}
        inner = "".join(f"<{tag}>{each}</{tag}>" for tag, each in known.items() if each is not None)
        return (
            "<?xml version='1.1' encoding='UTF-8'?>\n"
            f"<{root} plugin='x@1'><actions>{actions}</actions>{inner}</{root}>"
        )

    def write(self, path: str, content: str | bytes = qa, modified: datetime | None = None) -> Path:
        """Write a file, and set when it was modified."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if modified is not None:
            os.utime(file, (modified.timestamp(), modified.timestamp()))
        return file

    def build(self, job: str, number: int | str, xml: str | None = None, *paths: str) -> Path:
        """Write a build of Jenkins' with artifacts, below the folder of its job."""
        self.write(f"{job}/config.xml", "<?xml version='1.1'?>\n<project/>")
        for path in paths:
            self.write(f"{job}/builds/{number}/archive/{path}")
        return self.write(f"{job}/builds/{number}/build.xml", xml or self.xml()).parent

    def archive(self, inner: str = "") -> Archive:
        """Return a source of the archive, or of a folder in it."""
        return Archive("lab", self.top / inner)

    def read(self, xml: str) -> Build:
        """Return the build that a build.xml describes."""
        self.build("jobs/job", 1, xml)
        return self.archive().family(BuildId("lab", "job", 1))[0]

    def refused(self, xml: str | bytes) -> str:
        """Return the one fault that is told of a build.xml, beside a build that is read."""
        self.build("jobs/job", 2)
        self.build("jobs/job", 1)
        self.write("jobs/job/builds/1/build.xml", xml)
        archive = self.archive()
        assert [each.number for each in archive.listing("job")] == [2]
        assert [family[0].id.number for family in archive.page("job", 0, 9)] == [2]
        (fault,) = archive.faults
        assert "builds/1" in fault
        assert "\n" not in fault
        return fault


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """Return an empty archive, beside which there is room for what is not in it."""
    (tmp_path / "archive").mkdir()
    return Disk(tmp_path / "archive")
