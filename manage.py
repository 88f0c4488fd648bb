#!/usr/bin/env python3
"""Django's command line, for Flashweb."""

from __future__ import annotations

import logging.config
import os
import sys
from importlib import import_module

from flashweb.memory import look_less_for_garbage
from flashweb.parent_watch import end_with_parent

# They need neither models nor pages. To load these takes longer, and more memory, than their own work.
WITHOUT_APPLICATIONS = {"flashserver", "read", "transcribe"}


def main() -> None:
    look_less_for_garbage()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    end_with_parent()
    if sys.argv[1:2] and sys.argv[1] in WITHOUT_APPLICATIONS:
        run_without_applications(sys.argv[1])
        return
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility

    # Django answers `version` itself, with its own; `print_version` is ours.
    arguments = ["print_version" if argument == "version" else argument for argument in sys.argv[1:2]]
    try:
        ManagementUtility([sys.argv[0], *arguments, *sys.argv[2:]]).execute()
    except Exception as error:
        if arguments != ["doctor"] or apps.ready:
            raise
        # What is wrong keeps even the commands from loading: a setting, or a queue that does not respond.
        said = (str(error).splitlines() or [type(error).__name__])[0]
        is_setting = isinstance(error, ImproperlyConfigured)
        print(f"settings: {said}" if is_setting else f"queue: It is not responding: {said}. See QUEUE_URL.")
        sys.exit(1)


def run_without_applications(name: str) -> None:
    """What `django.setup` does, but for INSTALLED_APPS: logging and translated messages work as ever."""
    from django.apps import apps
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        logging.config.dictConfig(settings.LOGGING)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    apps.populate(())
    import_module(f"transcripts.management.commands.{name}").Command().run_from_argv(sys.argv)


if __name__ == "__main__":
    main()
