"""Define every setting, with its default and what is allowed."""

import difflib
import hashlib
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from squash_jenkins.config.addresses import http_url, resolve_sqlite, root_of
from squash_jenkins.config.controllers import Controller, ControllerSettings, reach
from squash_jenkins.config.server import LONGEST, MOST, MOST_BYTES, ServerSettings
from squash_jenkins.config.tokens import PREFIX
from squash_jenkins.errors import SettingsError

SETTINGS_FILE = "squash.toml"
DEFAULT_ARTIFACTS = (
    "**/*.json",
    "**/*.json.gz",
    "**/*.json.xz",
    "**/manifest.txt",
    "**/repos.yaml",
)
LOCAL = "local"
"""Controller of builds that no Jenkins knows."""
SKIPPED_ARTIFACTS = (
    "**/node_modules/**",
    "**/package.json",
    "**/package-lock.json",
    "**/composer.json",
    "**/tsconfig*.json",
    "**/compile_commands.json",
    "**/*.schema.json",
)
"""JSON files of tools, which are no measurements."""


class JobSettings(BaseModel):
    """Hold the keys of one ``[[jobs]]`` table; the first whose `match` fits a job is used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = "*"
    """Glob on the job's full name, such as ``sqre/*``."""
    formerly: tuple[str, ...] = ()
    """Full names that the job had before (`match` is its name now): their builds join it."""
    artifacts: tuple[str, ...] | None = None
    """Globs on artifact paths; a file named here that no format recognises is reported."""
    dataset: str | None = None
    """Dataset of reports that name none."""
    filter: str | None = None
    """Filter of reports that name none."""
    dataset_parameter: str | None = None
    """Build parameter that holds the dataset."""
    filter_parameter: str | None = None
    """Build parameter that holds the filter."""
    job_pattern: str | None = None
    """Regular expression on the job name with groups named dataset, filter."""
    path_pattern: str | None = None
    """Regular expression on the artifact path with named groups: dataset, filter, and any other
    (arch, tract …), which tells series apart as a label."""

    @model_validator(mode="after")
    def _check_formerly(self) -> Self:
        if self.formerly and (set(self.match) & set("*?[") or self.match in self.formerly):
            raise ValueError("formerly needs match to be the full name of one job, another one")
        return self

    @field_validator("job_pattern")
    @classmethod
    def _check_job_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None and _named_groups(pattern) - {"dataset", "filter"}:
            raise ValueError("may have groups named dataset and filter, and no others")
        return pattern

    @field_validator("path_pattern")
    @classmethod
    def _check_path_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            _named_groups(pattern)
        return pattern


class FindingsSettings(BaseModel):
    """Hold the keys of ``[findings]``: what is told of what got worse or better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alarms: float = Field(default=0.001, gt=0, le=0.1)
    """About how many false steps a series of pure noise may give; less also sees less."""
    smallest: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Steps and drifts of less than so many percent of the level before are not told."""
    ignore: tuple[str, ...] = ()
    """Globs on metrics (``package.name``) in which nothing is looked for."""
    recent: int = Field(default=10, ge=3, le=MOST)
    """A finding is news when it began among so many newest builds: told to people, a failure on
    request (``--fail-on regression``)."""


class NotifySettings(BaseModel):
    """Hold the keys of ``[notify]``: who is told about new findings, through Apprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: tuple[SecretStr, ...] = ()
    """Apprise URLs; they hold secrets: give them as SQUASH_NOTIFY__URLS or in urls_file."""
    urls_file: Path | None = None
    """File with one Apprise URL a line; # begins a comment."""
    improvements: bool = False
    """Tell what got better, too."""


