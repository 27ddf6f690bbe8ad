"""Findings made of stored builds: the same whatever the order they came in."""

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import numpy as np
import pytest

from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.models import (
    Build,
    BuildId,
    BuildRecord,
    Measurement,
    Metric,
    Report,
    Specification,
)
from squash_jenkins.models.finding import (
    APPEARED,
    DRIFT,
    OUT_OF,
    STEP,
    VANISHED,
    WORSE,
    Finding,
    Triage,
    builds_of,
)
from squash_jenkins.store import Store, open_store
from squash_jenkins.text.growth import growth_text
from squash_jenkins.text.sentences import details, headline
from squash_jenkins.verification.build import BuildStatuses

START = datetime(2026, 1, 1, 4, tzinfo=UTC)
RULES = Settings()


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'squash.sqlite'}", str(tmp_path / "blobs")) as opened:
        yield opened


def build(number: int, values: dict[str, float | None] | None, **changes: Any) -> BuildRecord:
    started = changes.pop("started", START + timedelta(hours=number))
    made = Build(BuildId("ci", changes.pop("job", "nightly"), number), started, 60.0, "SUCCESS")
    if values is None:
        return BuildRecord(made)
    measurements = [Measurement(f"p.{name}", value, "ms") for name, value in values.items()]
    metrics = [Metric(f"p.{name}", "ms", operator=changes.get("operator", "<=")) for name in values]
    report = Report(
        "qa.json",
        "plain",
        f"{number:064x}",
        100,
        "set",
        "r",
        measurements=measurements,
        metrics=metrics,
        specifications=changes.get("specifications", ()),
    )
    return BuildRecord(made, [report])


def save(store: Store, records: Sequence[BuildRecord]) -> None:
    for at in range(0, len(records), 200):
        store.save_all(records[at : at + 200], controller_url="http://ci.example/")


def found(store: Store) -> list[Finding]:
    """Return the findings with the numbers of builds in the place of their keys."""
    from squash_jenkins.findings.search import moved

    with store.reader() as reader:
        rows = [row for row in reader.findings.find() if not row.withdrawn]
        numbers = {
            each.key: each.number
            for job in reader.builds.jobs()
            for each in reader.builds.of_job(job.key)
        }
    return sorted(
        (moved(row.finding, numbers) for row in rows), key=lambda each: (each.build, each.kind)
    )


def history(builds: int, seed: int = 0) -> list[BuildRecord]:
    """Return builds with steps, a drift, gaps, a metric that vanishes and one that appears."""
    noise = np.random.default_rng(seed)
    third = builds // 3
    records = []
    for number in range(1, builds + 1):
        calm = noise.standard_normal(4)
        values: dict[str, float | None] = {
            "a": (10 if number < third else 13) + 0.1 * calm[0],
            "b": (50 if number < third else 42) + 0.8 * calm[1],
            "c": 100 + 0.5 * calm[2] + max(0, number - 2 * third) * 30 / builds,
            "d": 5 + 0.1 * calm[3],
        }
        if number % 17 == 0:
            values["a"] = 40.0  # outliers
        if number > builds - 9:
            del values["d"]
        if number > builds // 2:
            values["e"] = 1 + 0.1 * calm[3]
        records.append(build(number, None if number % 13 == 0 else values))
    return records


def files(number: int, **speeds: float) -> BuildRecord:
    """Return a build with a file for each architecture."""
    made = build(number, None)
    reports = [
        Report(
            f"{arch}/b.json",
            "plain",
            f"{arch}{speed}",
            9,
            measurements=[Measurement("p.speed", speed, "ms")],
            metrics=[Metric("p.speed", "ms", operator="<=")],
        )
        for arch, speed in speeds.items()
    ]
    return BuildRecord(made.build, reports)


def test_files_that_come_together_later_are_never_compared(tmp_path) -> None:
    noise = np.random.default_rng(3).standard_normal((61, 2))
    records = []
    for number in range(1, 61):
        arm = 10 + 0.1 * float(noise[number, 0]) + 2 * (number >= 45)
        both = {"arm64": arm, "x86": 70 + float(noise[number, 1])}
        alone = "x86" if number % 2 else "arm64"
        records.append(files(number, **(both if number > 30 else {alone: both[alone]})))
    orders = {
        "at once": [records],
        "in order": [records[:20], records[20:40], records[40:]],
        "backwards": [records[40:], records[20:40], records[:20]],
    }
    told = {}
    for name, parts in orders.items():
        url = f"sqlite:///{tmp_path / name}.sqlite"
        with open_store(url, str(tmp_path / "blobs")) as store:
            for part in parts:
                save(store, part)
                detect_findings(RULES, store)
            told[name] = found(store)
    assert told["in order"] == told["backwards"] == told["at once"]
    [step] = [each for each in told["at once"] if each.kind == STEP]
    assert (step.build, [each.dataset for each in step.series]) == (45, ["arm64"])


