"""Check that what SQuaSH did wrong when it showed and judged builds cannot happen here.

`test_faults_of_squash.py` lists all its faults and where each of them is tested.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from squash_jenkins.analysis.code_changes import change_url, repository_url
from squash_jenkins.analysis.specifications.applicable import (
    Conditions,
    applicable,
    best_level,
    verify,
)
from squash_jenkins.config import ControllerSettings, FindingsSettings
from squash_jenkins.definitions.verify_metrics import load_definitions
from squash_jenkins.findings.rules import RuleBook
from squash_jenkins.findings.series import JobSeries
from squash_jenkins.ingest.pipeline import rebuild_site
from squash_jenkins.models import Measurement, Metric, Package, Specification
from squash_jenkins.resources import folder
from squash_jenkins.store import open_store

SHAS = [letter * 40 for letter in "abcd"]
DAY = timedelta(days=1)


def words(page: str) -> str:
    """Return the text of a page without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_first_build_is_compared_with_nothing(house: Any, verify_job: Any) -> None:
    # Fault: the first build was compared with the last one (index -1).
    for number, sha in ((1, SHAS[0]), (2, SHAS[1]), (3, SHAS[2])):
        house.take_in(number, {"a.json": verify_job({"p.x": 1.0}, packages={"afw": sha})})
    assert f"compare/{SHAS[0]}...{SHAS[1]}" in house.page(2)
    first = house.page(1)
    assert "/afw/compare/" not in first
    assert not {SHAS[1], SHAS[2]} & set(re.findall(r"[0-9a-f]{40}", first))


def test_a_build_taken_in_later_is_compared_with_the_one_before_it(
    house: Any, verify_job: Any
) -> None:
    # Fault: "previous" was whatever stood before it in the table, not before it in time.
    for number in (3, 1, 2):
        document = verify_job({"p.x": 1.0}, packages={"afw": SHAS[number]})
        house.take_in(number, {"a.json": document})
    assert f"compare/{SHAS[2]}...{SHAS[3]}" in house.page(3)
    assert f"compare/{SHAS[1]}...{SHAS[2]}" in house.page(2)
    assert "/afw/compare/" not in house.page(1)


def test_a_package_that_went_is_listed(house: Any, verify_job: Any) -> None:
    # Fault: packages that were removed were never listed.
    both = {"afw": SHAS[0], "galsim": SHAS[1]}
    house.take_in(1, {"a.json": verify_job({"p.x": 1.0}, packages=both)})
    house.take_in(2, {"a.json": verify_job({"p.x": 1.0}, packages={"afw": SHAS[0]})})
    assert f"1 package changed since #1 galsim removed, was {SHAS[1][:7]}" in words(house.page(2))


@pytest.mark.parametrize("name", ["digit", "git", "tig", "legit", "x.it", "gti.git", "t", "a.g"])
def test_a_repository_keeps_all_letters_of_its_name(name: str) -> None:
    # Fault: strip(".git") took every g, i, t and dot off both ends of an address.
    for base in (f"https://github.com/lsst/{name}", f"https://git.it/{name}"):
        assert repository_url(f"{base}.git") == base
        assert repository_url(f"{base}.git/") == base
    url = f"https://github.com/lsst/{name}.git"
    old, new = (Package(name, revision=sha, url=url) for sha in SHAS[:2])
    assert change_url(old, new) == f"https://github.com/lsst/{name}/compare/{SHAS[0]}...{SHAS[1]}"


