"""Makes .venv and installs what is pinned, or says in one sentence why it cannot.

Standard library only, and readable by any Python 3, so that an old one can still be told what is wrong.
Usage: python3 tools/bootstrap.py run|dev
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "gotong-stamp")
OLDEST = (3, 11)


def main(arguments):
    """Set up the environment named in `arguments`; return an exit code."""
    kind = arguments[1] if len(arguments) == 2 else ""
    if kind not in ("run", "dev"):
        return complain("Usage: python3 tools/bootstrap.py run|dev")
    if sys.version_info[:2] < OLDEST:
        return complain(
            "Gotong needs Python 3.11 or newer; this is {} at {}. "
            "Install a newer one, or name it: make demo PYTHON=/path/to/python3.12".format(
                ".".join(map(str, sys.version_info[:3])), sys.executable
            )
        )
    lock = os.path.join(ROOT, "requirements", kind + ".lock")
    wanted = fingerprint()
    if stamped(kind, wanted):
        return 0
    if not os.path.exists(STAMP) or not read_stamp()[1:] == wanted[1:]:
        shutil.rmtree(VENV, ignore_errors=True)
        if not make_environment():
            return 1
    elif os.path.exists(STAMP):
        os.remove(STAMP)
    if not install(lock):
        return 1
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write("\n".join([kind] + wanted[1:]))
    return 0


def complain(sentence):
    """Print one sentence and return the exit code of a failure."""
    sys.stderr.write("gotong: " + sentence + "\n")
    return 1


def fingerprint():
    """Return what an environment depends on: the locks, the project file, the interpreter and the folder."""
    hashed = hashlib.sha256()
    for name in ("requirements/run.lock", "requirements/dev.lock", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            hashed.update(file.read())
    return ["", hashed.hexdigest(), sys.version, ROOT]


def read_stamp():
    """Return the lines of the stamp of a whole environment."""
    with open(STAMP, encoding="utf-8") as file:
        return file.read().split("\n", 3)


def stamped(kind, wanted):
    """Return whether the environment is whole, up to date and holds what `kind` needs."""
    if not os.path.exists(STAMP) or not os.path.exists(python_path()):
        return False
    found = read_stamp()
    return found[0] in ("dev", kind) and "\n".join(found[1:]) == "\n".join(wanted[1:])


def python_path():
    """Return the interpreter of the environment."""
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def make_environment():
    """Make .venv with pip; say what is missing otherwise."""
    made = subprocess.call([sys.executable, "-m", "venv", VENV], stdout=subprocess.DEVNULL)
    if made == 0 and os.path.exists(python_path()):
        return True
    shutil.rmtree(VENV, ignore_errors=True)
    complain(
        "{} could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv. "
        "Elsewhere, name a complete Python: make demo PYTHON=/path/to/python3.12".format(sys.executable)
    )
    return False


def install(lock):
    """Install the locked wheels (hashes checked, nothing compiled) and the project itself."""
    print("Setting up .venv (the first time takes a minute or two) …", flush=True)
    pip = [python_path(), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    wheels = pip + ["--require-hashes", "--only-binary", ":all:", "--requirement", lock]
    if subprocess.call(wheels) != 0:
        complain(
            "The pinned packages could not be installed; pip's own words are above. Without a network the package index "
            "cannot be reached; on a platform without a ready wheel, use Linux, macOS or Windows on x86-64 or arm64. "
            "Nothing is half-done: run the same command again."
        )
        return False
    if subprocess.call(pip + ["--no-deps", "--no-build-isolation", "--editable", ROOT]) != 0:
        complain("The project itself could not be installed into .venv; pip's own words are above.")
        return False
    # The engine's loops are compiled for this machine now, so that nobody's first large round waits for it.
    if subprocess.call([python_path(), "-m", "optimizer.engines.columns"], cwd=ROOT) != 0:
        complain("The engine could not be compiled for this machine; Python's own words are above.")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv))
