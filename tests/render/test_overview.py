import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.models.finding import BETTER, NEUTRAL
from squash_jenkins.render.engine.static import Built
from squash_jenkins.store import Store
from tests.render import sample_findings as found

Save = Callable[..., Any]
BuildSite = Callable[..., Built]
JOB = "sqre/ci_hsc"


def text_of(file: Path) -> str:
    """Return the words of a page, with single spaces."""
    text = re.sub(r"</?(a|b|span|code|wbr|time)\b[^>]*>", "", file.read_text())
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def verdict_of(output: Path, page: str = "index.html") -> str:
    """Return the sentence that a page begins with."""
    found = re.search(r'<p class="verdict \w+">(.*?)</p>', (output / page).read_text())
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1])


@pytest.fixture
def filled(save: Save, store: Store) -> Mapping[int, int]:
    """Store 40 builds; return their keys by number."""
    for number in range(1, 41):
        save(JOB, number, dataset="COSMOS")
    keys: Mapping[int, int] = found.keys(store, JOB)[1]
    return keys


def test_the_verdict_names_new_regressions_first(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path
) -> None:
    build()
    assert verdict_of(output) == "Nothing got worse."
    old, new = found.step(filled, (31, 31, 31)), found.step(filled, (40, 40, 40))
    found.write(store, JOB, {"a1b2c3d4": found.finding(old)})
    build()
    assert verdict_of(output) == ("Nothing got worse since 9 Jun 2026; 1 older regression is open.")
    found.write(store, JOB, {"a1b2c3d4": found.finding(old), "b1b2c3d4": found.finding(new)})
    build()
    assert verdict_of(output) == "1 regression since 9 Jun 2026."
    assert "1 older regression is open · 1 value misses its minimum · newest" in text_of(
        output / "index.html"
    )


def test_no_verdict_is_calm_while_changes_without_a_direction_are_open(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path
) -> None:
    changed = found.finding(found.step(filled, (31, 31, 31), direction=NEUTRAL))
    found.write(store, JOB, {"a1b2c3d4": changed})
    build()
    said = verdict_of(output)
    assert said == "No known regression since 9 Jun 2026, but 1 change may be good or bad."
    assert 'class="verdict warn"' in (output / "index.html").read_text()


