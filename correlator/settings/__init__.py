"""One frozen tree of settings: flags over environment over file over the defaults written here. Read only by wiring and cli.

Environment: `CORRELATOR_` and the path joined by two underscores, as in `CORRELATOR_STORE__SEAL_AGE=30s`. Durations and sizes
carry their unit: `30s`, `5m`, `12h`, `7d`; `64MiB`, `2GB`. An unknown key, a bad unit or an impossible value is a SettingsError
that names key, value and remedy.
"""

from correlator.settings.load import load_settings
from correlator.settings.tree import Settings

__all__ = ["Settings", "load_settings"]
