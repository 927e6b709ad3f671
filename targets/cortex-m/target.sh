kind=firmware
# QEMU's machine and the Rust target of its CPU: a Cortex-M4 and a Cortex-M55.
cpus="mps2-an386:thumbv7em-none-eabihf mps3-an547:thumbv8m.main-none-eabihf"
# Flash, including the model.
budget_bytes=2000000
ram_budget_bytes=512000

# rustup's toolchain includes a linker.
without_std() {
    linker=$(find_tool arm-none-eabi-ld binutils-arm-none-eabi)
    cargo_setting linker "$linker"
}
