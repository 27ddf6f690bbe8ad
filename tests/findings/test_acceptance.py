"""Levels that people accept: detection begins anew there, and stays so."""

import json
import platform
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from squash_jenkins.commands import group
from squash_jenkins.config import Settings
from squash_jenkins.errors import SettingsError
from squash_jenkins.findings.acceptance import MeantFinding, MeantSeries, SeriesChoice, Statement
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models.finding import DRIFT, OUT_OF, STEP, WORSE, Finding
from squash_jenkins.store import Store, open_store
from squash_jenkins.store.rows import FindingRow, JobRow
from tests.findings.test_detect import build, found, save

RULES = Settings()
ADA = Statement("ada", "new compiler")
Run = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def values(later: float = 13.0) -> list[float]:
    """Return 10 for 40 builds, then 12 for 40, then `later` for 20."""
    noise = 0.1 * np.random.default_rng(3).standard_normal(100)
    return [*(10 + noise[:40]), *(12 + noise[40:80]), *(later + noise[80:])]


def fill(store: Store, *, until: int = 80, job: str = "nightly", later: float = 13.0) -> None:
    some = enumerate(values(later)[:until], 1)
    save(store, [build(number, {"a": value, "b": 5.0}, job=job) for number, value in some])
    detect_findings(RULES, store)


def rows(store: Store) -> list[FindingRow]:
    with store.reader() as reader:
        return reader.findings.find()


def the_job(store: Store) -> JobRow:
    with store.reader() as reader:
        (job,) = reader.builds.jobs()
        return job


def accept_finding(store: Store, since: int | None = None) -> FindingRow:
    (row,) = rows(store)
    with store.reader() as reader:
        accepted = MeantFinding(reader, row, since).accepted(ADA)
    store.accept(row.job, accepted)
    detect_findings(RULES, store)
    return row


def accept_series(store: Store, since: int, metric: str = "p.a", **choice: str) -> None:
    job = the_job(store)
    with store.reader() as reader:
        meant = MeantSeries(reader, job, SeriesChoice(metric, **choice), since)
        accepted = meant.accepted(ADA)
    store.accept(job.key, accepted)
    detect_findings(RULES, store)


def ends(store: Store) -> list[tuple[int, int | None]]:
    return [(each.build, each.ended) for each in found(store)]


def test_an_accepted_step_stays_but_is_not_open(store: Store) -> None:
    fill(store)
    before = accept_finding(store)
    (row,) = rows(store)
    assert (row.name, row.open, row.withdrawn) == (before.name, False, False)
    assert row.accepted is not None
    assert (row.accepted.number, row.accepted.who, row.accepted.note) == (41, "ada", "new compiler")
    assert ends(store) == [(41, 41)]


def test_detection_begins_anew_there(store: Store) -> None:
    fill(store, until=100)
    assert [each.build for each in found(store)] == [41, 81]
    accept_series(store, 41)
    assert ends(store) == [(41, 41), (81, None)]
    # Back at the first level: without the acceptance that ends the regression of #41.
    other = values(later=10.0)
    save(store, [build(n, {"a": v, "b": 5.0}) for n, v in enumerate(other, 1) if n > 80])
    detect_findings(RULES, store)
    assert ends(store) == [(41, 41), (81, None)]
    assert found(store)[1].direction != WORSE


def test_what_began_earlier_is_history(store: Store) -> None:
    fill(store)
    accept_series(store, 60)
    assert ends(store) == [(41, 60)]
    (row,) = rows(store)
    assert row.accepted is not None
    assert row.accepted.number == 60


def test_builds_before_are_no_evidence(store: Store) -> None:
    fill(store, until=82)  # two builds at 13: not yet a step
    accept_series(store, 81)
    fill(store, until=100)
    assert ends(store) == [(41, 81), (81, 81)]


def test_an_accepted_level_out_of_specification_is_not_open(store: Store) -> None:
    from squash_jenkins.models import Specification

    limit = Specification("p.a", "p.a.minimum", "minimum", "<=", 11, "ms")
    some = enumerate(values()[:80], 1)
    save(store, [build(n, {"a": v}, specifications=(limit,)) for n, v in some])
    detect_findings(RULES, store)
    assert {each.kind for each in found(store)[0].series} == {STEP, OUT_OF}
    accept_finding(store)
    (finding,) = found(store)
    assert {each.kind for each in finding.series} == {STEP, OUT_OF}
    assert finding.ended == 41


