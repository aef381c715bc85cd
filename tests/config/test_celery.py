"""Everyone who hands over a task talks to the product's own broker."""

import os
import subprocess
import sys

import pytest

from config.runtime.paths import ROOT


@pytest.mark.parametrize("entry", ["config.wsgi", "config.asgi", "django; django.setup()"])
def test_tasks_are_bound_to_the_products_application(entry: str) -> None:
    script = (
        f"import {entry}\n"
        "from mcn.jobs.tasks import run\n"
        "print(run.app.main, run.app.conf.broker_url, run.app.conf.task_default_queue)"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "CELERY_BROKER_URL": "redis://broker.invalid:1/0",
        "PYTHONPATH": str(ROOT),
    }
    if entry.startswith("django"):
        script = "import config\n" + script
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["mcn", "redis://broker.invalid:1/0", "mcn"]
