triple=aarch64-unknown-linux-musl
cross=aarch64-linux-gnu
cross_packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
emulator=qemu-aarch64
cpus="cortex-a53"
budget_bytes=3000000

# rustup's standard library includes musl's objects; with Debian's compiler, link Debian's.
without_std() {
    local musl=$private_root/usr/lib/aarch64-linux-musl
    fetch_for "musl's library for aarch64" arm64 musl-dev
    # std links an unwinder, but a program that aborts on panic without a backtrace uses nothing of it.
    printf '!<arch>\n' >"$musl/libunwind.a"
    rust_flags="-Clink-self-contained=no -Crelocation-model=static -Lnative=$musl -Clink-arg=-nostartfiles \
        -Clink-arg=$musl/crt1.o -Clink-arg=$musl/crti.o -Clink-arg=-lc -Clink-arg=-lgcc -Clink-arg=$musl/crtn.o"
}
