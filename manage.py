#!/usr/bin/env python3
"""Django's command line, for Flashweb."""

from __future__ import annotations

import os
import sys

from flashweb.parent_watch import end_with_parent


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    end_with_parent()
    from django.core.management import ManagementUtility

    # Django answers `version` itself, with its own; `print_version` is ours.
    arguments = ["print_version" if argument == "version" else argument for argument in sys.argv[1:2]]
    ManagementUtility([sys.argv[0], *arguments, *sys.argv[2:]]).execute()


if __name__ == "__main__":
    main()
