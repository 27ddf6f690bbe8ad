"""Several files of one build that measure the same, from Jenkins to the series."""

import json
from typing import Any

SERIES = (
    "select number, dataset.name, value from measurement join report on report.id = report_id "
    "join build on build.id = build_id left join dataset on dataset.id = dataset_id "
    "join metric on metric.id = metric_id where metric.name = 'speed' order by 1, 2"
)


def archive(lab: Any, number: int, **speeds: float) -> None:
    """Have a build archive a file for each architecture."""
    own = lab.world.jobs["ci_cfht"].builds[number]
    own.artifacts = {
        f"{arch}/BENCH.JSON": json.dumps({"speed": speed, "commit": "ab"}).encode()
        for arch, speed in speeds.items()
    }


def test_two_architectures_have_two_series_and_one_warning(lab: Any) -> None:
    archive(lab, 1, arm64=10.0, x86_64=70.0)
    archive(lab, 2, arm64=10.5)
    assert "kept" not in lab.post_build(number=2).stderr
    told = lab.post_build(number=1)
    [warning] = [line for line in told.stderr.splitlines() if "measure the same" in line]
    assert "arm64/BENCH.JSON, x86_64/BENCH.JSON" in warning
    assert "path_pattern" in warning
    assert lab.rows(SERIES) == [(1, "arm64", 10.0), (1, "x86_64", 70.0), (2, "arm64", 10.5)]
    rows, pages = lab.dump(), lab.pages()
    lab.post_build(number=2)
    assert (lab.dump(), lab.pages()) == (rows, pages)


def test_a_pattern_says_what_tells_files_apart(lab: Any) -> None:
    lab.write_settings("[[jobs]]\npath_pattern = '(?P<arch>[^/]+)/[^/]+$'\ndataset = 'hsc'\n")
    archive(lab, 1, arm64=10.0, x86_64=70.0)
    assert "measure the same" not in lab.post_build(number=1).stderr
    assert [row[1:] for row in lab.rows(SERIES)] == [("hsc · arm64", 10.0), ("hsc · x86_64", 70.0)]