def test_a_drift_is_accepted_from_its_end_on(store: Store) -> None:
    ramp = np.concatenate([np.full(40, 10.0), np.linspace(10, 15, 60), np.full(30, 15.0)])
    noisy = ramp + 0.1 * np.random.default_rng(1).standard_normal(len(ramp))
    save(store, [build(n, {"a": v}) for n, v in enumerate(noisy.tolist(), 1)])
    detect_findings(RULES, store)
    (row,) = rows(store)
    assert row.finding.kind == DRIFT
    accept_finding(store)
    assert [each.ended is not None for each in found(store)] == [True]
    (row,) = rows(store)
    assert row.accepted is not None


@pytest.mark.parametrize("seed", range(3))
def test_it_survives_any_order_of_builds(tmp_path: Path, seed: int) -> None:
    def filled(order: list[int], name: str) -> list[Finding]:
        records = [build(n, {"a": v}) for n, v in enumerate(values(), 1)]
        with open_store(f"sqlite:///{tmp_path / name}", str(tmp_path / "blobs")) as store:
            save(store, [records[number] for number in order[:50]])
            detect_findings(RULES, store)
            accept_series(store, order[0] + 1 if name == "plain" else start + 1)
            save(store, [records[number] for number in order[50:]])
            detect_findings(RULES, store)
            return found(store)

    order = list(range(100))
    random.Random(seed).shuffle(order)
    start = 40
    order.remove(start)
    order.insert(0, start)
    assert filled(order, "shuffled") == filled([start, *order[:0:-1]], "plain")


def test_it_survives_a_renamed_job(store: Store) -> None:
    fill(store)
    accept_finding(store)
    fill(store, until=100, job="daily")  # the same builds under the new name
    store.join_renamed("nightly", "daily")
    detect_findings(RULES, store)
    assert the_job(store).name == "daily"
    assert ends(store) == [(41, 41), (81, None)]
    store.join_renamed("daily", "weekly")
    detect_findings(RULES, store)
    assert ends(store) == [(41, 41), (81, None)]


def test_only_the_job_is_searched_again_and_once(store: Store) -> None:
    fill(store)
    fill(store, job="other")
    with store.reader() as reader:
        before = reader.findings.detections()
    (row,) = [each for each in rows(store) if each.job == min(before)]
    with store.reader() as reader:
        store.accept(row.job, MeantFinding(reader, row).accepted(ADA))
    detect_findings(RULES, store)
    with store.reader() as reader:
        after = reader.findings.detections()
    detect_findings(RULES, store)
    with store.reader() as reader:
        assert reader.findings.detections() == after
    assert {key for key in after if after[key] != before[key]} == {row.job}


def test_accepting_twice_and_undoing_twice_are_refused(store: Store) -> None:
    fill(store)
    accept_finding(store)
    (row,) = rows(store)
    with store.reader() as reader:
        again = MeantFinding(reader, row).accepted(ADA)
        known = MeantFinding(reader, row).known()
    with pytest.raises(SettingsError, match=r"accepted already, by ada.*--undo"):
        store.accept(row.job, again)
    store.undo_acceptance(row.job, known)
    detect_findings(RULES, store)
    assert ends(store) == [(41, None)]
    assert rows(store)[0].accepted is None
    with pytest.raises(SettingsError, match="nothing to undo"):
        store.undo_acceptance(row.job, known)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    file = tmp_path / "squash.toml"
    file.write_text(
        f'database = "sqlite:///{tmp_path / "squash.sqlite"}"\nblobs = "{tmp_path / "blobs"}"\n'
    )

    def invoke(*words: str) -> Any:
        return CliRunner().invoke(group, ["--settings", str(file), "findings", *words])

    return invoke