def test_what_moved_at_one_build_is_one_finding_in_plain_words(store):
    save(store, history(90))
    detect_findings(RULES, store)
    with store.reader() as reader:
        rows = {row.finding.kind: row for row in reader.findings.find()}
        numbers = reader.builds.numbers(builds_of([row.finding for row in rows.values()]))
    assert set(rows) == {STEP, DRIFT, VANISHED, APPEARED}
    step = rows[STEP].finding
    assert (numbers[step.build], step.direction) == (30, WORSE)
    assert [each.metric for each in step.series] == ["p.a", "p.b"]
    assert [each.direction for each in step.series] == ["worse", "better"]
    assert re.fullmatch("a got worse by (29|30|31)%", headline(step))
    told = r"(9.9\d|10.\d) → 1[23].\d ms since #30, \d+.\d× the noise\. Better: b\."
    assert re.fullmatch(told, details(step, numbers)), details(step, numbers)
    assert headline(rows[VANISHED].finding) == "d is no longer measured"
    assert rows[STEP].open
    assert len(rows[STEP].name) == 12


@pytest.mark.parametrize("seed", range(6))
def test_builds_that_come_in_any_order_give_the_same_findings(store, tmp_path, seed):
    records = history(120, seed)
    chance = random.Random(seed)
    shuffled = records[:]
    chance.shuffle(shuffled)
    while shuffled:
        some = shuffled[: chance.randint(1, 30)]
        del shuffled[: len(some)]
        save(store, some)
        detect_findings(RULES, store)
    with open_store(f"sqlite:///{tmp_path / 'other'}", str(tmp_path / "blobs")) as other:
        save(other, records)
        detect_findings(RULES, other)
        assert found(store) == found(other)
        assert len(found(other)) >= 4


def test_a_long_history_gives_the_same_in_pieces_as_at_once(store, tmp_path):
    records = history(1500)
    for at in range(0, 1500, 130):
        save(store, records[at : at + 130])
        detect_findings(RULES, store)
    with open_store(f"sqlite:///{tmp_path / 'other'}", str(tmp_path / "blobs")) as other:
        save(other, records)
        detect_findings(RULES, other)
        assert found(store) == found(other)
        steps = [each for each in found(other) if each.kind == STEP]
        assert 500 in [each.build for each in steps]


def test_builds_back_filled_before_known_ones_move_nothing_else(store):
    records = history(90)
    save(store, records[25:])
    detect_findings(RULES, store)
    save(store, records[:25])
    detect_findings(RULES, store)
    assert (STEP, 30) in [(each.kind, each.build) for each in found(store)]


def test_a_run_with_nothing_new_writes_nothing(store):
    save(store, history(60))
    assert detect_findings(RULES, store)
    with store.reader() as reader:
        before = reader.revisions.newest()
    assert detect_findings(RULES, store) == []
    with store.reader() as reader:
        assert reader.revisions.newest() == before


def test_what_people_said_stays_when_the_build_shifts(store):
    def level(number: int) -> float:
        return (10 if number < 30 else 13) + 0.2 * ((number * 7919) % 13 - 6) / 6

    save(store, [build(n, {"a": level(n)}) for n in (*range(1, 30), 31, 32, 33)])
    (row,) = detect_findings(RULES, store)
    said = Triage("known", "qa", START, note="the new compiler", ticket="https://t.example/7")
    store.add_triage(row.key, said)
    save(store, [build(30, {"a": level(30)}), *(build(n, {"a": level(n)}) for n in range(34, 50))])
    assert detect_findings(RULES, store) == []
    with store.reader() as reader:
        (again,) = reader.findings.find()
        assert reader.builds.get(again.finding.build).number == 30
    assert (again.key, again.name, again.triage) == (row.key, row.name, said)


def test_a_finding_that_grew_since_it_was_acknowledged_is_open_again(store):
    def level(number: int, wave: int) -> float:
        return (10 if number < 30 else 13) + 0.2 * ((number * wave) % 13 - 6) / 6

    save(store, [build(n, {"a": level(n, 7919)}) for n in range(1, 40)])
    (row,) = detect_findings(RULES, store)
    store.add_triage(row.key, Triage("acknowledged", "qa", START))
    assert not fails(store)
    save(store, [build(n, {"a": level(n, 7919), "b": level(n, 104729)}) for n in range(1, 40)])
    assert detect_findings(RULES, store) == []
    with store.reader() as reader:
        (again,) = reader.findings.find()
    assert (again.name, again.state, again.open) == (row.name, "open", True)
    assert again.growth is not None
    assert re.fullmatch(
        r"grew since acknowledged: \+1 series, now \d+%", growth_text(again.growth, "acknowledged")
    )
    assert fails(store), "--fail-on regression follows it"


