#!/usr/bin/env python
"""The commands of Deal Finder; `python manage.py up` starts all of it."""

import os
import sys


def main() -> int:
    """Run the command with the servers that it needs; returns the exit code."""
    # An older Python reads this file too, so it says so in words that such a one knows.
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.stderr.write("Deal Finder needs Python 3.11 or newer, and this is %d.%d.\n" % sys.version_info[:2])  # noqa: UP031
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")
    from django.core.management import execute_from_command_line

    from dealfinder.embedded.attach import attached
    from dealfinder.embedded.errors import EmbeddedError

    try:
        with attached(sys.argv):
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