def test_the_command_accepts_shows_and_takes_back(store: Store, run: Run, tmp_path: Path) -> None:
    fill(store)
    name = rows(store)[0].name
    done = run("accept", name, "--note", "new <compiler>", "--who", "ada")
    assert done.exit_code == 0, done.output
    assert f"{name}: accepted since #41 by ada: new <compiler>" in done.output
    (listed,) = json.loads(run("list", "--state", "accepted", "--json").stdout)
    assert listed["accepted"]["since"] == 41
    assert "It was accepted since #41 by ada: new <compiler>" in " ".join(
        run("show", name).output.split()
    )
    page = (tmp_path / f"site/findings/{name}/index.html").read_text()
    assert "Accepted since #41 by ada: new &lt;compiler&gt;." in page
    marks = [file.read_text() for file in (tmp_path / "site").rglob("findings.js")]
    assert any('"state":"accepted since #41 by ada: new' in text for text in marks)
    assert run("accept", name, "--undo").exit_code == 0
    assert "worse, open" in run("list").output
    assert "Accepted since" not in (tmp_path / f"site/findings/{name}/index.html").read_text()


def test_what_commands_state_is_in_the_audit_log(store: Store, run: Run) -> None:
    fill(store)
    name = rows(store)[0].name
    run("accept", name, "--note", "new compiler", "--who", "ada")
    run("accept", name, "--undo", "--who", "bob")
    run("acknowledge", name, "--as", "known", "--ticket", "DM-1", "--who", "ada")
    words = ("--job", "nightly", "--metric", "p.a", "--since", "20", "--who", "ada")
    assert run("accept", *words).exit_code == 0
    entries = store.audit.newest(9)[::-1]
    assert [(each.who, each.action, each.target) for each in entries] == [
        ("ada", "finding.accept", name),
        ("bob", "finding.undo_acceptance", name),
        ("ada", "finding.triage", name),
        ("ada", "finding.accept", "p.a in nightly"),
    ]
    assert {(each.how, each.address) for each in entries} == {("command", platform.node())}
    assert entries[0].detail == {"since": 41, "note": "new compiler"}
    assert entries[2].detail == {"state": "known", "ticket": "DM-1"}


def test_what_is_refused_is_not_in_the_audit_log(store: Store, run: Run) -> None:
    fill(store)
    name = rows(store)[0].name
    assert run("accept", name, "--undo").exit_code != 0
    run("accept", name)
    assert run("accept", name).exit_code != 0
    assert [each.action for each in store.audit.newest(9)] == ["finding.accept"]


def test_history_names_a_level_that_was_accepted_without_a_finding(
    store: Store, run: Run, tmp_path: Path
) -> None:
    save(store, [build(number, {"b": 5.0 + number % 2}) for number in range(1, 41)])
    words = ("--job", "nightly", "--metric", "p.b", "--since", "20", "--who", "ada")
    assert run("accept", *words, "--note", "checked").exit_code == 0

    def accepted() -> list[str]:
        files = (tmp_path / "site").rglob("findings.js")
        return [text for file in files if "accepted since" in (text := file.read_text())]

    (marks,) = accepted()
    assert '"state":"accepted since #20 by ada: checked"' in marks
    assert run("accept", *words, "--undo").exit_code == 0
    assert accepted() == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), "Give the NAME of a finding, or --job"),
        (("--job", "nightly", "--since", "41"), "Give the NAME of a finding, or --job"),
        (("--job", "nightly", "--metric", "p.a"), "Give the NAME of a finding, or --job"),
        (("--job", "other", "--metric", "p.a", "--since", "41"), "no stored job 'other'"),
        (("--job", "nightly", "--metric", "p.a", "--since", "999"), "no stored build #999"),
        (("--job", "nightly", "--metric", "p.x", "--since", "41"), "no measurements of 'p.x'"),
        (
            ("--job", "nightly", "--metric", "p.a", "--filter", "z", "--since", "41"),
            "no measurements of 'p.a'",
        ),
        (("--job", "nightly", "--metric", "p.a", "--since", "41", "--undo"), "nothing to undo"),
        (("NAME", "--since", "3"), "#3 came before the finding: accept it from #41"),
        (("NAME", "--who", " "), "needs the name of a person"),
        (("zzz",), "No finding's name begins with 'zzz'"),
    ],
)
def test_what_is_wrong_is_said(store: Store, run: Run, words: tuple[str, ...], fault: str) -> None:
    fill(store)
    name = rows(store)[0].name
    done = run("accept", *(name if word == "NAME" else word for word in words))
    assert done.exit_code != 0
    assert fault in f"{done.output}{done.exception}"
    assert ends(store) == [(41, None)]
