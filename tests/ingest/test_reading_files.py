"""Which files of a build are read, what settings ask of them, and what is set aside."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from squash_jenkins.config import JobSettings, Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.ingest.artifacts import FileReader
from squash_jenkins.models import Artifact, Build, BuildId, BuildRecord
from squash_jenkins.models.finding import BETTER, WORSE
from squash_jenkins.plugins import Plugins
from squash_jenkins.store import open_store

SAMPLES = Path(__file__).parents[1] / "data" / "formats"

CASE = '<testcase classname="shop.Cart" name="{}" time="0.5"/>'
JUNIT = f"<testsuite name='shop'>{CASE.format('adds')}{CASE.format('pays')}</testsuite>"
Read = Callable[..., BuildRecord]


@pytest.fixture
def read(tmp_path: Path, plugins: Plugins) -> Read:
    """Return a function that reads files, by path, as those of one build."""

    def record(files: Mapping[str, str], **settings: Any) -> BuildRecord:
        made = Settings(folder=tmp_path, spool=tmp_path / "spool", **settings)
        artifacts = [Artifact(path) for path in files]
        build = Build(BuildId("main", "ci", 1), datetime(2026, 1, 1, tzinfo=UTC))
        build = Build(build.id, build.started, artifacts=artifacts)

        def fetch(artifact: Artifact, to: Path) -> None:
            to.write_text(files[artifact.path])

        return FileReader(made, plugins.formats).read(build, fetch)

    return record


def metrics(record: BuildRecord) -> dict[str, float | None]:
    return {each.metric: each.value for report in record.reports for each in report.measurements}


def test_xml_is_read_without_a_setting_and_other_xml_is_none_of_ours(read: Read) -> None:
    files = {"a/junit.xml": JUNIT, "b/layout.xml": "<LinearLayout>", "pom.xml": "<project/>"}
    record = read(files)
    assert metrics(record)["junit.tests"] == 2
    assert record.rejected == []


def test_single_tests_are_those_that_the_job_asks_for(read: Read) -> None:
    files = {"junit.xml": JUNIT}
    assert "shop.Cart.pays" not in metrics(read(files))
    asked = read(files, jobs=(JobSettings(match="ci", tests=("shop.*.pays",)),))
    assert metrics(asked)["shop.Cart.pays"] == 0.5
    assert "shop.Cart.adds" not in metrics(asked)


def test_totals_of_many_files_are_one_report(read: Read) -> None:
    """Surefire writes a file for each class."""
    files = {f"TEST-{at}.xml": JUNIT.replace("shop", f"shop{at}") for at in range(300)}
    record = read(files)
    [report] = record.reports
    assert metrics(record)["junit.tests"] == 600
    assert report.extra == {"files": 300}


@pytest.mark.parametrize(("factor", "direction"), [(1.5, WORSE), (0.6, BETTER)])
def test_the_direction_of_a_format_makes_a_change_worse_or_better(
    read: Read, tmp_path: Path, factor: float, direction: str
) -> None:
    sample = json.loads((SAMPLES / "pytest-benchmark" / "version_5.json").read_text())
    rng = np.random.default_rng(3)
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as store:
        for number in range(1, 31):
            for each in sample["benchmarks"]:
                slower = factor if number >= 18 else 1.0
                each["stats"]["median"] = slower * float(np.exp(rng.normal(0, 0.02)))
            record = read({"benchmark.json": json.dumps(sample)})
            started = record.build.started + timedelta(hours=number)
            build = replace(record.build, id=BuildId("main", "ci", number), started=started)
            store.save(replace(record, build=build), controller_url="http://ci.example/")
        [found] = detect_findings(Settings(), store)
    assert found.finding.direction == direction
    assert {each.metric for each in found.finding.series} == {
        *("test_calc.test_total[1000]", "test_calc.test_total[20000]", "memory.test_pedantic"),
    }


def test_a_document_with_too_many_metrics_is_set_aside_with_the_setting(read: Read) -> None:
    many = json.dumps({f"m{at}": at for at in range(2001)})
    [rejected] = read({"a.json": many}).rejected
    assert rejected.reason.startswith("it has 2001 metrics, and max_metrics in the settings allows")
    assert len(metrics(read({"a.json": many}, max_metrics=2001))) == 2001
