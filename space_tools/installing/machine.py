"""What of a machine decides where its programs keep their configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Machine:
    """`platform` is `sys.platform`, `folder` the working directory; paths are that system's."""

    platform: str
    environ: Mapping[str, str]
    home: PurePath
    folder: PurePath

    def settings(self) -> PurePath:
        """Where desktop programs keep their folders."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.named("APPDATA", self.home / "AppData" / "Roaming")
        return self.named("XDG_CONFIG_HOME", self.home / ".config")

    def named(self, variable: str, default: PurePath) -> PurePath:
        """The folder that a variable names, if it is a whole path."""
        path = type(self.home)(self.environ.get(variable, ""))
        return path if path.is_absolute() else default
