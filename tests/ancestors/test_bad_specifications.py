"""Take in builds whose specifications or packages make no sense: nothing fails, and it is said."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

SHAS = [letter * 40 for letter in "abcd"]


def words(page: str) -> str:
    """Return the text of a page without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def with_bounds(verify_job: Any, *bounds: dict[str, Any], value: float = 4.0) -> Any:
    """Return a document with one metric and these members of its specifications."""
    specs = {f"p.x.{each['level']}": 5.0 for each in bounds}
    document = verify_job({"p.x": value}, specs=specs, filter_name="r")
    for spec, each in zip(document["specs"], bounds, strict=True):
        spec["threshold"]["unit"] = each.get("unit", "mmag")
        spec["metadata_query"] = each.get("query", {})
    return document


@pytest.mark.parametrize("unit", ["quibbles", "mmag**999999999", "𝔲𝔫𝔦𝔱", "<blink>", "a" * 5000])
def test_an_unknown_unit_is_not_compared_and_the_others_are(
    house: Any, verify_job: Any, unit: str
) -> None:
    strange = {"level": "minimum", "unit": unit}
    only = house.take_in(1, {"a.json": with_bounds(verify_job, strange)})
    both = house.take_in(2, {"a.json": with_bounds(verify_job, strange, {"level": "design"})})
    assert [list(each.records[0].rejected) for each in (only, both)] == [[], []]
    assert [each.summary.met.get("minimum", 0) for each in (only, both)] == [0, 0]
    assert (only.summary.missed, both.summary.missed) == ([], [])
    assert both.summary.met["design"] == 1
    assert "not comparable" in words(house.page(1))
    assert "<blink" not in house.page(1)


def test_a_specification_for_a_filter_that_no_data_has_judges_nothing(
    house: Any, verify_job: Any
) -> None:
    other = {"level": "minimum", "query": {"filter_name": "nothing like this"}}
    outcome = house.take_in(1, {"a.json": with_bounds(verify_job, other, value=99.0)})
    assert list(outcome.records[0].rejected) == []
    assert (outcome.summary.measured, outcome.summary.judged, outcome.summary.missed) == (1, {}, [])
    assert "no target set" in words(house.page(1))
    # Nor does it keep another from being judged.
    both = with_bounds(verify_job, other, {"level": "design"}, value=99.0)
    outcome = house.take_in(2, {"a.json": both})
    assert [miss.level for miss in outcome.summary.missed] == ["design"]


def test_a_dataset_that_the_terms_do_not_name_is_asked_for_in_vain(
    house: Any, verify_job: Any
) -> None:
    other = {"level": "minimum", "query": {"instrument": ["no", "text"], "visit": None}}
    outcome = house.take_in(1, {"a.json": with_bounds(verify_job, other, value=99.0)})
    assert (outcome.summary.judged, outcome.summary.missed) == ({}, [])


def test_builds_of_one_moment_are_compared_by_their_numbers(house: Any, verify_job: Any) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    for number in (3, 1, 2):
        document = verify_job({"p.x": 1.0}, packages={"afw": SHAS[number]})
        house.take_in(number, {"a.json": document}, started=moment)
    assert "/afw/compare/" not in house.page(1)
    assert f"compare/{SHAS[1]}...{SHAS[2]}" in house.page(2)
    assert f"compare/{SHAS[2]}...{SHAS[3]}" in house.page(3)


def test_a_build_that_tells_no_packages_is_not_one_without_changes(
    house: Any, verify_job: Any
) -> None:
    house.take_in(1, {"a.json": verify_job({"p.x": 1.0}, packages={"afw": SHAS[0]})})
    house.take_in(2, {"a.json": verify_job({"p.x": 1.0})})
    house.take_in(3, {"a.json": verify_job({"p.x": 1.0}, packages={"afw": SHAS[0]})})
    assert "did not report their packages" in words(house.page(2))
    assert "did not report their packages" not in words(house.page(3))
    assert "no package changed" in words(house.page(3)).lower()
