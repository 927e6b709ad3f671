"""What prepare, smoke, run, collect, after and rehearse share: folders, the pack, the trainer's call, time."""
import concurrent.futures
import importlib.util
import json
import lzma
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RECIPE = HERE / "plan.toml"
# Folders of the plan; the rehearsal has its own.
PLACE = pathlib.Path(os.environ.get("PLACE", HERE))
PACK, WORK, BROUGHT = PLACE / "pack", PLACE / "work", PLACE / "brought"
ON_CPU = os.environ.get("DEVICE") == "cpu"
MODELS = ["student", "student-large"]
# Dev and test sets by the name that they have in WORK.
SETS = {
    f"{part}.{kind}.tsv": pathlib.Path("../shared/data/en-de") / f"{part}.{kind}.tsv"
    for part, kind in [("dev", "everyday"), ("dev", "software"), ("test", "everyday"), ("test", "software"), ("test", "news")]
} | {f"{part}.written.tsv": pathlib.Path(f"trainer/corpora/written/{part}.tsv") for part in ("dev", "test")}


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def changes():
    """Changes to the recipe for all calls, as arguments: the folder, and what CHANGES has, a line each."""
    lines = [f'folder="{WORK}"'] + [line for line in os.environ.get("CHANGES", "").splitlines() if line.strip()]
    dev = [str(WORK / name) for name in SETS if name.startswith("dev.")]
    return [f"--set={line}" for line in lines + [f"dev.files={json.dumps(dev)}"]]


def environment():
    """On the GPU machine, libtorch is the Python package's; here, it is where the binary was linked."""
    env = dict(os.environ, OMP_WAIT_POLICY="PASSIVE")
    if not ON_CPU:
        torch = importlib.util.find_spec("torch")
        if torch:
            library = pathlib.Path(torch.origin).with_name("lib")
            env["LD_LIBRARY_PATH"] = f"{library}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    elif (ROOT / "trainer/.libtorch/lib").exists():
        env["LD_LIBRARY_PATH"] = str(ROOT / "trainer/.libtorch/lib")
    return env


def trainer(*arguments):
    """The command line of a step of the plan."""
    threads = ["--threads", "1"] if ON_CPU else ["--threads", "4"]
    step, *rest = arguments
    # A later --set overrides an earlier one.
    return [str(WORK / "deshi-train"), "--recipe", str(RECIPE), *threads, step, *changes(), *rest]


class Step:
    """A step that runs beside this program, its output in a file. It is ended when its time is over."""

    def __init__(self, name, arguments, seconds, env):
        (WORK / "logs").mkdir(parents=True, exist_ok=True)
        self.name, self.arguments, self.log = name, arguments, WORK / "logs" / f"{name}.log"
        self.started, self.seconds = time.monotonic(), seconds
        self.file = open(self.log, "a")
        self.process = subprocess.Popen(
            arguments, cwd=ROOT, env=env, stdout=self.file, stderr=subprocess.STDOUT, start_new_session=True
        )

    def wait(self):
        """Whether it ended well."""
        try:
            code = self.process.wait(max(1.0, self.started + self.seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()
            code = "out of time"
        self.file.close()
        took = time.monotonic() - self.started
        tail = self.log.read_text(errors="replace").strip().splitlines()[-3:]
        say(f"{self.name}: {'done' if code == 0 else f'FAILED ({code})'} in {took:.0f} s; " + " | ".join(tail))
        return code == 0


def pack(names):
    """Compresses files of WORK into PACK, in parts that a machine with many cores unpacks side by side."""
    PACK.mkdir(parents=True, exist_ok=True)
    for old in PACK.glob("*.tar.xz"):
        old.unlink()
    parts, size = [[]], 0
    for name in names:
        if size > 12_000_000:
            parts.append([])
            size = 0
        parts[-1].append(name)
        size += (WORK / name).stat().st_size
    for number, part in enumerate(parts):
        with tarfile.open(PACK / f"{number:02}.tar.xz", "w:xz", preset=6) as archive:
            for name in part:
                archive.add(WORK / name, name)
    return sum(path.stat().st_size for path in PACK.glob("*.tar.xz"))


def unpack_part(path):
    with tarfile.open(path, "r:xz") as archive:
        archive.extractall(WORK, filter="data")


def unpack():
    """What `pack` packed, unless it is unpacked already from the same parts."""
    parts = sorted(PACK.glob("*.tar.xz"))
    if not parts:
        sys.exit(f"nothing is packed in {PACK}: run trainer/gpu/prepare first, and copy trainer/gpu/pack here")
    stamp, state = WORK / "unpacked", "\n".join(f"{path.name} {path.stat().st_size}" for path in parts)
    if stamp.exists() and stamp.read_text() == state:
        return
    WORK.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        list(pool.map(unpack_part, parts))
    stamp.write_text(state)


def entropy_coded(plane):
    """Mantissas do not shrink and exponents have no order: Huffman's code does all that can be done, and fast."""
    coder = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(plane) + coder.flush()


def shrink(path, keep):
    """A safetensors file of f32 with the upper `keep` bytes of each number (rounded), byte by byte, compressed: the exponents
    shrink well so. 2 bytes are bf16; 3 are far below what int8 rounds."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header, numbers = data[:start], data[start:]
    half = bytearray(4)
    half[3 - keep] = 0x80
    # One addition to all numbers at once: no carry leaves a finite f32.
    total = int.from_bytes(numbers, "little") + int.from_bytes(bytes(half) * (len(numbers) // 4), "little")
    numbers = total.to_bytes(len(numbers), "little")
    planes = [numbers[byte::4] for byte in range(4 - keep, 4)]
    parts = [header, *map(entropy_coded, planes)]
    return bytes([keep]) + b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def grow(packed):
    """The safetensors file that `shrink` packed."""
    keep, at, parts = packed[0], 1, []
    while at < len(packed):
        length = int.from_bytes(packed[at : at + 8], "little")
        parts.append(packed[at + 8 : at + 8 + length])
        at += 8 + length
    header, planes = parts[0], [zlib.decompress(part) for part in parts[1:]]
    numbers = bytearray(4 * len(planes[0]))
    for plane, byte in zip(planes, range(4 - keep, 4)):
        numbers[byte::4] = plane
    return header + bytes(numbers)
