import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.made_documents import PACKAGES, made_document

VALUE = (
    "select value, measurement.unit from measurement join metric on metric.id = metric_id "
    "where name = '%s'"
)


def test_the_real_2016_file_with_the_packages_of_lsstsw(lab: Any, shared: Path) -> None:
    real = shared / "data/squash"
    files = [
        real / "validate_drp_2016_Cfht_output_r.json",
        real / "lsstsw/build/manifest.txt",
        real / "lsstsw/etc/repos.yaml",
    ]
    told = lab.facts("ingest", *map(str, files), "--job", "ci_cfht", "--build", "452")
    [counts] = told["builds"]
    assert (counts["measurements"], counts["not_measured"]) == (28, 7)
    assert counts["packages"] == 132
    [(value, unit)] = lab.rows(VALUE % "validate_drp.AM1")
    assert (round(value, 3), unit) == (7.845, "marcsec")
    [(value, unit)] = lab.rows(VALUE % "validate_drp.PA1")
    assert (round(value, 2), unit) == (16.52, "mmag")
    [(url,)] = lab.rows("select url from package where name = 'cfitsio'")
    assert url == "https://github.com/lsst/cfitsio.git"
    assert told["summary"]["measured"] == 21


def test_the_real_2018_file_is_the_same_series(lab: Any, shared: Path) -> None:
    real = shared / "data/squash"
    name = "lsst_verify_job_with_nan.json"
    old = str(real / "validate_drp_2016_Cfht_output_r.json")
    lab.run("ingest", old, "--job", "a", "--build", "1", "--dataset", "cfht")
    told = lab.facts("ingest", str(real / name), "--job", "a", "--build", "2", "--dataset", "cfht")
    [counts] = told["builds"]
    assert {
        word: counts[word]
        for word in ("measurements", "not_measured", "metrics", "specifications", "packages")
    } == {
        "measurements": 30,
        "not_measured": 7,
        "metrics": 62,
        "specifications": 628,
        "packages": 124,
    }
    both = lab.rows(
        "select metric.name, level, count(*) from measurement join metric on metric.id = metric_id "
        "group by 1, 2 having count(*) = 2"
    )
    assert len(both) == 28
    assert ("validate_drp.AD1", "design", 2) in both


def test_made_files_with_the_packages_of_lsstsw(lab: Any) -> None:
    names = ["validate_drp_2016_Cfht_output_r.json", "manifest.txt", "repos.yaml"]
    paths = [names[0], "lsstsw/build/manifest.txt", "lsstsw/etc/repos.yaml"]
    for name, path in zip(names, paths, strict=True):
        (lab.folder / name).write_bytes(made_document(path))
    told = lab.facts("ingest", *names, "--job", "ci_cfht", "--build", "452")
    [counts] = told["builds"]
    assert (counts["measurements"], counts["packages"]) == (28, len(PACKAGES))
    [(value, unit)] = lab.rows(VALUE % "validate_drp.AM1")
    assert (round(value, 1), unit) == (7.8, "marcsec")
    assert lab.rows("select url from package where name = 'afw'") == [(PACKAGES[0].url,)]


def test_made_files_of_2016_and_2018_are_the_same_series(lab: Any) -> None:
    for number, name in enumerate(
        ("validate_drp_2016_Cfht_output_r.json", "lsst_verify_job_with_nan.json"), start=1
    ):
        (lab.folder / name).write_bytes(made_document(name))
        lab.run("ingest", name, "--job", "a", "--build", str(number), "--dataset", "cfht")
    both = lab.rows(
        "select metric.name, level, count(*) from measurement join metric on metric.id = metric_id "
        "group by 1, 2 having count(*) = 2"
    )
    assert len(both) == 28
    assert ("validate_drp.AD1", "design", 2) in both


def test_repeating_it_changes_nothing(lab: Any) -> None:
    (lab.folder / "a.json").write_bytes(lab.qa())
    call = ("ingest", "a.json", "--job", "local/run", "--build", "3", "--started", "2026-05-01")
    lab.run(*call)
    rows, pages = lab.dump(), lab.pages()
    assert lab.facts(*call)["changed"] is False
    assert (lab.dump(), lab.pages()) == (rows, pages)
    assert lab.rows("select started from build") == [("2026-05-01 00:00:00.000000",)]


