"""Why values are missing: every kind, from the store to the data files and the pages."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Rejected,
    Report,
    SeriesId,
)
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.content import data_files
from squash_jenkins.render.links import Links
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store

COST = SeriesId("day", "r", "shop.cost", "")
NIGHT = SeriesId("night", "r", "shop.cost", "")
BROKEN = Rejected("out/night.json", "malformed JSON at line 3.", "ab" * 32, 12)
WRITTEN = [("null", "null"), ("NaN", "NaN"), ("-Infinity", "infinite"), ('"n/a"', "no number")]


def report(number: int, dataset: str, *found: Measurement) -> Report:
    return Report(
        f"out/{dataset}.json",
        "plain",
        digest=f"{number}{dataset}".ljust(64, "0"),
        size=9,
        dataset=dataset,
        filter="r",
        measurements=[Measurement("shop.other", 1.0, "s"), *found],
    )


def record(
    number: int,
    reports: Sequence[Report] = (),
    rejected: Sequence[Rejected] = (),
    **about: Any,
) -> BuildRecord:
    start = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=number)
    about = {"result": "SUCCESS", "duration": 60.0, **about}
    return BuildRecord(Build(BuildId("main", "shop", number), start, **about), reports, rejected)


def cost(value: float | None, written: str | None = None) -> Measurement:
    extra = {} if written is None else {"as_written": written}
    return Measurement("shop.cost", value, "s", extra=extra)


RECORDS = [
    record(1, [report(1, "day", cost(3.0)), report(1, "night", cost(4.0))]),
    *(record(2 + at, [report(2, "day", cost(None, word))]) for at, (word, _) in enumerate(WRITTEN)),
    record(6, [report(6, "day", cost(None))]),
    record(7, [report(7, "day")]),
    record(8, [report(8, "day", cost(3.0))], [BROKEN]),
    record(9, result="FAILURE"),
    record(10),
    record(11, rejected=[BROKEN]),
    record(12, provisional=True, result=None),
    record(13, runs=[BuildId("main", "shop/a=1", 13)]),
    record(14, [report(14, "day", cost(3.0))], result="ABORTED"),
]
QUARANTINED = "out/night.json was quarantined: malformed JSON at line 3"
EXPECTED = {
    **{(2 + at, COST): (kind, f"{word} in the report") for at, (word, kind) in enumerate(WRITTEN)},
    (6, COST): ("null", "reported without a value"),
    (7, COST): ("not in report", "not in the report"),
    (7, NIGHT): ("no report", "no report of night · r"),
    (8, NIGHT): ("quarantined", f"no report of night · r; {QUARANTINED}"),
    (9, COST): ("failed", "the build ended with FAILURE before it wrote a report"),
    (10, COST): ("no report", "the build archived no QA report"),
    (11, COST): ("quarantined", QUARANTINED),
    (12, COST): ("running", "not read yet: the build was still running"),
    (13, COST): ("configurations", "measured in its configurations"),
    (14, NIGHT): ("failed", "no report of night · r: the build ended with ABORTED"),
}


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    for each in RECORDS:
        store.save(each, controller_url="https://ci.example.org/")
    with store.reader() as reader:
        yield Site(reader, Links("main"), None, {})


def test_each_missing_value_says_why(site: Site) -> None:
    builds = {build.number: build for build in site.builds(site.jobs[0])}
    found = {key: tuple(site.missing.of(builds[key[0]], key[1])) for key in EXPECTED}
    assert found == EXPECTED
    assert site.missing.of_build(builds[8]) is None


def test_the_files_for_scripts_say_the_same(site: Site) -> None:
    job = site.jobs[0]
    builds = [build.number for build in site.builds(job)]
    files = [data_files.values_file(site, job, 0, exact=True)]
    files += [
        payload() for name, payload in data_files.metric_files(site, job, [0]) if "cost" in name
    ]
    outline = json.loads(json.dumps(data_files.outline_file(site, job, [0])))
    assert set(outline["missing"]) == {str(builds.index(each)) for each in (9, 10, 11, 12, 13)}
    for file in files:
        for (number, series), expected in EXPECTED.items():
            at = builds.index(number)
            [entry] = [
                each
                for each in file["series"]
                if (each["metric"], each["dataset"]) == (series.metric, series.dataset)
            ]
            said = outline["missing"].get(str(at)) or in_turns(file, entry, at)
            assert tuple(said) == expected, (number, series)


def in_turns(file: Any, entry: Any, at: int) -> Any:
    """Return the reason as `data.js` finds it."""
    return file["reasons"][[why for start, why in entry["missing"] if start <= at][-1]]


def test_a_page_without_scripts_says_it(store: Store, plugins: Plugins, tmp_path: Any) -> None:
    from squash_jenkins.render.engine.static import build_site

    for each in RECORDS[:3]:
        store.save(each, controller_url="https://ci.example.org/")
    build_site(
        store, tmp_path / "site", tabs=plugins.tabs, plots=plugins.plots, controllers=["main"]
    )
    page = (tmp_path / "site/jobs/shop/plain/index.html").read_text()
    assert "NaN in the report" in page
    assert "no report of night · r" in page
