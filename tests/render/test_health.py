import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from squash_jenkins.models import Rejected
from squash_jenkins.render.engine.static import Built

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


def text_of(file: Path) -> str:
    words = re.sub(r"<[^>]+>", "", file.read_text().replace("<wbr>", ""))
    return re.sub(r"\s+", " ", words)


def test_the_worst_job_stands_first_and_the_sentence_names_it(
    save: Save, build: BuildSite, output: Path
) -> None:
    aside = [Rejected("out/broken.json", "malformed JSON at line 3", "ab" * 32, 1234)]
    for number in range(1, 13):
        if number == 7:
            continue
        save("a_good", number, rejected=aside if number == 11 else ())
        save("z_bad", number, result="FAILURE" if number in (3, 11, 12) else "SUCCESS")
    build()
    page, words = (output / "health/index.html").read_text(), text_of(output / "health/index.html")
    assert "1 job has not succeeded for more than a day: z_bad." in words
    assert "1 job has builds without a report or with quarantined files: a_good." in words
    assert page.index('data-job="z_bad"') < page.index('data-job="a_good"')
    assert "73% 8 of 11" in words
    assert "2 failures in a row" in words
    assert "usually one every 24 h" in words
    assert "1 build missing" in words
    assert "1 build with quarantined files (#11)" in words
    assert 'href="../health/index.html?job=z_bad"' in page


def test_jobs_of_one_build_and_jobs_that_measure_nothing(
    save: Save, build: BuildSite, output: Path, samples: Any
) -> None:
    save("once", 1, result="FAILURE")
    save("running", 1, provisional=True)
    assert not build().faults
    words = text_of(output / "health/index.html")
    assert "1 job has a failed last build: once." in words
    assert "none of its last 1 build" in words
    assert "none finished" in words
    assert "usually one every" not in words
    assert "no measurements" in words


def test_nothing_is_wrong_where_all_came_through(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    assert "The last build of every job succeeded" in text_of(output / "health/index.html")


def test_overview_and_start_survive_very_many_metrics_and_long_names(
    store: Any, build: BuildSite, output: Path, samples: Any
) -> None:
    long = "x" * 300
    for number in (1, 2):
        store.save(wide(samples, long, number), controller_url=samples.ROOT)
    assert not build().faults
    page = (output / "overview/index.html").read_text()
    shown, _, behind = page.partition("none of them worse")
    assert shown.count('class="tile misses') == 12
    assert behind.count('class="tile misses') == 300
    assert "88 more are on the build's page" in page
    assert "344 more are not listed here" in page
    assert long in page
    assert "400" in text_of(output / "index.html")


def test_gaps_are_told_in_numbers(save: Save, build: BuildSite, output: Path) -> None:
    for number in (1, 3, 5, 8, 9, 12):
        save("ci_hsc", number)
    build()
    words = text_of(output / "overview/index.html")
    assert "missing builds: #10 to #11, #6 to #7, #4, 1 other gap" in words


def test_the_start_page_has_the_numbers_and_a_card_for_each_tab(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    save("ci_hsc", 2, result="FAILURE")
    build()
    page, words = (output / "index.html").read_text(), text_of(output / "index.html")
    assert "packages5" in words
    assert "datasets1" in words
    assert "No open findings. The newest build is ci_hsc #2" in words
    for path in ("overview", "history", "datasets", "health", "help"):
        assert f'<h3><a href="./{path}/index.html">' in page


def wide(samples: Any, name: str, number: int) -> Any:
    """Return a build of 400 metrics that all miss their minimum; the job's name is long."""
    made = samples.record(name, number, dataset=name)
    report = made.reports[0]
    some, asked = report.measurements[0], report.specifications[0]
    measured = [replace(some, metric=f"many.{name[:200]}{at:03}", value=99.0) for at in range(400)]
    level: dict[str, Any] = {"name": "minimum", "level": "minimum", "threshold": 1.0}
    wanted = [replace(asked, metric=each.metric, operator="<=", **level) for each in measured]
    defined = [replace(report.metrics[0], name=each.metric) for each in measured]
    started = made.build.started + timedelta(minutes=number)
    one = replace(report, measurements=measured, specifications=wanted, metrics=defined)
    return replace(made, build=replace(made.build, started=started), reports=[one])