def test_the_verdict_says_which_newest_builds_failed(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    save("ci_hsc", 2, result="FAILURE")
    save("ci_cfht", 1)
    build()
    assert verdict_of(output) == "Nothing got worse; the newest build (ci_hsc #2) failed."
    save("ci_cfht", 2, result="ABORTED")
    build()
    assert verdict_of(output) == "Nothing got worse; the newest builds of 2 jobs failed."
    assert 'class="verdict bad"' in (output / "index.html").read_text()


def test_what_moved_most_stands_first_and_better_last(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path
) -> None:
    def step(at: int, after: float, **about: Any) -> Any:
        return found.finding(found.step(filled, (at, at, at), after=after, **about))

    every = {
        "a1b2c3d4": step(30, 29.0),
        "b1b2c3d4": step(31, 99.0, direction=BETTER),
        "c1b2c3d4": step(32, 60.0, direction=NEUTRAL),
        "d1b2c3d4": step(33, 35.0),
    }
    found.write(store, JOB, every)
    build()
    page = (output / "index.html").read_text()
    movers = re.findall(r'<li class="mover.*?href="./findings/(\w+)/', page, re.DOTALL)
    assert movers == ["d1b2c3d4", "a1b2c3d4", "c1b2c3d4", "b1b2c3d4"]
    words = text_of(output / "index.html")
    assert "10.0× the noise · since #33," in words
    assert "1 more: 1 better" in words


def test_groups_of_jobs_are_in_order_of_their_largest_move(
    save: Save, store: Store, build: BuildSite, output: Path
) -> None:
    for job, after in (("a_little", 29.0), ("z_much", 60.0)):
        for number in range(1, 11):
            save(job, number)
        own = found.keys(store, job)[1]
        found.write(
            store, job, {f"{job[0]}1b2c3d4": found.finding(found.step(own, (9, 9, 9), after=after))}
        )
    build()
    page = (output / "index.html").read_text()
    assert re.findall(r'movers" aria-label="What moved: (\w+)"', page) == ["z_much", "a_little"]


def test_a_cause_in_several_jobs_is_one_group(
    save: Save, store: Store, build: BuildSite, output: Path
) -> None:
    for job in ("one", "other"):
        for number in range(1, 11):
            save(job, number, dataset="COSMOS")
        own = found.keys(store, job)[1]
        found.write(store, job, {f"{job[1]}1b2c3d4": found.finding(found.step(own, (8, 8, 8)))})
    build()
    page = (output / "index.html").read_text()
    groups = re.findall(r'movers" aria-label="What moved: ([^"]+)"', page)
    shared = [title for title in groups if title not in ("one", "other")]
    assert len(shared) == 1, groups
    part = page.split(f'aria-label="What moved: {shared[0]}"')[1].split("</section>")[0]
    assert "first suspect in 2 jobs" in part
    assert part.count('class="mover ') == 2
    assert '<span class="muted">one · COSMOS · r</span>' in part


def test_every_kind_of_finding_has_a_row_and_tiles_have_marks(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path
) -> None:
    rows = found.write(store, JOB, found.every_kind(filled))
    store.add_triage(rows["e1b2c3d4"].key, found.said("known"))
    build()
    words = text_of(output / "index.html")
    assert words.index("AD1 got worse by 19%") < words.index("PA1 drift") < words.index(" Jobs ")
    assert "worse since #31" in words
    assert "is no longer measured" not in words, "somebody acknowledged it"
    assert words.count("PA1 misses minimum") == 0, "the finding says so"


def test_a_missed_minimum_without_a_finding_says_since_when(
    save: Save, build: BuildSite, output: Path
) -> None:
    for number in range(1, 9):
        if number != 4:
            save("ci_hsc", number, shift=1.0 if number < 6 else 2.0)
    save("ci_cfht", 1, result="FAILURE")
    build()
    page, words = (output / "index.html").read_text(), text_of(output / "index.html")
    assert "AD1 misses minimum" in words
    assert "(minimum ≤ 40 marcsec)" in words
    assert re.search(r"in 3 builds</b> · since <a [^>]*>#6</a>", page)
    assert "The newest build ended with FAILURE" in words
    assert "#4 missing" in page
    assert "1 build missing in the last 30 days" in words


def test_what_is_missing_is_counted_in_the_last_30_days(
    save: Save, build: BuildSite, output: Path
) -> None:
    for number, day in ((1, 1), (4, 2), (7, 20), (9, 35)):
        save("ci_hsc", number, started=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))
    save("ci_idle", 1, started=datetime(2025, 1, 1, tzinfo=UTC))
    save("ci_idle", 5, started=datetime(2025, 1, 2, tzinfo=UTC))
    build()
    assert "1 build missing in the last 30 days" in text_of(output / "index.html")
    save("ci_hsc", 8, started=datetime(2026, 1, 30, tzinfo=UTC))
    build()
    assert "missing in the last" not in text_of(output / "index.html")


def test_gaps_are_told_in_numbers(save: Save, build: BuildSite, output: Path) -> None:
    for number in (1, 3, 5, 8, 9, 12):
        save("ci_hsc", number)
    build()
    words = text_of(output / "index.html")
    assert "missing builds: #10 to #11, #6 to #7, #4, 1 other gap" in words


def test_very_many_metrics_and_long_names_make_no_long_page(
    store: Store, build: BuildSite, output: Path, samples: Any
) -> None:
    long = "x" * 300
    for number in (1, 2):
        store.save(wide(samples, long, number), controller_url=samples.ROOT)
    assert not build().faults
    page, words = (output / "index.html").read_text(), text_of(output / "index.html")
    assert page.count('class="tile misses') == 8
    assert page.count('class="mover ') == 64
    assert "396 more: 396 worse" in words
    assert "336 more are in the table of the job" in words
    assert "400 values miss their minimum" in words
    assert long in page


def test_only_what_is_measured_is_counted(
    save: Save, build: BuildSite, output: Path, store: Store
) -> None:
    save("ci_hsc", 1)
    with store.reader() as reader:
        defined = len(reader.definitions.metrics())
    build()
    found = re.search(r"· (\d+) metrics ·", text_of(output / "index.html"))
    assert found is not None
    assert 0 < int(found[1]) < defined


def test_the_old_address_leads_to_the_overview(build: BuildSite, output: Path) -> None:
    build()
    page = (output / "overview/index.html").read_text()
    assert '<meta http-equiv="refresh" content="1; url=../index.html">' in page
    assert '<a href="../index.html" data-moved>' in page


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
