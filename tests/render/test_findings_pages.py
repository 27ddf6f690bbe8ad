import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.models import Measurement, Report
from squash_jenkins.models.finding import NEUTRAL, NOISE, WORSE, Evidence, Finding
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.static import Built, build_site
from squash_jenkins.render.links import Links, finding_page_url
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.store import Store, open_store


def beside(name: str) -> Any:
    """Return the module of a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples, builds = beside("sample_findings"), beside("sample_builds")

Save = Callable[..., Any]
BuildSite = Callable[..., Built]
JOB = "sqre/ci_hsc"
EVIL = "<script>alert(1)</script>\"'&"


def fill(store: Store) -> Mapping[int, int]:
    """Store 40 builds with gaps and failures; return their keys by number."""
    for number in range(1, 41):
        if number not in (20, 21):
            result = "FAILURE" if number in (12, 30, 35) else "SUCCESS"
            record = builds.record(JOB, number, dataset="COSMOS", result=result)
            store.save(record, controller_url=builds.ROOT)
    keys: Mapping[int, int] = samples.keys(store, JOB)[1]
    return keys


def find_every_kind(store: Store, own: Mapping[int, int]) -> Mapping[str, Any]:
    """Write one finding of every kind, one of which somebody spoke of."""
    rows = samples.write(store, JOB, samples.every_kind(own))
    store.add_triage(rows["e1b2c3d4"].key, samples.said("known", note="The camera is off."))
    about = {"note": "Fixed by the new mask.", "ticket": "https://issues.example.org/7"}
    store.add_triage(rows["01b2c3d4"].key, samples.said("fixed", fixed_in=9, **about))
    return dict(rows)


@pytest.fixture
def filled(store: Store) -> Mapping[int, int]:
    """Store 40 builds; return their keys by number."""
    return fill(store)


@pytest.fixture
def found(store: Store, filled: Mapping[int, int]) -> Mapping[str, Any]:
    """Write one finding of every kind."""
    return find_every_kind(store, filled)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Path:
    """Return the folder of a site with one finding of every kind, for tests that only read."""
    folder = tmp_path_factory.mktemp("findings")
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        find_every_kind(store, fill(store))
        made: dict[str, Any] = {"tabs": plugins.tabs, "plots": plugins.plots}
        made |= {"controllers": ["main"], "theme": plugins.theme}
        built = build_site(store, folder / "site", **made)
        assert list(built.faults) == []
        assert build_site(store, folder / "site", **made).written == []
        assert build_site(store, folder / "site", **made, everything=True).written == []
    return folder / "site"


def text_of(file: Path) -> str:
    """Return the words of a page, with single spaces."""
    text = re.sub(r"</?(a|b|span|code|wbr|time)\b[^>]*>", "", file.read_text())
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def html_of(folder: Path, *path: str) -> str:
    return folder.joinpath(*path, "index.html").read_text()


def test_the_list_begins_with_regressions_and_ends_with_what_is_past(site: Path) -> None:
    page = html_of(site, "findings")
    titles = re.findall(r"<h2>(\w+) <span", page)
    assert titles == ["Regressions", "Drifts", "Improvements", "Changes", "Acknowledged", "Past"]
    words = text_of(site / "findings/index.html")
    assert "3 regressions, 1 improvement and 2 changes open" in words
    assert "expected change by ops" in words
    assert "squash-jenkins findings acknowledge a1b2c3d4" in words
    assert words.index("AD1 got worse by 19%") < words.index("PA1 drift")


def test_a_card_links_the_builds_that_its_sentence_names(site: Path) -> None:
    page = html_of(site, "findings")
    for number in (30, 31, 32):
        assert f'<a href="../jobs/sqre/ci_hsc/{number}/index.html">#{number}</a>' in page


def test_the_page_of_a_finding_tells_all_of_it(site: Path) -> None:
    words = text_of(site / "findings/a1b2c3d4/index.html")
    assert "27.1 → 32.2 marcsec since #31, 1 Jun 2026 (between #30 and #32)" in words
    assert "+5.10 marcsec, +19%, 6.46× the noise" in words
    assert "very likely, 17.1 standard errors" in words
    assert samples.STATISTICS in words
    assert "How it was found" in words
    assert "#29 SUCCESS last good build" in words
    assert "#30 FAILURE ended with FAILURE, no value" in words
    assert "#31 SUCCESS most likely began here" in words
    assert "out of specification : design ≤ 28 %" in words.replace(
        "specification:", "specification :"
    )
    page = html_of(site, "findings", "a1b2c3d4")
    assert "?job=sqre%2Fci_hsc&amp;dataset=COSMOS&amp;filter=i" in page
    assert "https://ci.example.org/jenkins/job/sqre/job/ci_hsc/31/" in page
    assert re.search(r'href="https://github.com/lsst/\w+/compare/', page)
    assert 'class="band misses"' in page
    assert '<details id="evidence"><summary>' in page


def test_the_page_tells_missing_numbers_and_what_people_said(site: Path) -> None:
    better = text_of(site / "findings/c1b2c3d4/index.html")
    assert "2 builds missing in between: #20 to #21." in better
    fixed = text_of(site / "findings/01b2c3d4/index.html")
    assert "fixed in #9 by ops, 20 Jun 2026" in fixed
    assert "Fixed by the new mask." in fixed
    assert 'href="https://issues.example.org/7"' in html_of(site, "findings", "01b2c3d4")
    known = text_of(site / "findings/e1b2c3d4/index.html")
    assert "The camera is off." in known
    assert "Not triaged yet. To acknowledge it, run" in text_of(
        site / "findings/d1b2c3d4/index.html"
    )


def test_the_data_of_a_job_tells_what_a_trend_marks(site: Path) -> None:
    data = data_of(site)
    first = data["findings"][1]
    assert data["findings"][0]["headline"].startswith("AM3")
    assert first["page"] == "findings/a1b2c3d4/index.html"
    assert first["open"] and first["state"] == "open"
    assert first["series"][0]["text"] == "worse since #31"
    assert [number for number, _ in first["series"][0]["at"]] == [31, 30, 32]
    assert {"rank", "name", "text", "url", "reasons"} <= first["suspects"][0].keys()
    past = next(each for each in data["findings"] if each["state"].startswith("over"))
    assert past["series"][0]["text"] == "worse #5 to #9"


def data_of(output: Path) -> Any:
    text = (output / "data/jobs/sqre/ci_hsc/findings.js").read_text()
    return json.loads(text.removesuffix(");\n").partition(",")[2])


def test_what_somebody_says_renews_few_pages(
    found: Mapping[str, Any], store: Store, build: BuildSite, output: Path
) -> None:
    build()
    store.add_triage(found["a1b2c3d4"].key, samples.said("acknowledged", note="Looking into it."))
    written = set(build().written)
    assert {
        "findings/index.html",
        "findings/a1b2c3d4/index.html",
        "index.html",
        "data/jobs/sqre/ci_hsc/findings.js",
    } <= written
    assert "findings/b1b2c3d4/index.html" not in written
    assert not any(re.match(r"jobs/sqre/ci_hsc/[1-9]/", path) for path in written)
    assert "Looking into it." in text_of(output / "findings/a1b2c3d4/index.html")


def everything_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != ".squash-lock"
    }


def test_runs_one_by_one_give_what_one_full_run_gives(
    store: Store,
    filled: Mapping[int, int],
    save: Save,
    build: BuildSite,
    output: Path,
    tmp_path: Path,
    plugins: Any,
) -> None:
    kinds: dict[str, Finding] = samples.every_kind(filled)
    build()
    rows = samples.write(store, JOB, kinds)
    build()
    store.add_triage(rows["01b2c3d4"].key, samples.said("wontfix"))
    store.add_triage(rows["f1b2c3d4"].key, samples.said("muted"))
    build()
    save(JOB, 41, dataset="COSMOS")
    build()
    shifted = samples.finding(samples.step(filled, (28, 27, 28)))
    over = samples.finding(samples.change(filled, samples.PF1, (3, 3, 3), ended=33, level="design"))
    samples.write(
        store, JOB, {"a1b2c3d4": shifted, "c1b2c3d4": kinds["c1b2c3d4"], "99b2c3d4": over}
    )
    build()
    save("ci_cfht", 3, dataset="COSMOS")
    save("ci_cfht", 4, dataset="COSMOS")
    other = samples.keys(store, "ci_cfht")[1]
    samples.write(store, "ci_cfht", {"77b2c3d4": samples.finding(samples.step(other, (4, 4, 4)))})
    build()
    whole = tmp_path / "whole"
    build_site(
        store, whole, tabs=plugins.tabs, plots=plugins.plots, controllers=["main"],
        theme=plugins.theme,
    )  # fmt: skip
    one, other_files = everything_of(output), everything_of(whole)
    assert one.keys() == other_files.keys()
    assert [path for path in one if one[path] != other_files[path]] == []


def test_the_address_of_a_finding_that_is_gone_says_what_became_of_it(
    found: Mapping[str, Any],
    store: Store,
    filled: Mapping[int, int],
    build: BuildSite,
    output: Path,
) -> None:
    build()
    kinds: dict[str, Finding] = samples.every_kind(filled)
    heirs = {"b1b2c3d4": "a1b2c3d4"}
    samples.write(store, JOB, {"a1b2c3d4": kinds["a1b2c3d4"]}, heirs)
    built = build()
    assert not any(path.startswith("findings/") for path in built.removed)
    moved = output / "findings/b1b2c3d4/index.html"
    assert "PA1 drifted up, +4.4%" in text_of(moved)
    assert "this became part of another finding" in text_of(moved)
    assert 'findings/a1b2c3d4/index.html"' in moved.read_text()
    vanished = text_of(output / "findings/c1b2c3d4/index.html")
    assert "Nothing took its place." in vanished
    assert (output / "findings/a1b2c3d4/index.html").is_file()
    spoken = text_of(output / "findings/e1b2c3d4/index.html")
    assert "Later builds no longer show this finding." in spoken
    assert "no longer seen" in text_of(output / "findings/index.html")
    headlines = [each["headline"] for each in data_of(output)["findings"]]
    assert headlines
    assert "PA1 drifted up, +4.4%" not in headlines


def test_triage_and_comments_are_read_and_tickets_are_links(
    found: Mapping[str, Any], store: Store, output: Path, plugins: Any
) -> None:
    key = found["a1b2c3d4"].key
    when = datetime(2026, 6, 21, tzinfo=UTC)
    store.add_triage(key, samples.said("acknowledged", ticket="DM-12", assignee="ada"))
    store.add_triage(key, samples.said("muted"))
    store.undo_triage(key, "bob", when)
    store.add_comment(key, "eve", when, "It is <b>the</b> mirror.")
    settings = Settings(findings={"tickets": "https://jira.example.org/browse/{ticket}"})
    built = build_site(
        store, output, tabs=plugins.tabs, plots=plugins.plots, controllers=["main"],
        theme=plugins.theme, baselines=Baselines(settings),
    )  # fmt: skip
    assert not built.faults
    page = output / "findings/a1b2c3d4/index.html"
    words = text_of(page)
    assert "assigned to ada" in words and "undone by bob" in words
    assert "eve 21 Jun 2026" in words and "&lt;b&gt;the&lt;/b&gt; mirror." in words
    assert 'href="https://jira.example.org/browse/DM-12"' in page.read_text()
    with pytest.raises(ValueError, match="the address of a ticket begins with"):
        Settings(findings={"tickets": "https://jira.example.org/"})


def test_empty_lists_say_why_and_what_to_do(save: Save, build: BuildSite, output: Path) -> None:
    build()
    empty = text_of(output / "findings/index.html")
    assert "No build has been ingested yet, so there are no findings." in empty
    assert "The Overview explains how to start" in empty
    save("ci_hsc", 1)
    build()
    assert "No findings yet" in text_of(output / "findings/index.html")
    assert "Nothing got worse" in text_of(output / "index.html")


@pytest.mark.parametrize("direction", [NEUTRAL, WORSE])
def test_a_change_of_the_noise_is_apart_and_no_regression(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path, direction: str
) -> None:
    evidence = Evidence("a test of spreads", 30, 12, 0.3, ("+40%",), 2, 2, (100.0,), (55.0, 100.0))
    change = replace(
        samples.step(filled, (31, 30, 32)),
        kind=NOISE,
        direction=direction,
        before=1.0,
        after=17.0,
        sigma=None,
        evidence=evidence,
    )
    samples.write(store, JOB, {"d1b2c3d4": samples.finding(change)})
    build()
    assert re.findall(r"<h2>(\w+) <span", html_of(output, "findings")) == ["Noise"]
    words = text_of(output / "findings/index.html")
    assert "1 noise change open" in words
    assert "alternates between 55 and 100" in words
    assert "Spread ±1 → ±17 marcsec since #31" in words
    page = text_of(output / "findings/d1b2c3d4/index.html")
    assert "regression" not in page
    assert "spread before 1" in page
    assert "a test of spreads" in page
    assert "30 or more" in page
    assert "2 of 2" in page


def test_past_findings_alone_are_calm(
    store: Store, filled: Mapping[int, int], build: BuildSite, output: Path
) -> None:
    past = samples.finding(samples.step(filled, (5, 4, 5), ended=9))
    samples.write(store, JOB, {"01b2c3d4": past})
    build()
    words = text_of(output / "findings/index.html")
    assert "No open findings" in words
    assert "no open findings · 1 past finding" in words
    assert "1 past finding" in text_of(output / "index.html")


def test_hostile_words_are_escaped_and_stay_inside(
    store: Store, save: Save, build: BuildSite, output: Path
) -> None:
    job = f"{EVIL}/../{EVIL}"
    for number in (1, 2, 3):
        record = hostile_record(job, number)
        store.save(record, controller_url="javascript:alert(1)")
    own = samples.keys(store, job)[1]
    about: dict[str, Any] = {"dataset": EVIL, "filter": EVIL, "unit": EVIL, "specification": EVIL}
    about |= {"statistics": EVIL, "level": EVIL, "before": 1.0, "after": 2.0}
    bad = samples.finding(samples.change(own, f"{EVIL}.{EVIL}", (2, 1, 3), **about))
    rows = samples.write(store, job, {"a1b2c3d4": bad})
    said = samples.said("known", note=EVIL, ticket=f"javascript:{EVIL}")
    store.add_triage(rows["a1b2c3d4"].key, said)
    built = build()
    assert not built.faults
    assert all(path.resolve().is_relative_to(output.resolve()) for path in output.rglob("*"))
    contents = everything_of(output)
    assert "findings/index.html" in contents
    for path, content in contents.items():
        if path.endswith((".html", ".svg")) or path.startswith("data/"):
            assert b"<script>alert" not in content, path
            assert b'href="javascript' not in content, path


def hostile_record(job: str, number: int) -> Any:
    record = builds.record(job, number, dataset=EVIL)
    measured = Measurement(f"{EVIL}.{EVIL}", float(number), EVIL, EVIL)
    report = Report("x", "plain", "a" * 64, 1, EVIL, EVIL, measurements=[measured])
    return replace(record, reports=[*record.reports, report])


def test_the_public_address_of_a_finding() -> None:
    page = finding_page_url("https://dashboards.example.org/", "a1b2c3d4")
    assert page == "https://dashboards.example.org/findings/a1b2c3d4/"
    assert Links("main").finding("../x").startswith("findings/") and ".." not in Links().finding(
        ".."
    )
