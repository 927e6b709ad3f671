triple=x86_64-unknown-linux-gnu
rust_flags="-Ctarget-feature=+crt-static -Crelocation-model=static"
emulator=qemu-x86_64
# This machine's CPU, and the best that QEMU can emulate: AVX2, but no later extension.
cpus="native max"
budget_bytes=3000000
