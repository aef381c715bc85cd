"""Which Chromium drives the browser tests.

    python -m tests.chromium install    # find one or install one; never fails, pytest says what it could not run

In this order: MCN_CHROMIUM, a Chromium or Chrome of the system, playwright's own. None found: Debian's package
where we are root, else playwright's download. Also a pytest plugin: without a Chromium it takes the browser tests
out of the run, and says so at its end.
"""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_FOLDERS = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
PLAYWRIGHT_FILES = (
    "chromium-*/chrome-linux*/chrome",
    "chromium_headless_shell-*/chrome-linux*/headless_shell",
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str | None:
    """Path of a Chromium, or None."""
    given = os.environ.get("MCN_CHROMIUM")
    if given:
        return given if shutil.which(given) else None
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    folders = [os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "", *PLAYWRIGHT_FOLDERS]
    for folder in filter(None, folders):
        for pattern in PLAYWRIGHT_FILES:
            found = sorted(glob.glob(str(Path(folder).expanduser() / pattern)))
            if found:
                return found[-1]
    return None


def install() -> None:
    """Install a Chromium in the ways open to this user; leaves it to the caller to look again."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
        for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "-y", "install", "chromium"]):
            subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


_left_out: list[pytest.Item] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out if nothing can drive them."""
    wanted = [item for item in items if item.get_closest_marker("browser")]
    if wanted and find() is None:
        _left_out.extend(wanted)
        items[:] = [item for item in items if item not in wanted]
        config.hook.pytest_deselected(items=wanted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what did not run, where nobody can overlook it."""
    if _left_out:
        files = ", ".join(sorted({str(item.path.relative_to(item.config.rootpath)) for item in _left_out}))
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(_left_out)} browser tests did NOT run, because there is no Chromium: {files}")
        terminalreporter.line("Install chromium, or set MCN_CHROMIUM to its path, and run them again.")


def main() -> None:
    """Find or install, and say what was found."""
    if find() is None and "install" in sys.argv[1:] and not os.environ.get("MCN_CHROMIUM"):
        print("No Chromium found: installing one for the browser tests", flush=True)
        install()
    print(f"Browser tests use {find() or 'nothing: no Chromium could be had'}", flush=True)


if __name__ == "__main__":
    main()
