triple=x86_64-unknown-linux-gnu
rust_flags="-Ctarget-feature=+crt-static -Crelocation-model=static"
emulator=qemu-x86_64
# This machine as it is, and one with AVX2 and nothing later.
cpus="native Haswell"
budget_bytes=3000000
