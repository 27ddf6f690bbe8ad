"""Run scenarios undisturbed and disturbed, and tell in what the ends differ."""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash_harness import history
from crash_harness.comparing import State, differences, faults_in, state_of
from crash_harness.killing import Forker, Ran, wait_for_orphans
from squash_jenkins.jenkins.link import MARK, other_text
from squash_jenkins.simulate.server import SimulatedJenkins
from squash_jenkins.simulate.world import World

SEED = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
os.environ["CRASH_SEED"] = str(SEED)  # for the processes of xdist
KILLS = int(os.environ.get("CRASH_KILLS") or 60)
"""Kills of one run of the tests, all scenarios together; `make crash` asks for thousands."""
KILLED: Counter[str] = Counter()
"""Kills so far by command and stage."""


@dataclass(frozen=True)
class Step:
    """Hold one call of the command line; `before` changes the world first.

    Nobody repeats a call that is not `repeated`: a later one of another build has to heal it.
    """

    arguments: tuple[str, ...]
    before: Callable[[World], None] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (0,)
    repeated: bool = True


@dataclass(frozen=True)
class Scenario:
    """Hold what was done before, and the calls that are disturbed.

    `linked` are the builds, such as ``nightly #5``, that are linked at the end for sure.
    """

    name: str
    steps: tuple[Step, ...]
    earlier: tuple[Step, ...] = ()
    linked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undisturbed:
    """Hold the state after the earlier steps, what the steps did, and the state at the end."""

    template: Path
    runs: Sequence[Ran]
    end: State


class Bench:
    """Hold a simulated Jenkins, the forker, and a folder for each trial."""

    def __init__(self, root: Path, world: World, jenkins: SimulatedJenkins, forker: Forker) -> None:
        self.root = root
        self.world = world
        self.jenkins = jenkins
        self.forker = forker
        self._descriptions = history.descriptions(world)
        self._undisturbed: dict[str, Undisturbed] = {}
        self._folders = 0

    def folder(self, template: Path | None = None) -> Path:
        """Return a new folder with settings, or a copy of `template`."""
        self._folders += 1
        folder = self.root / str(self._folders)
        if template is not None:
            shutil.copytree(template, folder)
            return folder
        folder.mkdir()
        self.write_settings(folder)
        return folder

    def write_settings(self, folder: Path, text: str = "") -> None:
        """Write squash.toml; `text` holds top-level keys."""
        (folder / "squash.toml").write_text(
            'public_url = "https://qa.example.org/dash"\nlink_older = true\nwait = 20\n'
            f"{text}\n[controllers.lab]\n"
            f'url = "{self.jenkins.url}"\nuser = "dev"\ntimeout = 5\n',
            encoding="utf-8",
        )

    def reset(self) -> None:
        """Bring the world back to its beginning."""
        history.start_running(self.world)
        history.restore_descriptions(self.world, self._descriptions)

    def run(self, folder: Path, step: Step, **options: Any) -> Ran:
        """Run one call, or other `arguments` in its place, in a folder."""
        arguments = options.pop("arguments", step.arguments)
        return self.forker.run(folder, arguments, variables=dict(step.variables), **options)

    def clean_run(self, folder: Path, step: Step, told: str = "") -> Ran:
        """Run one call that has to end well."""
        ran = self.run(folder, step)
        assert ran.status in step.statuses, f"{told}\n{ran}\n{ran.output}"
        assert "Traceback" not in ran.output, f"{told}\n{ran}\n{ran.output}"
        return ran

    def state(self, folder: Path) -> State:
        """Return what there is in a folder and in Jenkins."""
        return state_of(folder, history.descriptions(self.world))

    def undisturbed(self, scenario: Scenario) -> Undisturbed:
        """Return what comes of a scenario that nobody disturbs; done once."""
        if repr(scenario) not in self._undisturbed:
            self._warm_up(scenario)
            self.reset()
            template = self.folder()
            for step in scenario.earlier:
                self._prepare(step)
                self.clean_run(template, step)
            folder = self.folder(template)
            runs = [self._undisturbed_run(folder, step) for step in scenario.steps]
            end = self.state(folder)
            assert list(faults_in(folder)) == []
            self._undisturbed[repr(scenario)] = Undisturbed(template, runs, end)
        return self._undisturbed[repr(scenario)]

    def _warm_up(self, scenario: Scenario) -> None:
        """Run each command once, so that the measured runs do not import any more."""
        for step in scenario.steps:
            if step.arguments[0] not in self.forker.warm:
                self._prepare(step)
                self.clean_run(self.folder(), step)
                self.forker.warm.add(step.arguments[0])

    def _undisturbed_run(self, folder: Path, step: Step) -> Ran:
        self._prepare(step)
        return self.clean_run(folder, step)

    def _prepare(self, step: Step) -> None:
        if step.before:
            step.before(self.world)

    def trial(self, scenario: Scenario, chains: Sequence[Sequence[Mapping[str, Any]]]) -> list[Ran]:
        """Run a scenario, disturbing each step by a chain of runs before its clean one.

        Returns
        -------
        list
            The runs that were killed.

        """
        plan = self.undisturbed(scenario)
        folder = self.folder(plan.template)
        self.reset()
        runs: list[Ran] = []
        for step, chain in zip(scenario.steps, chains, strict=True):
            self._prepare(step)
            runs += [self.run(folder, step, **disturbance) for disturbance in chain]
            if step.repeated or not chain:
                self.clean_run(folder, step, self._told(scenario, runs))
        killed = [ran for ran in runs if ran.killed]
        problems = [*wait_for_orphans(killed), *self.problems(folder, plan.end, scenario.linked)]
        assert not problems, "\n".join([self._told(scenario, runs), *problems])
        KILLED.update(f"{ran.arguments[0]}: {ran.stage}" for ran in killed)
        shutil.rmtree(folder)
        return killed

    def problems(self, folder: Path, end: State, linked: Collection[str] = ()) -> Iterator[str]:
        """Yield in words what is wrong in a folder, and in what it differs from `end`.

        The builds in `linked` have to be linked as in `end`; others may lack the link, or have
        that of an earlier state, but what people wrote there stays.
        """
        yield from faults_in(folder)
        found = self.state(folder)
        for build, text in found.descriptions.items():
            if (text or "").count(MARK) > 1:
                yield f"{build} is linked more than once: {text!r}"
            kept = other_text(text) == other_text(self._descriptions.get(build))
            if build not in linked and kept:
                found.descriptions[build] = end.descriptions.get(build)
        yield from differences(end, found)

    def _told(self, scenario: Scenario, runs: Sequence[Ran]) -> str:
        """Return what a person needs to see the same again."""
        lines = [f"scenario {scenario.name}, CRASH_SEED={SEED}; disturbed runs:"]
        return "\n".join([*lines, *(f"  {ran}" for ran in runs)])


