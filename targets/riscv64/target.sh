triple=riscv64gc-unknown-linux-gnu
cross=riscv64-linux-gnu
cross_packages="gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"
emulator=qemu-riscv64
cpus="rv64"
budget_bytes=3000000
