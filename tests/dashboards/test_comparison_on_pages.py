"""The page of a build shows the comparison with the target of its job."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.config.settings import JobSettings
from squash_jenkins.ingest.publish import rebuild_pages
from squash_jenkins.ingest.saving import save
from squash_jenkins.models import (
    Branch,
    Build,
    BuildId,
    BuildRecord,
    ListedBranch,
    Measurement,
    Metric,
    Report,
)
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.live import Live
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.store import Store, open_store

START = datetime(2026, 5, 1, 4, tzinfo=UTC)
PAGE = "jobs/repo/PR-7/1/index.html"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/squash.sqlite", str(tmp_path / "blobs")) as opened:
        yield opened


def record(job: str, number: int, speed: float, branch: Branch | None = None) -> BuildRecord:
    metrics = [Metric("shop.speed", "ms", operator="<="), Metric("shop.size", "kB", operator="<=")]
    values = [Measurement("shop.speed", speed, "ms"), Measurement("shop.size", 100.0, "kB")]
    report = Report("qa.json", "plain", f"{number:064x}", 10, measurements=values, metrics=metrics)
    started = START + timedelta(hours=number if job == "repo/main" else 1000)
    build = Build(BuildId("local", job, number), started, 60.0, "SUCCESS", branch=branch)
    return BuildRecord(build, (report,))


def main(numbers: range, speed: float = 50.0) -> list[BuildRecord]:
    return [record("repo/main", number, speed + 0.1 * (number % 3)) for number in numbers]


def pull() -> BuildRecord:
    return record("repo/PR-7", 1, 70.0, Branch("PR-7", "7", "main", "https://git.example.org/7"))


def settings_in(folder: Path, **changes: Any) -> Settings:
    return Settings(folder=folder, output=folder / "site", spool=folder / "spool", **changes)


def page(settings: Settings, store: Store) -> str:
    assert rebuild_pages(settings, find(), store).faults == []
    return (settings.output / PAGE).read_text()


def test_a_pull_request_shows_what_is_worse_and_folds_the_rest(
    store: Store, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [*main(range(1, 21)), pull()])
    text = page(settings, store)
    assert 'Compared with <a href="../../../../jobs/repo/main/index.html">repo/' in text
    assert '<a href="https://git.example.org/7" rel="noopener">Pull request 7</a> · ' in text
    assert "Pull request 7</a> · 20 builds up to #20: 1 worse, 1 within noise." in text
    verdict = "1 measurement is worse than on repo/main: speed +40%."
    assert f'aria-label="Verdict"><p class="break">{verdict}</p>' in text
    worse, folded = text.split('<details class="more">', 1)
    assert '<td class="worse">worse</td>' in worse
    assert "+40%" in worse
    assert '<td class="muted">within noise</td>' in folded


def test_a_job_without_a_target_shows_no_comparison(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [*main(range(1, 21)), record("repo/PR-7", 1, 70.0)])
    assert 'id="compared"' not in page(settings, store)
    named = settings_in(tmp_path, jobs=(JobSettings(match="repo/PR-*", baseline="repo/main"),))
    assert 'id="compared"' in page(named, store)


def test_a_comparison_follows_builds_of_the_target_that_come_later(
    store: Store, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [pull()])
    assert "no build of repo/main is stored" in page(settings, store)
    save(settings, store, main(range(1, 21)))
    assert "1 worse" in page(settings, store)
    save(settings, store, main(range(21, 31), speed=70.0))
    text = page(settings, store)
    assert "2 within noise" in text
    live = Live(
        store,
        tabs=find().tabs,
        plots=find().plots,
        controllers=settings.controller_names,
        baselines=Baselines(settings),
    )
    served = live.get(PAGE)
    assert served is not None
    assert "2 within noise" in served.content.decode()


def test_names_of_targets_are_text(store: Store, tmp_path: Path) -> None:
    name = "<b>x</b>" * 100
    settings = settings_in(tmp_path, jobs=(JobSettings(match="repo/PR-7", baseline=name),))
    save(settings, store, [pull()])
    text = page(settings, store)
    assert "<b>x" not in text
    assert "is stored: it never ran, or has another name" in text


def test_the_address_of_a_pull_request_is_a_link_on_the_web_only(
    store: Store, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    branch = Branch("PR-7", "<i>7", "main", "javascript:alert(1)")
    save(settings, store, [*main(range(1, 21)), record("repo/PR-7", 1, 70.0, branch)])
    text = page(settings, store)
    assert "Pull request &lt;i&gt;7 · 20 builds" in text
    assert "javascript:" not in text


def test_the_page_without_scripts_compares_with_the_target(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [*main(range(1, 21)), pull()])
    page(settings, store)
    text = (settings.output / "jobs/repo/PR-7/plain/index.html").read_text()
    assert "1 measurement is worse than on repo/main" in text
    assert "1 worse, 1 within noise" in text
    assert '<td class="worse">worse</td>' in text
    assert 'id="compared"' not in (settings.output / "jobs/repo/main/plain/index.html").read_text()


def test_a_branch_that_is_gone_is_marked_and_in_no_list(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [*main(range(1, 21)), pull()])
    page(settings, store)
    lists = ["index.html", "builds/index.html", "health/index.html"]

    def listed() -> list[str]:
        found = []
        for name in lists:
            shown = (settings.output / name).read_text().split('id="gone"')[0]
            found += [name] if "repo/PR-7/" in shown else []
        return found

    assert listed() == lists
    store.write_listed_branches("local", "repo", {"main": ListedBranch()}, START)
    text = page(settings, store)
    assert listed() == []
    assert "The branch is gone in Jenkins; this was noticed on 2026-05-01." in text
    assert "1 worse" in text
    for name in ("jobs/repo/PR-7/index.html", "jobs/repo/PR-7/plain/index.html"):
        assert "The branch is gone in Jenkins" in (settings.output / name).read_text()
    builds = (settings.output / "builds/index.html").read_text()
    assert "<summary>1 branch gone in Jenkins</summary>" in builds
    assert 'jobs/repo/PR-7/index.html">' in builds
    assert "1 branch gone in Jenkins ›" in (settings.output / "index.html").read_text()
    store.write_listed_branches(
        "local", "repo", {"main": ListedBranch(), "PR-7": ListedBranch()}, START
    )
    assert "gone in Jenkins" not in page(settings, store)
    assert listed() == lists


def test_a_target_that_becomes_known_later_is_shown(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    save(settings, store, [*main(range(1, 21)), record("repo/PR-7", 1, 70.0, Branch())])
    assert "Pull request 7" not in page(settings, store)
    store.write_branches({pull().build.id: Branch("PR-7", "7", "release")})
    text = page(settings, store)
    assert "Pull request 7 · Not compared with repo/release: no build of" in text
