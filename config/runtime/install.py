"""`make setup`: the virtual environment with everything pinned, and the compiled translations.

Runs with nothing but the standard library. uv does the installing (seconds instead of a minute); where it
cannot be had, or cannot reach the package index, pip does.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
PYTHON = str(ENVIRONMENT / "bin" / "python")
STAMP = ENVIRONMENT / ".installed"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
UV = "uv==0.13.9"
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def main() -> None:
    """Install if the requirements changed, compile if the catalogue did."""
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in REQUIREMENTS)).hexdigest()
    if not Path(PYTHON).exists() or not STAMP.exists() or STAMP.read_text() != wanted:
        make_environment()
        install()
        STAMP.write_text(wanted)
    compiled = CATALOGUE.with_suffix(".mo")
    if CATALOGUE.exists() and (not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime):
        subprocess.run([PYTHON, "-m", "config.translations", "compile"], cwd=ROOT, check=True)


def make_environment() -> None:
    """`.venv`, made anew unless it works and is of a Python that is new enough."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file runs under any Python, to say so
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=/path/to/python3.")
    if Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    print("Making the virtual environment .venv", flush=True)
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(
            f"The virtual environment cannot be made ({error}). On Debian and Ubuntu: apt-get install python3-venv; "
            "if the disk is full, make room."
        )


def install() -> None:
    """The pinned packages, by uv or else by pip."""
    print("Installing the packages of requirements-dev.txt", flush=True)
    arguments = ["-r", "requirements-dev.txt"]
    pip = [PYTHON, "-m", "pip"]
    with_pip = subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0
    if with_pip and subprocess.run([*pip, "install", "-q", UV], cwd=ROOT, check=False).returncode == 0:
        uv = [PYTHON, "-m", "uv", "pip", "install", "-q", "--python", PYTHON, *arguments]
        if subprocess.run(uv, cwd=ROOT, env=uv_environment(pip), check=False).returncode == 0:
            return
        print("uv did not manage; trying pip", flush=True)
    if not with_pip or subprocess.run([*pip, "install", "-q", *arguments], cwd=ROOT, check=False).returncode:
        sys.exit("The packages could not be installed: is the package index reachable, is there room on the disk?")


def uv_environment(pip: list[str]) -> dict[str, str]:
    """uv reads neither pip's settings nor the system's certificates by itself."""
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    known = subprocess.run([*pip, "config", "get", "global.index-url"], capture_output=True, text=True, check=False)
    index = os.environ.get("PIP_INDEX_URL") or known.stdout.strip()
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment


if __name__ == "__main__":
    main()
