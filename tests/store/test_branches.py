"""Which branches Jenkins has: those that are gone are marked, and nothing is deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from squash_jenkins.models import Branch, Build, BuildId, BuildRecord, ListedBranch

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def save(store: Any, *jobs: str) -> None:
    for job in jobs:
        build = Build(BuildId("main", job, 1), NOW, 60.0, "SUCCESS")
        store.save(BuildRecord(build, ()), controller_url="https://ci.example.org/")
    store.write_branches({BuildId("main", job, 1): Branch() for job in jobs if "=" not in job})


def gone(store: Any) -> dict[str, datetime | None]:
    with store.reader() as reader:
        return {job.name: job.gone for job in reader.builds.jobs()}


def revision(store: Any) -> int:
    with store.reader() as reader:
        return int(reader.revisions.newest())


def test_a_branch_that_is_gone_is_marked_until_it_is_back(store: Any) -> None:
    save(store, "r/main", "r/PR-7", "r/tickets%2FDM-1", "r/tickets%2FDM-2")
    listed = {
        "main": ListedBranch(primary=True),
        "tickets%252FDM-1".replace("%25", "%"): ListedBranch(),
    }
    listed["tickets/DM-2"] = ListedBranch(alive=False)
    assert store.write_listed_branches("main", "r", listed, NOW) == 2
    marked = {"r/main": None, "r/PR-7": NOW, "r/tickets%2FDM-1": None, "r/tickets%2FDM-2": NOW}
    assert gone(store) == marked
    before = revision(store)
    assert store.write_listed_branches("main", "r", listed, LATER) == 0
    assert (gone(store), revision(store)) == (marked, before)
    listed["PR-7"] = ListedBranch(url="https://git.example.org/7")
    assert store.write_listed_branches("main", "r", listed, LATER) == 1
    assert gone(store)["r/PR-7"] is None
    with store.reader() as reader:
        branches = {job.name: reader.branches.all()[job.key] for job in reader.builds.jobs()}
        assert [name for name, each in branches.items() if each.primary] == ["r/main"]
        assert branches["r/PR-7"].url == "https://git.example.org/7"
        assert reader.builds.find("main", "r/tickets%2FDM-2", 1) is not None


def test_pages_of_branches_that_are_gone_change(store: Any) -> None:
    save(store, "r/main", "r/PR-7")
    before = revision(store)
    store.write_listed_branches("main", "r", {"main": ListedBranch()}, NOW)
    with store.reader() as reader:
        names = {job.key: job.name for job in reader.builds.jobs()}
        changed = [names[each.job] for each in reader.revisions.changed_since(before)]
    assert changed == ["r/PR-7"]


def test_other_jobs_are_not_marked(store: Any) -> None:
    others = ["R/PR-7", "r", "r/deeper/PR-7", "rx/PR-7", "PR-7", "r%/PR-7", "r_/PR-7"]
    save(store, "r/main", *others)
    build = Build(BuildId("main", "r/plain", 1), NOW, 60.0, "SUCCESS")
    store.save(BuildRecord(build, ()), controller_url="https://ci.example.org/")
    for project in ("r", "r%", "_"):
        store.write_listed_branches("second", project, {"main": ListedBranch()}, NOW)
    assert store.write_listed_branches("main", "r", {"main": ListedBranch()}, NOW) == 0
    assert not any(gone(store).values())
    assert store.write_listed_branches("main", "r%", {"main": ListedBranch()}, NOW) == 1
    assert [name for name, since in gone(store).items() if since] == ["r%/PR-7"]


def test_configurations_of_a_branch_are_gone_with_it(store: Any) -> None:
    save(store, "r/PR-7", "r/PR-7/DATASET=cfht", "r/main", "r/main/DATASET=cfht")
    store.write_listed_branches("main", "r", {"main": ListedBranch()}, NOW)
    assert [name for name, since in gone(store).items() if since] == [
        "r/PR-7",
        "r/PR-7/DATASET=cfht",
    ]
