import gzip
import json
import lzma
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

MARK = "QA dashboard: https://qa.example.org/dash/jobs/ci_cfht/1/"


def test_a_build_is_ingested_shown_and_linked(lab: Any) -> None:
    lab.world.jobs["ci_cfht"].builds[1].description = "looks odd\nask the team"
    done = lab.post_build()
    lines = done.stdout.splitlines()
    assert lines[0] == "ci_cfht #1: 1 report, 3 measurements (1 not measured), 0 packages."
    assert lines[-1] == "QA dashboard: https://qa.example.org/dash/jobs/ci_cfht/1/"
    description = lab.description() or ""
    assert description.startswith(f"looks odd\nask the team\n{MARK} — 2 of 3 measured")
    assert (lab.folder / "site/jobs/ci_cfht/1/index.html").is_file()
    [(value,)] = lab.rows(
        "select value from measurement join metric on metric.id = metric_id where name = 'speed'"
    )
    assert value == 13.5
    assert lab.rows("select number, duration, result, provisional, node from build") == [
        (1, 61.5, "SUCCESS", 0, "agent-1")
    ]
    assert lab.rows("select author, message from change_set") == [("pipelines", "Widen the match")]


def test_a_second_time_changes_nothing(lab: Any) -> None:
    lab.post_build()
    rows, pages, text = lab.dump(), lab.pages(), lab.description()
    again = lab.facts("post-build", "--job", "ci_cfht", "--number", "1")
    assert again["changed"] is False
    assert again["pages_written"] == 0
    assert (lab.dump(), lab.pages(), lab.description()) == (rows, pages, text)


def test_a_build_inside_itself_is_provisional_and_the_next_run_makes_it_final(lab: Any) -> None:
    lab.world.start_build(
        "ci_cfht", number=3, artifacts={"qa.json": lab.qa(), "b.json": lab.qa(speed=1)}
    )
    lab.world.post_build_step("ci_cfht", 3, "SUCCESS", visible=1)
    done = lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    assert "ci_cfht #3 (still running: provisional): 1 report" in done.stdout
    assert lab.rows("select provisional, duration from build") == [(1, None)]
    assert "provisional: #3" in lab.run("status").stdout
    lab.world.finish_build("ci_cfht", 3)
    lab.post_build(number=3)
    [(provisional, duration)] = lab.rows("select provisional, duration from build")
    assert provisional == 0
    assert duration > 0
    assert lab.rows("select count(*) from report") == [(2,)]


