"""Define the settings and read them."""

from squash_jenkins.config.controllers import Controller, ControllerSettings
from squash_jenkins.config.findings import FindingsSettings
from squash_jenkins.config.loading import load
from squash_jenkins.config.server import ServerSettings
from squash_jenkins.config.settings import (
    DEFAULT_ARTIFACTS,
    LOCAL,
    SETTINGS_FILE,
    JobSettings,
    NotifySettings,
    PlotsSettings,
    Settings,
)
from squash_jenkins.config.tokens import token_variable

__all__ = [
    "DEFAULT_ARTIFACTS",
    "LOCAL",
    "SETTINGS_FILE",
    "Controller",
    "ControllerSettings",
    "FindingsSettings",
    "JobSettings",
    "NotifySettings",
    "PlotsSettings",
    "ServerSettings",
    "Settings",
    "load",
    "token_variable",
]
