#!/usr/bin/env bash
# Fetches libtorch 2.11.0 from PyPI into trainer/.libtorch: the smallest set of files that links and runs on a CPU.
# torch-sys 0.24 is for exactly this version. Does nothing when it is there already.
#
# PyPI's x86-64 wheel is the CUDA build; its libtorch_cpu.so needs two CUDA libraries to load, and no driver.
# On a machine with a GPU, set LIBTORCH to the folder torch of its Python instead: docs/train.md.
set -euo pipefail
cd "$(dirname "$0")"

version=2.11.0
target=.libtorch
if [ "$(cat "$target/build-version" 2>/dev/null)" = "$version" ]; then exit 0; fi
if [ "$(uname -m)" != x86_64 ]; then
    echo "libtorch.sh knows the x86-64 wheels only; set LIBTORCH to a libtorch $version of this machine" >&2
    exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/libtorch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
python3 -m pip download --quiet --no-deps --dest "$scratch" --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 "torch==$version"
python3 -m pip download --quiet --no-deps --dest "$scratch" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85

mkdir "$scratch/out"
python3 - "$scratch" <<'PY'
import pathlib, re, sys, zipfile
scratch = pathlib.Path(sys.argv[1])
wanted = re.compile(
    r"^torch/(lib/(libtorch_cpu\.so|libc10\.so|libgomp[^/]*)|include/.*)$"
    r"|^nvidia/.*/(libcudart\.so\.13|libcupti\.so\.13)$"
)
for wheel in scratch.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/") or not wanted.match(name):
                continue
            relative = name.removeprefix("torch/") if name.startswith("torch/") else "lib/" + name.rsplit("/", 1)[1]
            path = scratch / "out" / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, open(path, "wb") as copy:
                while block := source.read(1 << 22):
                    copy.write(block)
PY
ln -s libtorch_cpu.so "$scratch/out/lib/libtorch.so"
echo "$version" >"$scratch/out/build-version"
rm -rf "$target"
mv "$scratch/out" "$target"
