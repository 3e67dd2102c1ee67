"""The settings: what can be set, how it is read and validated, and the first files that `rpa init` writes.

Never here: anything that acts on a setting.
"""

from orchestrator.settings.channels import ApiSettings, MailboxSettings
from orchestrator.settings.loading import load_settings
from orchestrator.settings.notify import NotifySettings
from orchestrator.settings.sections import (
    DEFAULT_FILE,
    GUIDE,
    PREFIX,
    BrowserSettings,
    FormSettings,
    OperationsSettings,
    RobotSettings,
    Settings,
    TargetSettings,
    definitions_dir,
)
from orchestrator.settings.values import Section

__all__ = [
    "DEFAULT_FILE",
    "GUIDE",
    "PREFIX",
    "ApiSettings",
    "BrowserSettings",
    "FormSettings",
    "MailboxSettings",
    "NotifySettings",
    "OperationsSettings",
    "RobotSettings",
    "Section",
    "Settings",
    "TargetSettings",
    "definitions_dir",
    "load_settings",
]
