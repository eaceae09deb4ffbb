"""`python -m services` is `atalaya`."""

from __future__ import annotations

import sys

from services.cli import app
from services.settings import SettingsError


def main() -> None:
    """Runs the command line; bad settings are told line by line, with exit status 2."""
    try:
        app()
    except SettingsError as error:
        sys.stderr.write(str(error) + "\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
