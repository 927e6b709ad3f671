triple=aarch64-unknown-linux-gnu
cross=aarch64-linux-gnu
cross_packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
emulator=qemu-aarch64
# Raspberry Pi 4, and Raspberry Pi 5, which has the int8 dot product.
cpus="cortex-a72 cortex-a76"
budget_bytes=3000000
