"""Fill a simulated Jenkins with the demo's jobs, and let new builds come and finish."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from squash_jenkins.simulate.documents.sample import generator
from squash_jenkins.simulate.history import demo_plan
from squash_jenkins.simulate.history.history import (
    History,
    PlannedBuild,
    Planted,
    make_history,
)
from squash_jenkins.simulate.history.roles import Role, roles
from squash_jenkins.simulate.history.stack import make_stack
from squash_jenkins.simulate.state import SimBuild, SimChange
from squash_jenkins.simulate.world import World

WORST_FIRST = ("ABORTED", "FAILURE", "UNSTABLE", "SUCCESS")
"""The order in which a matrix build takes the result of its worst configuration."""
SERVICE_USER = "squash"
SERVICE_PERMISSIONS = ("Overall/Read", "Job/Read", "Run/Update")
PRIMARY = {"_class": "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"}
OF_BRANCH = {"_class": "jenkins.scm.api.SCMRevisionAction"}
TIMER = {
    "_class": "hudson.triggers.TimerTrigger$TimerTriggerCause",
    "shortDescription": "Started by timer",
}
PULL_EVENT = {
    "_class": "jenkins.branch.BranchEventCause",
    "shortDescription": "Pull request updated",
}
QA_USER = {
    "_class": "hudson.model.Cause$UserIdCause",
    "shortDescription": "Started by user qa",
    "userId": "qa",
    "userName": "qa",
}


class DemoWorld(World):
    """A world that knows how its builds were planned.

    Attributes
    ----------
    histories
        The plan of every job that leaves documents, by full name.
    stars
        Stars in each matched catalogue.
    """

    def __init__(self, *, root_url: str | None = None, stars: int = 300) -> None:
        super().__init__(root_url=root_url)
        self.histories: dict[str, History] = {}
        self.roles: dict[str, Role] = {}
        self.stars = stars

    @property
    def planted(self) -> list[Planted]:
        """Return every change of values that was planted, in all jobs."""
        return [each for history in self.histories.values() for each in history.planted]


def demo_world(
    seed: int = 1,
    builds: int = 200,
    *,
    now: datetime,
    root_url: str | None = None,
    stars: int = 300,
) -> DemoWorld:
    """Make a Jenkins with jobs of all kinds, a pull request, and months of builds.

    Its user `SERVICE_USER` may read everything and describe builds; ``world.users`` has the token.

    Parameters
    ----------
    seed
        The same seed (and `builds`, `now`) gives the same world and byte-identical artifacts.
    builds
        Builds of each job; the matrix has a third of them.
    now
        UTC-aware end of the history: the last builds ended shortly before.
    stars
        Stars in each matched catalogue; 4900 is as many as real ones have.
    """
    world = DemoWorld(root_url=root_url, stars=stars)
    spans = builds * demo_plan.SQRE.every, builds * demo_plan.LOAD_TEST.every
    pipelines = make_stack(seed, demo_plan.PIPELINES, demo_plan.PIPELINE_EVENTS, spans[0])
    shop = make_stack(seed, demo_plan.SHOP, demo_plan.SHOP_EVENTS, spans[1])
    site = make_stack(seed, demo_plan.STOREFRONT, demo_plan.STOREFRONT_EVENTS, spans[1])
    events = (*demo_plan.STOREFRONT_EVENTS, demo_plan.PULL_EVENT)
    proposed = make_stack(seed, demo_plan.STOREFRONT, events, spans[1])
    own = {
        demo_plan.LOAD_TEST.name: (shop, spans[1]),
        demo_plan.BENCHMARK.name: (site, spans[1]),
        demo_plan.STOREFRONT_MAIN.name: (site, spans[1]),
        demo_plan.STOREFRONT_PULL.name: (proposed, spans[1]),
    }
    world.add_job(demo_plan.PROJECT, "multibranch")
    for role in roles():
        stack, span = own.get(role.plan.name, (pipelines, spans[0]))
        count = role.count(builds)
        _add_job(world, role, make_history(seed, role.plan, stack, count, now, span))
    _add_matrix_builds(world)
    token = generator(seed, "token").bytes(17).hex()
    world.add_user(SERVICE_USER, token=token, permissions=SERVICE_PERMISSIONS)
    return world


def next_build(world: DemoWorld, job: str, now: datetime) -> SimBuild:
    """Start the next build of `job` (of a matrix: with its configurations) and return it.

    It shows as running, without result and artifacts. It has run since its usual duration before
    `now`, so that durations stay true to life though the demo lets it end within seconds.

    Parameters
    ----------
    now
        UTC-aware time.
    """
    with world.lock:
        number = world.jobs[job].next_number
        members = _members(world, job)
        for name in members:
            history = world.histories[name]
            started = now - timedelta(seconds=history.plan.duration)
            planned = history.extend(number, started)
            world.add_build(name, _running(_sim_build(world, history, planned)))
        if job in members:
            return world.jobs[job].builds[number]
        return world.add_build(job, _running(_matrix_build(world, job, number)))


def show_artifacts(world: DemoWorld, job: str, number: int) -> None:
    """Let a running build archive its files: a provisional result shows, it still runs."""
    with world.lock:
        for name in _members(world, job):
            result = _planned(world, name, number).result
            files = world.jobs[name].builds[number].artifacts
            world.post_build_step(name, number, result, len(files))
        world.jobs[job].builds[number].result = _result(world, job, number)


def end_build(world: DemoWorld, job: str, number: int, now: datetime) -> SimBuild:
    """End a running build at `now` (UTC) with its planned result; return it."""
    with world.lock:
        for name in dict.fromkeys([*_members(world, job), job]):
            build = world.jobs[name].builds[number]
            build.duration = max(0.001, (now - build.started).total_seconds())
            world.finish_build(name, number, _result(world, name, number))
        return world.jobs[job].builds[number]


def _add_job(world: DemoWorld, role: Role, history: History) -> None:
    name = role.plan.name
    actions = [PRIMARY] if role.branch and role.branch.primary else []
    world.add_job(name, role.kind, parameters=dict(role.parameters), actions=actions)
    world.roles[name], world.histories[name] = role, history
    for planned in history.builds:
        world.add_build(name, _sim_build(world, history, planned))


def _sim_build(world: DemoWorld, history: History, planned: PlannedBuild) -> SimBuild:
    role, plan = world.roles[history.plan.name], history.plan
    rng = generator(history.seed, plan.name, planned.number, "start")
    pipeline = role.kind == "pipeline"
    return SimBuild(
        number=planned.number,
        started=planned.started,
        duration=planned.duration,
        result=planned.result,
        artifacts=role.output(history, planned, world.stars) if planned.has_values else {},
        parameters=dict(role.parameters),
        causes=[_cause(role, planned.number, float(rng.random()))],
        changes=_changes(history, planned),
        node="" if pipeline else history.node(planned),
        actions=[OF_BRANCH] if role.branch else [],
        console=f"{plan.name} #{planned.number}\nFinished: {planned.result}\n",
    )


def _ticket(revision: str) -> str:
    """Return the ticket that a commit is for."""
    return f"DM-{1000 + int(revision[:4], 16) % 9000}"


def _changes(history: History, planned: PlannedBuild) -> list[SimChange]:
    """Return the commits since the build before as a change set, all from before the build."""
    commits = history.changes(planned)
    changes = []
    for i, each in enumerate(commits):
        latest = planned.started - timedelta(minutes=2 * (len(commits) - i))
        moment = min(history.origin + timedelta(days=each.day), latest)
        message = f"{each.package}: {each.subject} ({_ticket(each.revision)})"
        path = f"{each.package}/python/{each.package}.py"
        milliseconds = int(moment.timestamp() * 1000)
        changes.append(SimChange(each.revision, each.author, message, milliseconds, (path,)))
    return changes


def _cause(role: Role, number: int, chance: float) -> dict[str, Any]:
    """Return why a build was started: mostly by the timer, sometimes by a job or a user."""
    if role.branch is not None and role.branch.change:
        return dict(PULL_EVENT)
    if role.kind == "configuration":
        return _upstream(demo_plan.MATRIX, number)
    if chance < 0.08:
        return dict(QA_USER)
    if chance < 0.2 and role.kind == "pipeline":
        return _upstream("release/nightly", 400 + number)
    return dict(TIMER)


def _upstream(job: str, number: int) -> dict[str, Any]:
    return {
        "_class": "hudson.model.Cause$UpstreamCause",
        "shortDescription": f'Started by upstream project "{job}" build number {number}',
        "upstreamBuild": number,
        "upstreamProject": job,
        "upstreamUrl": f"job/{job.replace('/', '/job/')}/",
    }


def _running(build: SimBuild) -> SimBuild:
    build.result, build.building, build.duration = None, True, 0.0
    build.artifacts_visible, build.finalized = 0, False
    return build


def _add_matrix_builds(world: DemoWorld) -> None:
    numbers = sorted(world.jobs[demo_plan.CONFIGURATIONS[0].name].builds)
    for number in numbers:
        world.add_build(demo_plan.MATRIX, _matrix_build(world, demo_plan.MATRIX, number))


def _matrix_build(world: DemoWorld, job: str, number: int) -> SimBuild:
    """Return a matrix build: its files hang on its runs, its result is that of the worst run."""
    members = _members(world, job)
    runs = [world.jobs[name].builds[number] for name in members]
    first = runs[0]
    return SimBuild(
        number=number,
        started=first.started,
        duration=max(run.duration for run in runs) + 4.0,
        result=_result(world, job, number),
        causes=[dict(TIMER)],
        changes=list(first.changes),
        node=first.node,
        runs=[(name, number) for name in members],
    )


def _members(world: DemoWorld, job: str) -> Sequence[str]:
    """Return the jobs that leave a build's files: the job itself, or a matrix' configurations."""
    if job in world.histories:
        return [job]
    return [name for name, history in world.histories.items() if history.plan.clock == job]


def _planned(world: DemoWorld, name: str, number: int) -> PlannedBuild:
    history = world.histories[name]
    return next(each for each in reversed(history.builds) if each.number == number)


def _result(world: DemoWorld, job: str, number: int) -> str:
    results = [_planned(world, name, number).result for name in _members(world, job)]
    return min(results, key=WORST_FIRST.index)
