from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from squash_jenkins.render.engine.static import Built
from squash_jenkins.render.links import Links
from squash_jenkins.render.overview.series_file import series_file
from squash_jenkins.render.overview.series_rows import SeriesRow, rows_of
from squash_jenkins.render.site.noise import noise_by_series
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.sparks import CODES, spark_code
from squash_jenkins.store import Store

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


@contextmanager
def site_of(store: Store) -> Iterator[Site]:
    """Give a site of the store as it is now."""
    with store.reader() as reader:
        yield Site(reader, Links("main"), None, {})


def row_of(site: Site, metric: str) -> SeriesRow:
    """Return the row of a metric of the only job."""
    [row] = [each for each in rows_of(site, site.jobs[0]) if each.metric.endswith(metric)]
    return row


def test_a_row_compares_the_newest_value_with_the_usual_one(save: Save, store: Store) -> None:
    for number in range(1, 71):
        save("ci_hsc", number, shift=1.3 if number == 70 else 1.0)
    with site_of(store) as site:
        job = site.jobs[0]
        builds = site.builds(job)
        values = [
            each.value
            for verified in site.verified(builds).values()
            for each in verified
            if each.metric == "validate_drp.AD1" and each.value is not None
        ]
        row = row_of(site, ".AD1")
        noise = {name.id: each for name, each in noise_by_series(site, job, 70 // 64).items()}
        assert row.value == values[-1]
        assert row.usual == median(values[-31:-1])
        assert row.noise == noise[row.series]
        assert row.times is not None and row.times > 4
        assert (row.better, row.trend) == ("lower", "worse")
        assert len(row.past) == 31
        better = row_of(site, ".completeness")
        assert (better.better, better.trend) == ("higher", "")


def test_a_row_of_few_builds_knows_no_usual_value(save: Save, store: Store) -> None:
    for number in range(1, 6):
        save("ci_hsc", number)
    with site_of(store) as site:
        row = row_of(site, ".AD1")
        assert (row.usual, row.noise, row.times, row.trend) == (None, None, None, "")


def test_a_miss_says_since_which_build_and_in_how_many(save: Save, store: Store) -> None:
    for number in range(1, 9):
        save("ci_hsc", number, shift=1.0 if number < 6 else 2.0)
    with site_of(store) as site:
        keys = {build.key: build.number for build in site.builds(site.jobs[0])}
        missed, always = row_of(site, ".AD1").missed, row_of(site, ".PA1").missed
        assert missed is not None and always is not None
        assert (keys[missed.build], missed.builds, missed.whole) == (6, 3, False)
        assert (keys[always.build], always.builds, always.whole) == (1, 8, True)
        assert row_of(site, ".AM1").missed is None


def test_a_series_that_builds_ceased_to_report_keeps_its_last_build(
    save: Save, store: Store
) -> None:
    for number in range(1, 11):
        save("ci_hsc", number, filters=("r", "i") if number < 8 else ("r",))
    with site_of(store) as site:
        keys = {build.key: build.number for build in site.builds(site.jobs[0])}
        last = {row.filter: keys[row.build] for row in rows_of(site, site.jobs[0])}
        assert last == {"r": 10, "i": 7}


def test_rows_from_memory_are_the_same(save: Save, store: Store) -> None:
    for number in range(1, 12):
        save("ci_hsc", number)
    memory: dict[str, Any] = {}
    found = []
    for _ in range(2):
        with store.reader() as reader:
            site = Site(reader, Links("main"), None, memory)
            found.append(rows_of(site, site.jobs[0]))
    assert found[0] == found[1]
    assert all(isinstance(row, SeriesRow) for row in found[1])


def test_the_file_has_a_value_of_every_column_for_every_row(save: Save, store: Store) -> None:
    for number in range(1, 12):
        save("ci_hsc", number, filters=("r", "i"))
    with site_of(store) as site:
        [part] = series_file(site, site.jobs)["parts"]
        rows = rows_of(site, site.jobs[0])
    for name, listed in part["lists"].items():
        assert len(part[name]) == len(rows)
        assert all(at < len(listed) for at in part[name])
    assert {len(part[name]) for name in ("better", "spark")} == {len(rows)}
    assert {-1, 1} <= set(part["better"]) <= {-1, 0, 1}


def test_a_job_page_changes_with_its_own_builds_only(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    save("ci_cfht", 1)
    build()
    save("ci_hsc", 2)
    written = set(build().written)
    assert {"data/series.js", "data/jobs/ci_hsc/series.js"} <= written
    assert "data/jobs/ci_cfht/series.js" not in written
    assert "series/index.html" not in written


def test_the_signs_of_a_spark_are_heights(save: Save) -> None:
    assert spark_code([]) == spark_code([1.0]) == spark_code([None, 1.0]) == ""
    code = spark_code([0.0, None, 1.0, 0.5])
    assert code[1] == "."
    heights = [CODES.index(sign) for sign in code if sign != "."]
    assert heights[0] > heights[2] > heights[1], "the larger the value, the nearer to the top"
    assert len(set(spark_code([3.0, 3.0, 3.0]))) == 1
