triple=wasm32-wasip1
kind=wasi
cpus=node
rust_flags="-Ctarget-feature=+simd128"
budget_bytes=3000000

# rustup's standard library includes a linker and wasi-libc; with Debian's compiler, use Debian's.
without_std() {
    local libraries=$private_root/usr/lib/wasm32-wasi
    fetch_for "wasi-libc" amd64 wasi-libc
    linker=$(find_tool wasm-ld-22 lld-22)
    cargo_setting linker "$linker"
    rust_flags+=" -Clink-self-contained=no -Lnative=$libraries -Clink-arg=$libraries/crt1-command.o"
}