class PlotsSettings(BaseModel):
    """Hold the keys of ``[plots]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: int = Field(default=20_000, ge=0, le=MOST)
    """A plot with more points is drawn as tiles, for which Datashader is needed."""


class Settings(BaseSettings):
    """Hold every setting; relative paths are taken from the settings file's folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    folder: Path = Field(default_factory=Path.cwd, exclude=True)
    """Folder of the settings file; not a key to be set."""
    controllers: dict[str, ControllerSettings] = Field(default_factory=dict)
    """The Jenkins servers by short name; the first is the one meant where none is named."""
    database: str = "sqlite:///squash.sqlite"
    """SQLAlchemy URL of the database."""
    output: Path = Path("site")
    """Folder that the pages are written to."""
    public_url: str | None = None
    """URL at which people reach the output folder; links on build pages begin with it."""
    index_links: bool = False
    """Write index.html out in links, for servers that show a list of files for a folder."""
    blobs: str = "blobs"
    """Folder or fsspec URL for the tables that come with reports."""
    spool: Path = Path("spool")
    """Folder that keeps builds while the database cannot be reached."""
    dashboards: Path | None = None
    """Folder with tabs/ and plots/ of your own."""
    description: Literal["plain", "html", "off"] = "plain"
    """How the link is written into a build's description; html needs Safe HTML in Jenkins."""
    link_older: bool = False
    """Write the link into older builds, too: those that post-build finds missed or without it, and
    those that ended more than a day before `watch` ingests them. A link that is there is updated
    in any case."""
    wait: float = Field(default=600.0, ge=0, le=LONGEST)
    """Seconds to wait for a build to finish, or for a Jenkins that restarts."""
    catch_up: int = Field(default=20, ge=0, le=MOST)
    """Newest builds of the same job among which each post-build looks for missed ones; 0: none."""
    watch_jobs: tuple[str, ...] = ("*",)
    """Globs on the full names of the jobs that `watch` follows."""
    watch_every: float = Field(default=30.0, ge=1, le=LONGEST)
    """Seconds between two rounds of `watch`."""
    watch_newest: int = Field(default=50, ge=1, le=MOST)
    """Newest builds of each job that a round of `watch` asks for."""
    max_artifact_bytes: int = Field(default=100 * 2**20, gt=0, le=MOST_BYTES)
    """Larger artifacts are set aside unread."""
    max_unnamed_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Larger artifacts are passed over where no `artifacts` of ``[[jobs]]`` names the files."""
    skip_artifacts: tuple[str, ...] = SKIPPED_ARTIFACTS
    """Globs on paths that are passed over where no `artifacts` of ``[[jobs]]`` names the files."""
    max_unpacked_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Artifacts that are larger once unpacked are set aside, and JSON whose values take more than
    eight times as much memory (or 512 MiB)."""
    findings: FindingsSettings = FindingsSettings()
    """What is looked for in the series."""
    notify: NotifySettings = NotifySettings()
    """Who is told about new findings."""
    plots: PlotsSettings = PlotsSettings()
    """What plots may hold."""
    server: ServerSettings = ServerSettings()
    """How the live server answers."""
    jobs: tuple[JobSettings, ...] = ()
    """What is special about some jobs."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in and nothing else: `load` has merged the sources."""
        return (init_settings,)

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        return None if url is None else http_url(url)

    def resolved(self) -> Self:
        """Return a copy whose relative paths start at the settings file's folder."""
        base = self.folder.resolve()
        paths = {"output": base / self.output, "spool": base / self.spool}
        if self.dashboards is not None:
            paths["dashboards"] = base / self.dashboards
        database = resolve_sqlite(self.database, base)
        blobs = self.blobs if "://" in self.blobs else str(base / self.blobs)
        return self.model_copy(update={**paths, "database": database, "blobs": blobs})

    @property
    def ledger(self) -> Path:
        """Return the file that remembers what the pages in the output folder were made from."""
        name = hashlib.sha256(str(self.output).encode()).hexdigest()[:12]
        return self.spool.parent / f"pages-{name}.sqlite"

    @property
    def controller_names(self) -> list[str]:
        """Return the short names of the controllers, the first one first, at least one."""
        return list(self.controllers) or [LOCAL]

    def controller(self, name: str | None = None) -> Controller:
        """Return the controller called `name`, or the first; raise SettingsError for none."""
        if not self.controllers:
            raise SettingsError(
                "No Jenkins server is configured: add [controllers.jenkins] with a url to "
                f"{SETTINGS_FILE} (`squash-jenkins init` writes one)."
            )
        name = name or next(iter(self.controllers))
        if name not in self.controllers:
            raise SettingsError(
                f"No controller is called {name!r}{nearest(name, self.controllers)}."
            )
        return reach(name, self.controllers[name], self.folder)

    def controller_of(self, url: str) -> str | None:
        """Return the name of the controller below whose root a URL lies; None for no such one.

        Both roots count: where this machine reads it, and where people reach it.
        """
        each = self.controllers.items()
        public = {name: one.public_url for name, one in each if one.public_url}
        return root_of(url, public) or root_of(url, {name: one.url for name, one in each})

    @property
    def renamed(self) -> dict[str, str]:
        """Return the names of jobs by the names that they had before."""
        return {old: job.match for job in self.jobs for old in job.formerly}

    def job(self, name: str) -> JobSettings:
        """Return the first ``[[jobs]]`` table that fits the job's full name, else the defaults."""
        return next((job for job in self.jobs if fnmatchcase(name, job.match)), JobSettings())


def _named_groups(pattern: str) -> set[str]:
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if not groups:
        raise ValueError("needs groups named dataset or filter, such as (?P<dataset>[a-z]+)")
    return groups


def nearest(name: str, known: Any) -> str:
    """Return a hint for an unknown name: the nearest known one, else all of them."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
