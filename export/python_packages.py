"""Packages of PyPI for the check scripts of this folder."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile


def install(folder, requirements, alone=()):
    """Makes packages importable. pip installs what is missing into `folder`, once. `requirements` maps modules to what pip is told.
    The modules of `alone` are installed without what they ask for."""
    sys.path.append(str(folder))
    missing = [name for name in requirements if not importlib.util.find_spec(name)]
    if missing:
        print(f"installing {', '.join(requirements[name] for name in missing)} into {folder}", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target", str(folder)]
        with tempfile.TemporaryDirectory() as scratch:
            # What is installed later keeps the versions that the others need.
            versions = pathlib.Path(scratch) / "versions"
            versions.write_text("\n".join(requirements.values()))
            for names, options in ([n for n in missing if n not in alone], ["-c", str(versions)]), ([n for n in missing if n in alone], ["--no-deps"]):
                if names:
                    subprocess.run([*command, *options, *(requirements[name] for name in names)], check=True)
        importlib.invalidate_caches()