def random_kills(bench: Bench, scenario: Scenario, count: int) -> list[Ran]:
    """Kill a scenario at random instants until `count` runs were killed; two to six in a row."""
    chance = random.Random(f"{SEED} {scenario.name}")
    plan = bench.undisturbed(scenario)
    killed: list[Ran] = []
    while len(killed) < count:
        chains = [
            [{"kill_after": chance.uniform(0.0, ran.seconds)} for _ in range(chance.randint(2, 6))]
            for ran in plan.runs
        ]
        killed += bench.trial(scenario, chains)
    return killed


def kills_at_events(bench: Bench, scenario: Scenario, count: int) -> list[Ran]:
    """Kill a scenario before `count` / 2 of its events, spread evenly, and each time once more.

    With twice as many as there are events it is killed before each of them; it is killed once
    in any case.
    """
    plan = bench.undisturbed(scenario)
    chance = random.Random(f"{SEED} {scenario.name}")
    places = [(at, n) for at, ran in enumerate(plan.runs) for n in range(1, ran.events + 1)]
    pace = max(1.0, 2 * len(places) / count)
    begin = chance.uniform(0, pace)
    evenly = [places[int(begin + pace * k)] for k in range(int((len(places) - begin) / pace))]
    chosen = evenly or [chance.choice(places)]
    killed: list[Ran] = []
    for place, event in chosen:
        chains: list[list[dict[str, int]]] = [[] for _ in plan.runs]
        again = chance.randint(1, plan.runs[place].events)
        chains[place] = [{"kill_at": event}, {"kill_at": again}]
        killed += bench.trial(scenario, chains)
    return killed
