"""Packages of PyPI for the check scripts of this folder."""

import importlib.util
import subprocess
import sys


def install(folder, requirements):
    """Makes packages importable. pip installs what is missing into `folder`, once. `requirements` maps modules to what pip is told."""
    sys.path.append(str(folder))
    missing = [requirement for name, requirement in requirements.items() if not importlib.util.find_spec(name)]
    if missing:
        print(f"installing {', '.join(missing)} into {folder}", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--upgrade", "--target", str(folder), *missing], check=True)
        importlib.invalidate_caches()