def test_a_file_that_no_format_knows_is_told_and_ends_with_1(lab: Any) -> None:
    (lab.folder / "a.json").write_text('{"words": "only"}')
    done = lab.run("ingest", "a.json", "--job", "x", "--build", "1", check=1)
    assert "no format recognises it" in done.stderr


def test_two_files_of_one_name_stay_two_reports(lab: Any) -> None:
    for name in ("one", "two"):
        (lab.folder / name).mkdir()
        (lab.folder / name / "qa.json").write_bytes(lab.qa())
    lab.run("ingest", "one/qa.json", "two/qa.json", "--job", "x", "--build", "1")
    assert lab.rows("select path from report order by 1") == [("one/qa.json",), ("two/qa.json",)]


def test_it_needs_no_settings_at_all(lab: Any) -> None:
    (lab.folder / "squash.toml").unlink()
    del lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    (lab.folder / "a.json").write_text('{"speed": 12.5}')
    done = lab.run("ingest", "a.json", "--job", "x", "--build", "1")
    last = done.stdout.splitlines()[-1]
    assert last == f"QA dashboard: {(lab.folder / 'site').as_uri()}/jobs/x/1/index.html"
    assert (lab.folder / "site/jobs/x/1/index.html").is_file()
    assert "12.5" in (lab.folder / "site/index.html").read_text()


def test_old_specifications_judge_old_builds(lab: Any) -> None:
    def document(threshold: float) -> bytes:
        return json.dumps(
            {
                "measurements": [{"metric": "p.speed", "value": 7.0, "unit": "s"}],
                "blobs": [],
                "metrics": [{"name": "p.speed", "unit": "s", "description": "d", "tags": []}],
                "specs": [
                    {
                        "name": "p.speed.minimum",
                        "type": "threshold",
                        "threshold": {"value": threshold, "unit": "s", "operator": "<="},
                        "metadata_query": {},
                        "tags": [],
                    }
                ],
                "meta": {},
            }
        ).encode()

    met = {}
    for number, threshold in ((1, 10.0), (2, 5.0), (1, 10.0)):
        (lab.folder / "a.json").write_bytes(document(threshold))
        call = ("--job", "x", "--build", str(number), "--started", f"2026-05-0{number}")
        told = lab.facts("ingest", "a.json", *call)
        met[number] = told["summary"]["met"]["minimum"]
    assert met == {1: 1, 2: 0}


@pytest.mark.parametrize("how", ["page removed", "site removed"])
def test_pages_that_were_lost_come_back_on_request(lab: Any, how: str) -> None:
    lab.post_build()
    page = lab.folder / "site/jobs/ci_cfht/1/index.html"
    before = page.read_bytes()
    if how == "page removed":
        page.unlink()
    else:
        shutil.rmtree(lab.folder / "site")
    lab.run("dashboards", "build", "--all")
    assert page.read_bytes() == before


def test_a_format_of_your_own_that_fails_is_told_once_and_stops_nothing(lab: Any) -> None:
    own = lab.folder / "own/formats/bad.py"
    own.parent.mkdir(parents=True)
    own.write_text(
        "from squash_jenkins.formats.base import JsonFormat\n\n\n"
        "class Bad(JsonFormat):\n"
        '    name = "bad"\n\n'
        "    def recognises(self, root):\n"
        '        return root["kind"] == "bad"\n\n'
        "    def read(self, document):\n"
        "        return [1] * 10**15\n"
    )
    lab.write_settings('dashboards = "own"')
    for name in ("a", "b"):
        (lab.folder / f"{name}.json").write_text('{"speed": 1.5}')
    (lab.folder / "c.json").write_text('{"kind": "bad"}')
    done = lab.run("ingest", "a.json", "b.json", "c.json", "--job", "x", "--build", "1")
    assert lab.rows("select path from report order by 1") == [("a.json",), ("b.json",)]
    assert done.stderr.count("The format bad failed: KeyError: 'kind' (bad.py, line 8)") == 1
    assert "c.json is set aside: The format bad failed: MemoryError" in done.stderr
