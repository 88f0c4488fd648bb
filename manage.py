#!/usr/bin/env python3
"""Django's command line, for Flashweb."""

from __future__ import annotations

import os
import sys

from flashweb.parent_watch import end_with_parent


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    end_with_parent()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
