triple=armv7-unknown-linux-gnueabihf
cross=arm-linux-gnueabihf
cross_packages="gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
emulator=qemu-arm
# Raspberry Pi 2; a Pi 3 runs the same instructions in 32-bit mode.
cpus="cortex-a7"
budget_bytes=3000000
