"""`make setup`: the virtual environment with everything pinned, and the compiled translations.

Runs with nothing but the standard library. uv does the installing (seconds instead of a minute); where it
cannot be had, or cannot reach the package index, pip does.
"""

import hashlib
import importlib.util
import os
import shutil
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
    """`.venv`, made anew unless it works and has pip."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file runs under any Python, to say so
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=/path/to/python3.")
    if Path(PYTHON).exists() and works([PYTHON, "-m", "pip", "--version"]):
        return
    print("Making the virtual environment .venv", flush=True)
    if importlib.util.find_spec("ensurepip") is None:
        install_ensurepip()
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"The virtual environment {ENVIRONMENT} cannot be made: {error}.")


def install_ensurepip() -> None:
    """Debian keeps a part of Python's standard library in a package of its own."""
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        works(["apt-get", "-qq", "update"])
        if works(["apt-get", "-qq", "-y", "install", package]):
            return
    sys.exit(f"This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install {package}.")


def install() -> None:
    """The pinned packages, by uv or else by pip."""
    print("Installing the packages of requirements-dev.txt", flush=True)
    pip = [PYTHON, "-m", "pip"]
    arguments = ["install", "-q", "-r", "requirements-dev.txt"]
    if subprocess.run([*pip, "install", "-q", UV], cwd=ROOT, check=False).returncode == 0:
        uv = [PYTHON, "-m", "uv", "pip", *arguments, "--python", PYTHON]
        if subprocess.run(uv, cwd=ROOT, env=uv_environment(pip), check=False).returncode == 0:
            return
        print("uv did not manage; trying pip", flush=True)
    if subprocess.run([*pip, *arguments], cwd=ROOT, check=False).returncode:
        sys.exit("The packages could not be installed: is the package index reachable, is there room on the disk?")


def works(command: list[str]) -> bool:
    """Whether the command succeeds; what it says is not shown."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


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