def test_a_failed_build_is_stored_and_shown_as_failed(house: Any, verify_job: Any) -> None:
    # Fault: the status sent was always 0, so that a failed build was only a gap in the numbers.
    house.take_in(1, {"a.json": verify_job({"p.x": 1.0})})
    house.take_in(2, {}, result="FAILURE")
    # A document may claim success as much as it likes: the word of Jenkins counts.
    claims = verify_job({"p.x": 3.0}, env={"env_name": "jenkins", "status": 0})
    house.take_in(3, {"a.json": claims}, result="UNSTABLE")
    house.take_in(4, {"a.json": verify_job({"p.x": 1.0})}, result="ABORTED")
    results = house.rows("SELECT number, result FROM build ORDER BY number")
    assert results == [(1, "SUCCESS"), (2, "FAILURE"), (3, "UNSTABLE"), (4, "ABORTED")]
    job = words((house.folder / "site/jobs/ci_hsc/index.html").read_text(encoding="utf-8"))
    for _, result in results[1:]:
        assert result.lower() in job.lower()
    assert "FAILURE" in house.page(2)


def _data(house: Any) -> str:
    files = sorted((house.folder / "site").rglob("*.js")) + sorted(
        (house.folder / "site").rglob("*.html")
    )
    return "".join(file.read_text(encoding="utf-8") for file in files)


