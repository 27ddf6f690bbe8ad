"""Matrix jobs: the step runs in each configuration, and the matrix build sums them up."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

AXES = ("DATASET=cfht,PY=3", "DATASET=hsc,PY=3")


def document(value: float) -> bytes:
    return json.dumps(
        {"validate_drp.PA1": {"value": value, "unit": "mmag"}, "depth": None}
    ).encode()


@pytest.fixture
def matrix(lab: Any) -> Any:
    """Return a lab with a matrix build that runs, and its two configurations in their last step."""
    lab.world.add_job("matrix", "matrix")
    runs = [(f"matrix/{axes}", 1) for axes in AXES]
    lab.world.start_build("matrix", number=1, runs=runs)
    for (name, number), value in zip(runs, (5.0, 50.0), strict=True):
        lab.world.add_job(name, "configuration")
        lab.world.start_build(name, number=number, artifacts={"qa.json": document(value)})
        lab.world.post_build_step(name, number, "SUCCESS", visible=1)
    lab.write_settings('catch_up = 20\n[[jobs]]\nfilter = "r"\n')
    return lab


def step(lab: Any, axes: str, number: int = 1) -> Any:
    return lab.run("post-build", JOB_NAME=f"matrix/{axes}", BUILD_NUMBER=str(number))


def stored(lab: Any) -> list[tuple[Any, ...]]:
    return lab.rows(
        "select job.name, number, provisional from build join job on job.id = job_id order by 1, 2"
    )


def over(lab: Any) -> None:
    """Let the configurations end, and then the matrix build."""
    for axes in AXES:
        lab.world.finish_build(f"matrix/{axes}", 1)
    lab.world.finish_build("matrix", 1)


def test_the_step_of_a_configuration_takes_its_matrix_build_along(matrix: Any) -> None:
    done = step(matrix, AXES[0])
    assert stored(matrix) == [("matrix", 1, 1), (f"matrix/{AXES[0]}", 1, 1)]
    assert "matrix #1: the matrix build it belongs to." in done.stdout
    assert done.stdout.splitlines()[-1].endswith("/jobs/matrix/DATASET=cfht,PY=3/1/")
    first = matrix.description("matrix") or ""
    assert first.startswith("QA dashboard: https://qa.example.org/dash/jobs/matrix/1/ — ")
    assert "1 of 2 measured in 1 configuration" in first
    step(matrix, AXES[1])
    assert "2 of 4 measured in 2 configurations, met: minimum 1 of 2" in matrix.description(
        "matrix"
    )
    over(matrix)
    assert "provisional: #1, ended since: #1" in matrix.run("status").stdout
    matrix.world.start_build("matrix", number=2)
    matrix.world.start_build(f"matrix/{AXES[0]}", number=2)
    step(matrix, AXES[0], 2)
    assert [row[2] for row in stored(matrix) if row[1] == 1] == [0, 0, 0], "final by the next step"


def test_a_configuration_is_not_judged_by_the_others(matrix: Any) -> None:
    limit = ("post-build", "--fail-on", "minimum")
    for axes, status in zip(AXES, (0, 3), strict=True):
        matrix.run(*limit, check=status, JOB_NAME=f"matrix/{axes}", BUILD_NUMBER="1")


def test_a_matrix_build_sums_its_configurations(matrix: Any) -> None:
    over(matrix)
    done = matrix.post_build("matrix", 1, "--junit", "qa.xml")
    assert "matrix #1: 2 of 4 measured in 2 configurations · minimum 1 of 2" in done.stdout
    assert "no QA measurements" not in done.stdout
    assert done.stdout.count("misses minimum") == 1
    assert "met: minimum 1 of 2" in (matrix.description("matrix") or "")
    root = ET.parse(matrix.folder / "qa.xml").getroot()  # noqa: S314 - our own
    assert {case.get("name") for case in root.iter("testcase")} >= {"PA1 minimum"}
    assert "no QA measurements" not in (matrix.folder / "qa.xml").read_text()
    for place in ("builds", "", "jobs/matrix", "jobs/matrix/plain"):
        shown = (matrix.folder / "site" / place / "index.html").read_text()
        assert "in its configurations" in shown, place
        assert "no report" not in shown, place
        assert "QA report" not in shown.replace("without a QA report", ""), place
    badge = (matrix.folder / "site/jobs/matrix/badge.svg").read_text()
    assert "#1: see its configurations" in badge
    page = (matrix.folder / "site/jobs/matrix/1/index.html").read_text()
    assert "The measurements of this matrix build are in its configurations" in page
    assert "readable QA report" not in page


def test_a_matrix_build_that_jenkins_does_not_give_is_told_and_missing(matrix: Any) -> None:
    over(matrix)
    fault = matrix.world.order_fault(r"/job/matrix/1/api|/job/matrix/api", status=404, times=99)
    done = matrix.post_build(f"matrix/{AXES[0]}")
    assert "The matrix build matrix #1 is left to the next run: " in done.stderr
    assert stored(matrix) == [(f"matrix/{AXES[0]}", 1, 0)]
    fault.times = 0
    told = matrix.run("status", "--strict", check=1).stdout
    assert "missing: #1 (`squash-jenkins backfill matrix` ingests them)" in told
    matrix.post_build("matrix", 1)
    matrix.run("status", "--strict")


def test_an_ordinary_job_with_the_name_of_a_configuration_has_no_matrix_build(lab: Any) -> None:
    lab.world.add_job("folder/PY=3")
    lab.world.add_build("folder/PY=3", number=1, artifacts={"qa.json": lab.qa()})
    done = lab.post_build("folder/PY=3")
    assert done.stderr == ""
    assert stored(lab) == [("folder/PY=3", 1, 0)]
    lab.run("status", "--strict")
