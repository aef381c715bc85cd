"""Which Chromium drives the browser tests.

    python -m tests.chromium install    # find one or install one; never fails, pytest says what it could not run

In this order: MCN_CHROMIUM, a Chromium or Chrome of the system, playwright's own. None found: Debian's package
where we are root, else playwright's download.
"""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

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


def main() -> None:
    """Find or install, and say what was found."""
    if find() is None and "install" in sys.argv[1:] and not os.environ.get("MCN_CHROMIUM"):
        print("No Chromium found: installing one for the browser tests", flush=True)
        install()
    print(f"Browser tests use {find() or 'nothing: no Chromium could be had'}", flush=True)


if __name__ == "__main__":
    main()