def test_links_to_jenkins_are_made_from_its_root_and_never_stored(
    house: Any, verify_job: Any
) -> None:
    # Fault: stored addresses kept a job from ever being renamed and a Jenkins from being moved.
    old, new = "https://ci.example.org/jenkins/", "https://ci.example.net/"
    for number in (1, 2):
        house.take_in(number, {"a.json": verify_job({"p.x": 1.0})}, job="old/name")
    tables = [name for (name,) in house.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    holders = [name for name in tables if old in repr(house.rows(f'SELECT * FROM "{name}"'))]  # noqa: S608 -- own names
    assert holders == ["controller"]
    assert f"{old}job/old/job/name/1/" in house.page(1, "old/name")
    moved = {"controllers": {"main": ControllerSettings(url=new, public_url=new)}}
    house.settings = house.settings.model_copy(update=moved)
    house.take_in(3, {"a.json": verify_job({"p.x": 1.0})}, job="new name")
    rebuild_site(house.settings, house.plugins)
    assert f"{new}job/old/job/name/1/" in house.page(1, "old/name")
    assert f"{new}job/new%20name/3/" in house.page(3, "new name")
    assert old not in _data(house)


def test_periods_say_how_many_days_they_are(house: Any, verify_job: Any) -> None:
    # Fault: "Last Month" showed 12 weeks, "6 months" 24 of them.
    house.take_in(1, {"a.json": verify_job({"p.x": 1.0})})
    page = (house.folder / "site/metrics/p.x/index.html").read_text(encoding="utf-8")
    [options] = re.findall(r'<select[^>]*name="period".*?</select>', page, re.DOTALL)
    found = dict(re.findall(r'<option value="(\d*)"[^>]*>([^<]+)<', options))
    assert found.pop("") == "all"
    for days, text in found.items():
        count, unit = re.fullmatch(r"(\d+|a) (day|month|year)s?", text).groups()
        many = 1 if count == "a" else int(count)
        allowed = {"day": (1, 1), "month": (30, 31), "year": (365, 366)}[unit]
        assert allowed[0] * many <= int(days) <= allowed[1] * many, text


def _status(value: float, specifications: Sequence[Specification], started: datetime) -> str:
    measurement = Measurement("p.x", value, "mmag")
    conditions = Conditions(filter="r", dataset=None, started=started)
    return best_level(
        measurement, verify(measurement, applicable(measurement, specifications, conditions))
    )


def test_a_release_has_targets_of_its_own() -> None:
    # Fault: targets of FY18 and later inherited what FY17 said, and changed along with it.
    def year(threshold: float, number: int) -> Specification:
        since, until = (datetime(2000 + each, 1, 1, tzinfo=UTC) for each in (number, number + 1))
        name = f"p.x.FY{number}"
        return Specification(
            "p.x", name, "target", "<=", threshold, "mmag", since=since, until=until
        )

    targets = [year(20.0, 17), year(10.0, 18)]
    moments = datetime(2017, 6, 1, tzinfo=UTC), datetime(2018, 6, 1, tzinfo=UTC)
    assert [_status(15.0, targets, each) for each in moments] == ["target", "misses target"]
    loose = [replace(targets[0], threshold=100.0), targets[1]]
    assert [_status(50.0, loose, each) for each in moments] == ["target", "misses target"]
    assert _status(5.0, targets, datetime(2019, 6, 1, tzinfo=UTC)) == "no specification"


def test_a_design_looser_than_the_minimum_is_judged_and_fails_nothing(
    house: Any, verify_job: Any
) -> None:
    # Fault: TE2 came with a design value that is looser than its minimum.
    specs = {"p.x.minimum": 5.0, "p.x.design": 8.0}
    for number, value in ((1, 4.0), (2, 6.0), (3, 9.0)):
        outcome = house.take_in(number, {"a.json": verify_job({"p.x": value}, specs=specs)})
        assert list(outcome.records[0].rejected) == []
        assert outcome.summary is not None
    # What misses the minimum is out of specification, whatever else it meets.
    assert "misses minimum" in words(house.page(2))
    assert "misses minimum" not in words(house.page(1))


def test_the_thresholds_that_come_along_do_not_contradict_one_another() -> None:
    # Fault: the same looser design stood in the definitions that everybody used.
    _, specifications = load_definitions(folder("db") / "seed")
    order = ("minimum", "design", "stretch")
    found: dict[tuple[Any, ...], dict[str, Specification]] = {}
    for each in specifications:
        if each.level in order:
            place = each.metric, each.filters, json.dumps(dict(each.query), sort_keys=True)
            found.setdefault(place, {})[each.level] = each
    assert found
    for place, levels in found.items():
        told = [levels[level] for level in order if level in levels]
        sign = -1 if told[0].operator in (">", ">=") else 1
        bounds = [sign * each.threshold for each in told]
        assert bounds == sorted(bounds, reverse=True), place


def test_a_document_brings_its_definitions_and_the_newest_build_counts(
    house: Any, verify_job: Any
) -> None:
    # Fault: definitions were loaded by hand from a notebook, and went stale.
    for number, text in ((1, "Old text."), (3, "Newest text."), (2, "Text between.")):
        house.take_in(number, {"a.json": verify_job({"p.x": 1.0}, described={"p.x": text})})
    page = words((house.folder / "site/metrics/p.x/index.html").read_text(encoding="utf-8"))
    assert "Newest text." in page
    assert "Old text." not in page
    with house.reading() as reader:
        assert len(reader.definitions.of_metric("p.x")) == 3


def test_the_definitions_of_a_newer_program_replace_those_of_an_older_one(house: Any) -> None:
    # Fault: the same; an upgrade brought new definitions, and the database kept the old ones.
    name = "validate_drp.AM1"
    with open_store(house.settings.database, house.settings.blobs) as store:
        store.load([Metric(name, "mmag", "What an older program said.")], [])
    rebuild_site(house.settings, house.plugins)
    metrics, _ = load_definitions(folder("db") / "seed")
    [newer] = [metric for metric in metrics if metric.name == name]
    with house.reading() as reader:
        assert reader.definitions.metrics()[name] == newer
        assert len(reader.definitions.of_metric(name)) == 2


def test_of_many_tries_of_one_build_a_series_has_one_value(house: Any, verify_job: Any) -> None:
    # Fault: what Jenkins tried again was there twice, as two points of one trend.
    tries = ((1.0, 2.0, 3.0), (3.0, 1.0, 2.0), (5.0, None, 4.0), (5.0, 4.0, None))
    for number, values in enumerate(tries, 1):
        documents = {
            f"try{at}/a.json": verify_job({"p.x": value}, filter_name="r")
            for at, value in enumerate(values, 1)
        }
        house.take_in(number, dict(reversed(documents.items())))
    with house.reading() as reader:
        [job] = reader.builds.jobs()
        [series] = JobSeries(
            reader, job.key, reader.builds.of_job(job.key), RuleBook(FindingsSettings(), reader)
        ).all()
    assert series.values.tolist() == [3.0, 2.0, 4.0, 4.0]