def test_from_outside_it_waits_until_the_build_is_over(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.world.post_build_step("ci_cfht", 3, "SUCCESS", visible=0)
    threading.Timer(1.5, lambda: lab.world.finish_build("ci_cfht", 3)).start()
    begin = time.monotonic()
    lab.post_build(number=3)
    assert time.monotonic() - begin > 1
    assert lab.rows("select provisional from build") == [(0,)]


def test_a_build_that_runs_past_the_limit_is_told_and_not_stored(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3)
    done = lab.post_build("ci_cfht", 3, "--wait", "0.2")
    assert "ci_cfht #3 was still running after 0.2 s" in done.stderr
    assert not (lab.folder / "squash.sqlite").exists() or not lab.rows("select * from build")


def test_the_build_is_found_in_a_build_url_of_another_host(lab: Any) -> None:
    lab.run("post-build", BUILD_URL="https://other.example.org/prefix/job/ci_cfht/2/")
    assert lab.rows("select number from build") == [(2,)]


@pytest.mark.parametrize("url", ["job/p/branch/feature%252Fx/4/", "blue/p/feature%252Fx/4/"])
def test_the_build_is_found_whatever_its_url_looks_like(lab: Any, url: str) -> None:
    lab.world.add_job("p", "multibranch")
    lab.world.add_job("p/feature%2Fx", "pipeline")
    lab.world.add_build("p/feature%2Fx", number=4, artifacts={"qa.json": lab.qa()})
    own = {"JOB_NAME": "p/feature%2Fx", "BUILD_NUMBER": "4"}
    lab.run("post-build", BUILD_URL=f"https://ci.example.org/{url}", **own)
    assert lab.rows("select number from build") == [(4,)]


def test_a_url_and_a_number_that_disagree_name_no_build(lab: Any) -> None:
    own = {"JOB_NAME": "ci_cfht", "BUILD_NUMBER": "2"}
    url = "https://ci.example.org/blue/ci_cfht/1/"
    done = lab.run("post-build", check=2, BUILD_URL=url, **own)
    assert "is not the URL of a build" in done.stderr


def test_a_re_created_job_has_another_build_of_the_same_number(lab: Any) -> None:
    lab.post_build()
    lab.world.recreate_job("ci_cfht")
    lab.world.add_build("ci_cfht", number=1, artifacts={"qa.json": lab.qa(speed=99)})
    lab.post_build()
    assert lab.rows("select count(*) from build where number = 1") == [(2,)]
    names = {path.name for path in (lab.folder / "site/jobs/ci_cfht").iterdir()}
    assert {"1", "1@20260302T040000"} <= names


def test_a_matrix_brings_its_configurations(lab: Any) -> None:
    lab.world.add_job("matrix", "matrix")
    runs = [(f"matrix/DATASET={name},PY=3", 1) for name in ("cfht", "hsc")]
    for name, number in runs:
        lab.world.add_job(name, "configuration")
        lab.world.add_build(name, number=number, artifacts={"qa.json": lab.qa()})
    lab.world.add_build("matrix", number=1, runs=runs)
    lab.post_build("matrix")
    found = lab.rows(
        "select job.name, dataset.name from report join build on build.id = build_id "
        "join job on job.id = job_id join dataset on dataset.id = dataset_id order by 1"
    )
    assert found == [("matrix/DATASET=cfht,PY=3", "cfht"), ("matrix/DATASET=hsc,PY=3", "hsc")]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gz", "xz"])
def test_packed_reports_are_read(lab: Any, pack: Callable[[bytes], bytes]) -> None:
    name = "qa.json.gz" if pack is gzip.compress else "qa.json.xz"
    lab.world.jobs["ci_cfht"].builds[1].artifacts = {name: pack(lab.qa())}
    lab.post_build()
    assert lab.rows("select path from report") == [(name,)]


def bad_files(lab: Any) -> dict[str, bytes]:
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.json", "{}")
    return {
        "malformed.json": b'{"a": 1,,}',
        "truncated.json": lab.qa()[:-9],
        "empty.json": b"",
        "deep.json": b"[" * 1000 + b"]" * 1000,
        "zip.json": archive.getvalue(),
        "bomb.json.xz": lzma.compress(bytes(3_000_000)),
        "large.json": b" " * 2_100_000,
        "types.json": b'{"measurements": [{"metric": "a.b", "value": "x"}], "meta": {},"blobs":[]}',
    }


def test_each_bad_file_is_set_aside_with_its_reason_and_the_rest_is_stored(lab: Any) -> None:
    lab.write_settings("max_artifact_bytes = 2000000\nmax_unpacked_bytes = 2500000")
    good = {"good.json": lab.qa(), "nan.json": b'{"a": NaN, "b": Infinity, "c": null, "d": 1.5}'}
    lab.world.jobs["ci_cfht"].builds[1].artifacts = {**bad_files(lab), **good}
    done = lab.post_build()
    aside = {name for (name,) in lab.rows("select path from quarantine")}
    assert aside == set(bad_files(lab))
    assert {name for (name,) in lab.rows("select path from report")} == set(good)
    told = lab.run("quarantine", "list").stdout
    assert all(f" {name}: " in told for name in aside)
    assert done.stderr.count("warning") >= len(aside)
    kept = {path.name for path in (lab.folder / "quarantine").iterdir()}
    digests = {digest for (digest,) in lab.rows("select digest from quarantine") if digest}
    assert kept == digests


def test_an_unknown_format_is_reported_only_when_a_pattern_named_it(lab: Any) -> None:
    lab.world.jobs["ci_cfht"].builds[1].artifacts["other.json"] = b'{"words": ["no", "numbers"]}'
    lab.post_build()
    assert lab.rows("select * from quarantine") == []
    lab.write_settings('[[jobs]]\nmatch = "ci_*"\nartifacts = ["other.json"]\n')
    lab.post_build()
    [(path, reason)] = lab.rows("select path, reason from quarantine")
    assert path == "other.json"
    assert "no format recognises it" in reason


@pytest.mark.parametrize(
    ("job", "number", "told"),
    [("ci_cfht", 9, "ci_cfht #9"), ("none", 1, "none"), ("a/b c#", 1, "a/b c#")],
)
def test_a_missing_build_is_told_in_one_line(lab: Any, job: str, number: int, told: str) -> None:
    done = lab.post_build(job, number)
    [line] = [line for line in done.stderr.splitlines() if "warning" in line]
    assert told in line
    lab.post_build(job, number, "--strict", check=1)


def test_a_wrong_token_a_closed_server_and_a_proxy_are_told_apart(lab: Any) -> None:
    wrong = lab.post_build(SQUASH_CONTROLLERS__LAB__TOKEN="wrong").stderr
    assert "401" in wrong
    lab.world.anonymous = frozenset()
    lab.environment.pop("SQUASH_CONTROLLERS__LAB__TOKEN")
    assert "token" in lab.post_build().stderr
    lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"] = "11d5hush5token"
    lab.world.order_fault(".*", kind="html", times=1000)
    assert "or does a proxy answer in its place?" in lab.post_build().stderr


def test_an_unreachable_jenkins_is_a_warning(lab: Any) -> None:
    lab.stop_jenkins()
    done = lab.post_build()
    assert "warning" in done.stderr
    assert "Nothing was stored" in done.stderr


def test_an_unreachable_database_spools_and_the_next_run_takes_up(lab: Any) -> None:
    bad = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    done = lab.post_build(SQUASH_DATABASE=bad)
    assert "What was read is kept in" in done.stderr
    assert len(list((lab.folder / "spool").iterdir())) == 1
    lab.post_build(number=2)
    assert list((lab.folder / "spool").iterdir()) == []
    assert lab.rows("select number from build order by 1") == [(1,), (2,)]
    direct = lab.rows("select value from measurement order by 1")
    lab.post_build(number=1)
    assert lab.rows("select value from measurement order by 1") == direct


def test_neither_database_nor_spool_is_a_warning_and_does_not_fail_the_build(lab: Any) -> None:
    (lab.folder / "spool").write_text("a file in the way")
    bad = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    done = lab.post_build(SQUASH_DATABASE=bad)
    assert "cannot be kept in the spool" in done.stderr
    assert "Nothing was stored" in done.stderr


def test_a_database_of_a_newer_program_is_left_alone_and_the_build_is_kept(lab: Any) -> None:
    lab.post_build()
    file = lab.folder / "squash.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        [(version,)] = connection.execute("select version_num from alembic_version").fetchall()
        connection.execute("update alembic_version set version_num = 'ffff00000001'")
    assert "What was read is kept in" in lab.post_build(number=2).stderr
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("update alembic_version set version_num = ?", (version,))
    lab.run("dashboards", "build")
    assert lab.rows("select number from build order by 1") == [(1,), (2,)]


def test_no_permission_to_describe_is_a_warning_and_everything_else_is_done(lab: Any) -> None:
    lab.world.add_user("dev", token="11d5hush5token", permissions={"Overall/Read", "Job/Read"})
    done = lab.post_build()
    assert "Run/Update" in done.stderr
    assert lab.rows("select number from build") == [(1,)]


def test_description_html_and_off(lab: Any) -> None:
    lab.post_build(SQUASH_DESCRIPTION="html")
    assert '<a href="https://qa.example.org/dash/jobs/ci_cfht/1/">QA dashboard</a>' in str(
        lab.description()
    )
    lab.post_build(number=2, SQUASH_DESCRIPTION="off")
    assert lab.description(number=2) is None


def test_fail_on_ends_with_3_when_a_level_is_missed(lab: Any) -> None:
    content = json.dumps({"validate_drp.PA1": {"value": 50, "unit": "mmag"}}).encode()
    lab.world.jobs["ci_cfht"].builds[1].artifacts = {"qa.json": content}
    lab.write_settings('[[jobs]]\nfilter = "r"\n')
    done = lab.post_build("ci_cfht", 1, "--fail-on", "minimum", check=3)
    assert "misses minimum: PA1 (r) is 50 mmag, minimum ≤ 8 mmag" in done.stdout
    lab.post_build("ci_cfht", 1)


def test_timings_are_told_by_stage(lab: Any) -> None:
    told = lab.post_build("ci_cfht", 1, "--timings").stderr
    for stage in ("imports", "jenkins", "store", "pages", "memory"):
        assert stage in told


@pytest.mark.parametrize(
    ("variables", "told"),
    [({"BUILD_NUMBER": "x", "JOB_NAME": "a"}, "Which build?"), ({"SQUASH_WAT": "1"}, "SQUASH_WAT")],
)
def test_a_wrong_call_ends_with_2(lab: Any, variables: dict[str, Any], told: str) -> None:
    assert told in lab.run("post-build", check=2, **variables).stderr


def test_hostile_names_are_stored_as_they_are_and_stay_in_the_site(lab: Any) -> None:
    names = ['<script>alert(1)</script>"', "../../../etc/passwd", "a\nb", "x" * 10_000, "..", "ü/'"]
    content = json.dumps({name: 1.5 for name in names}).encode()
    lab.world.jobs["ci_cfht"].builds[1].artifacts = {"qa.json": content}
    lab.post_build()
    stored = lab.rows("select name from metric join measurement on metric_id = metric.id")
    assert {name for (name,) in stored} == set(names)
    page = (lab.folder / "site/index.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    values = (lab.folder / "site/data/jobs/ci_cfht/builds-0.js").read_text()
    assert "<script>" not in values
    assert "\\u003cscript\\u003ealert(1)" in values
    outside = {path.name for path in lab.folder.iterdir()}
    remembered = {name for name in outside if re.fullmatch(r"pages-[0-9a-f]{12}\.sqlite", name)}
    assert outside - remembered <= {"squash.toml", "squash.sqlite", "site", "blobs"}


def test_a_foreign_settings_file_is_used_with_its_folder(lab: Any, tmp_path: Path) -> None:
    below = tmp_path / "elsewhere"
    below.mkdir()
    lab.folder.joinpath("squash.toml").rename(below / "q.toml")
    lab.run("--settings", str(below / "q.toml"), "post-build", "--job", "ci_cfht", "--number", "1")
    assert (below / "site/index.html").is_file()


def test_without_a_public_url_the_build_page_is_not_linked_and_the_run_says_so(lab: Any) -> None:
    lab.write_settings()
    file = lab.folder / "squash.toml"
    file.write_text(file.read_text().replace("public_url", "# public_url"))
    done = lab.post_build()
    assert "set public_url" in done.stderr
    assert lab.description() is None
    assert done.stdout.splitlines()[-1].startswith("QA dashboard: file://")


def test_hooks_at_the_same_time_lose_and_double_nothing(lab: Any) -> None:
    for number in range(3, 7):
        lab.world.add_build("ci_cfht", number=number, artifacts={"qa.json": lab.qa(speed=number)})
    calls = [number for number in range(1, 7) for _ in range(2)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: lab.post_build(number=number), calls))
    assert lab.rows("select number from build order by 1") == [(n,) for n in range(1, 7)]
    assert lab.rows("select count(*) from measurement") == [(18,)]
    for number in range(1, 7):
        page = lab.folder / f"site/jobs/ci_cfht/{number}/index.html"
        assert f"ci_cfht #{number}" in page.read_text(encoding="utf-8")
    pages = lab.pages()
    lab.run("dashboards", "build", "--all")
    assert {name: content for name, (_, content) in lab.pages().items()} == {
        name: content for name, (_, content) in pages.items()
    }
