import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Metric,
    Rejected,
    Report,
    Specification,
)
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


def test_a_build_page_tells_it_all(save: Save, build: BuildSite, output: Path) -> None:
    rejected = [Rejected("out/<x>.json", "malformed JSON at line 3", "ab" * 32, 1234)]
    for number in (1, 2, 3):
        save("sqre/ci_hsc", number, rejected=rejected if number == 3 else ())
    save("sqre/ci_hsc", 4)
    build()
    page = (output / "jobs/sqre/ci_hsc/3/index.html").read_text()
    assert 'href="https://ci.example.org/jenkins/job/sqre/job/ci_hsc/3/"' in page
    assert 'rel="prev" href="../../../../jobs/sqre/ci_hsc/2/index.html"' in page
    assert 'rel="next" href="../../../../jobs/sqre/ci_hsc/4/index.html"' in page
    assert "out/&lt;x&gt;.json (1.2 kB) was quarantined: malformed JSON at line 3." in page
    assert '<span class="dot stretch">SUCCESS</span>' in page
    assert "on centos-7-c4 · Started by timer" in page
    assert 'data-folder="jobs/sqre/ci_hsc" data-number="3"' in page
    assert 'No package changed since <a href="../../../../jobs/sqre/ci_hsc/2/' in page
    assert "Widen the match radius" in page
    assert "2 commits by 2 authors" in page
    assert "artifact/out/cfht_output_r.json.xz" in page
    assert '<dt class="break">DATASET</dt><dd class="break">cfht</dd>' in page


def test_packages_are_compared_across_a_failed_build(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 3)
    save("ci_hsc", 4, result="FAILURE")
    save("ci_hsc", 5)
    build()
    failed = (output / "jobs/ci_hsc/4/index.html").read_text()
    assert "ended with FAILURE and has no readable QA report" in failed
    assert "did not report their packages" in failed
    after = (output / "jobs/ci_hsc/5/index.html").read_text()
    assert "https://github.com/lsst/afw/compare/" in after
    assert 'since <a href="../../../jobs/ci_hsc/3/index.html">#3</a>' in after


def test_a_provisional_build_says_so(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1, provisional=True)
    build()
    assert "still running when it was read" in (output / "jobs/ci_hsc/1/index.html").read_text()
    save("ci_hsc", 1)
    build()
    assert "still running" not in (output / "jobs/ci_hsc/1/index.html").read_text()


def test_a_build_with_a_wrong_clock_stands_where_its_number_says(
    save: Save, build: BuildSite, output: Path
) -> None:
    started = {n: datetime(2026, 3, n, tzinfo=UTC) for n in range(1, 8)}
    started[4] = started[5] = datetime(2038, 1, 19, tzinfo=UTC)
    for number, moment in started.items():
        save("ci_hsc", number, started=moment)
        build()  # one by one: the next build shows where they belong
    page = (output / "jobs/ci_hsc/4/index.html").read_text()
    assert 'rel="prev" href="../../../jobs/ci_hsc/3/index.html"' in page
    assert 'rel="next" href="../../../jobs/ci_hsc/5/index.html"' in page
    assert "2038-01-19" in page
    assert "recreated" not in (output / "jobs/ci_hsc/index.html").read_text()
    [job] = payload(output / "data/jobs.js")["jobs"]
    assert (job["newest"], job["recreated"]) == (milliseconds(started[7]), False)
    block = payload(output / job["data"] / "builds-0.js")
    assert block["number"] == [1, 2, 3, 4, 5, 6, 7]
    placed = [started[n] for n in (1, 2, 3, 3, 3, 6, 7)]
    assert block["start"] == [milliseconds(moment) for moment in placed]
    assert f'data-start="{milliseconds(started[3])}"' in page


def payload(file: Path) -> Any:
    """Return what a data file holds under its own name: the first line."""
    text = file.read_text().splitlines()[0]
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_a_build_that_was_not_read_yet_says_so(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1)
    save("ci_hsc", 2, provisional=True, result="FAILURE")
    build()
    page = (output / "jobs/ci_hsc/2/index.html").read_text()
    assert "Its QA files have not been read yet" in page
    assert "has no readable QA report" not in page
    assert "No QA report was found" not in page
    for place in ("jobs/ci_hsc/index.html", "builds/index.html", "jobs/ci_hsc/badge.svg"):
        text = (output / place).read_text()
        assert "not read yet" in text, place
        assert "no report" not in text, place


def test_a_job_made_anew_keeps_its_old_builds(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1, started=datetime(2025, 1, 1, tzinfo=UTC))
    save("ci_hsc", 2, started=datetime(2025, 1, 2, tzinfo=UTC))
    build()
    save("ci_hsc", 1, started=datetime(2026, 1, 1, tzinfo=UTC))
    build()
    new = (output / "jobs/ci_hsc/1/index.html").read_text()
    old = (output / "jobs/ci_hsc/1@20250101T000000/index.html").read_text()
    assert "2026" in new and "Jenkins no longer has this build" not in new
    assert "Jenkins no longer has this build" in old
    assert "Open in Jenkins" not in old
    assert "1@20250101T000000" in (output / "jobs/ci_hsc/2/index.html").read_text()
    assert "recreated" in (output / "jobs/ci_hsc/index.html").read_text()


def test_controllers_stand_apart(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1)
    save("ci_hsc", 1, controller="second", root="https://other.example.org/")
    build()
    first = (output / "jobs/ci_hsc/1/index.html").read_text()
    second = (output / "at/second/jobs/ci_hsc/1/index.html").read_text()
    assert "https://ci.example.org/jenkins/job/ci_hsc/1/" in first
    assert "https://other.example.org/job/ci_hsc/1/" in second


def test_a_design_that_is_missed_is_in_the_verdict(
    store: Store, build: BuildSite, output: Path
) -> None:
    levels = (("minimum", 10.0), ("design", 5.0))
    wanted = [Specification("p.t", f"t.{name}", name, "<=", limit, "s") for name, limit in levels]
    for number, value in ((1, 7.0), (2, 4.0), (3, 11.0)):
        measured = [Measurement("p.t", value, "s")]
        about: dict[str, Any] = {"measurements": measured, "metrics": [Metric("p.t", "s")]}
        report = Report("x", "plain", f"{number:064x}", 1, specifications=wanted, **about)
        id = BuildId("main", "job", number)
        done = Build(id, datetime(2026, 5, number, tzinfo=UTC), 60.0, "SUCCESS")
        store.save(BuildRecord(done, [report]), controller_url="https://ci.example.org/")
    build()
    texts = {n: (output / f"jobs/job/{n}/index.html").read_text() for n in (1, 2, 3)}
    assert "t meets its minimum only." in texts[1]
    assert "No specification is missed." in texts[2]
    assert "t misses minimum." in texts[3]
    assert all("No specification is missed." not in texts[n] for n in (1, 3))