def fails(store: Store) -> bool:
    """Return whether the newest build fails with ``--fail-on regression``."""
    with store.reader() as reader:
        (newest,) = reader.builds.newest(reader.builds.jobs()[0].key, 1)
        return BuildStatuses(reader).of(newest).fails("regression")


def test_what_people_spoke_of_is_kept_when_later_builds_no_longer_show_it(store):
    save(store, [build(n, {"a": 10.0, "b": 1.0}) for n in range(1, 20)])
    save(store, [build(n, {"a": 10.0}) for n in range(20, 24)])
    (row,) = detect_findings(RULES, store)
    store.add_triage(row.key, Triage("acknowledged", "qa", START))
    save(store, [build(n, {"a": 10.0, "b": 1.0}) for n in range(20, 24)])
    detect_findings(RULES, store)
    with store.reader() as reader:
        (kept,) = reader.findings.find()
    assert (kept.name, kept.withdrawn, kept.open) == (row.name, True, False)


def test_other_rules_make_all_findings_anew(store):
    save(store, history(90))
    detect_findings(RULES, store)
    strict = RULES.model_copy(update={"findings": FindingsSettings(ignore=("p.a", "p.c"))})
    detect_findings(strict, store)
    metrics = {each.metric for finding in found(store) for each in finding.series}
    assert metrics == {"p.b", "p.d", "p.e"}
    detect_findings(RULES, store)
    assert {"p.a", "p.c"} <= {each.metric for finding in found(store) for each in finding.series}


def test_new_definitions_change_what_is_worse(store):
    records = [build(n, {"a": 10 if n < 20 else 13}, operator=None) for n in range(1, 40)]
    save(store, records)
    detect_findings(RULES, store)
    assert [finding.direction for finding in found(store)] == ["worse"]  # guessed from the unit
    store.load([Metric("p.a", "ms", operator=">=")], [], source="site")
    detect_findings(RULES, store)
    assert [finding.direction for finding in found(store)] == ["better"]


def test_a_specification_is_left_where_the_level_leaves_it(store):
    wanted = [Specification("p.a", "minimum", "minimum", "<=", 12.0, "ms")]
    records = [build(n, {"a": 10 if n < 20 else 13}, specifications=wanted) for n in range(1, 30)]
    save(store, records)
    detect_findings(RULES, store)
    (finding,) = found(store)
    assert [each.kind for each in finding.series] == [STEP, OUT_OF]
    assert finding.series[1].specification == "minimum ≤ 12 ms"


def test_builds_of_one_moment_and_jobs_made_anew_are_told_apart(store):
    same = [build(n, {"a": 10 if n < 20 else 13}, started=START) for n in range(1, 30)]
    save(store, same)
    anew = START + timedelta(days=90)
    save(store, [build(n, {"a": 13}, started=anew + timedelta(hours=n)) for n in range(1, 10)])
    detect_findings(RULES, store)
    (finding,) = found(store)
    assert finding.build == 20


def test_runs_at_once_make_each_finding_once(store, tmp_path):
    save(store, history(90))
    news: list[Any] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            with open_store(str(store._engine.url), str(tmp_path / "blobs")) as own:
                news.extend(detect_findings(RULES, own))
        except BaseException as error:  # noqa: BLE001 - told to the test
            faults.append(error)

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len({row.name for row in news}) == len(news) == len(found(store))


@pytest.mark.parametrize("builds", [0, 1, 2, 3])
def test_jobs_with_few_builds_have_no_findings(store, builds):
    save(store, [build(n, {"a": float(n)}) for n in range(1, builds + 1)])
    save(store, [build(n, None, job="empty") for n in range(1, 3)])
    assert detect_findings(RULES, store) == []
    assert found(store) == []


def test_texts_shorten_the_names_of_metrics_only_where_they_stay_unique(store):
    records = [build(n, {"a": 10 if n < 20 else 13}) for n in range(1, 40)]
    save(store, records)
    detect_findings(RULES, store)
    assert headline(found(store)[0]) == "a got worse by 30%"
    store.load([Metric("q.a", "ms")], [], source="site")
    assert headline(found(store)[0]) == "p.a got worse by 30%"
