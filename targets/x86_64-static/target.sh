triple=x86_64-unknown-linux-gnu
rust_flags="-Ctarget-feature=+crt-static -Crelocation-model=static"
emulator=qemu-x86_64
# This machine as it is, and all that QEMU can do: AVX2, and nothing later.
cpus="native max"
budget_bytes=3000000
