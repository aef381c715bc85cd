"""`python -m config.runtime.ready`: bring tables, demo and static files up to date before the web starts.

Prints the demo's sign-ins, if the demo is loaded, and nothing else on standard output.
"""

import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import transaction

DEMO = "load_demo"


def main() -> None:
    """Migrate, collect static files if they changed, load the demo into a database without agencies.

    Where the demo was begun, it is brought to its end, or only tells its sign-ins again.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()
    if DEMO in get_commands() and (not has_agency() or has_demo()):
        call_command(DEMO)


def has_agency() -> bool:
    """Whether anybody uses this database already."""
    from mcn.tenancy.models import Agency
    from mcn.tenancy.scope import operator_scope

    with operator_scope(), transaction.atomic():
        return Agency.objects.exists()


def has_demo() -> bool:
    """Whether the demo was loaded into this database, be it in part."""
    from mcn.settlements import demo

    return demo.begun()


def collect_static() -> None:
    """Run `collectstatic` unless no static file changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders

    found = sorted(
        f"{path} {os.stat(storage.path(path)).st_size} {os.stat(storage.path(path)).st_mtime_ns}"
        for finder in get_finders()
        for path, storage in finder.list([])
    )
    state = hashlib.sha256("\n".join(found).encode()).hexdigest()
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


if __name__ == "__main__":
    main()
