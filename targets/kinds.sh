# Builds, runs and measures each kind of target: sourced by `build` and `smoke`, after lib.sh.
# A kind is linux, wasi or firmware. Each has a build_KIND, which prints the size of the program, and a smoke_KIND, which
# compares its translations. A board may have several CPUs.

profile=dist
model=$repository/runtime/models/en-de.deshi
sentences=$repository/targets/smoke.txt
rows=$target_folder/rows

# --- This machine's translations

# Builds the runtime for this machine with the installed Rust. Every board is compared with it.
build_reference() {
    cargo build --quiet --manifest-path "$repository/Cargo.toml" --release -p deshi-cli --no-default-features
    reference=$target_folder/release/deshi
}

# Keeps what two runs must agree in: texts, token ids and log-probabilities to the last bit, but not times.
without_times() { sed 's/,"milliseconds":[^,}]*//'; }

# compare CPU KERNELS EXPECTED ACTUAL: prints whether two files of translations are the same, and fails if not.
compare() {
    local where="$board${1:+, $1}, kernels $2"
    if cmp --silent "$3" "$4"; then
        echo "$where: $(wc -l <"$4") translations, tokens identical to x86-64's"
    else
        echo "$where: the translations differ from x86-64's:"
        diff "$3" "$4" | head -20
        return 1
    fi
}

# --- Programs for an operating system: linux and wasi

# run CPU [QEMU OPTION...] -- ARGUMENT...: runs the board's deshi.
run() { "run_$kind" "$@"; }

smoke_hosted() {
    local expected=$target_folder/expected.jsonl actual=$target_folder/$board.jsonl cpu kernels
    "build_$kind"
    "$reference" translate --raw --jsonl --model "$model" -i "$sentences" | without_times >"$expected"
    if $measure; then mkdir -p "$rows" && : >"$rows/$board"; fi
    for cpu in $cpus; do
        run "$cpu" -- translate --raw --jsonl --model "$model" -i "$sentences" | without_times >"$actual"
        kernels=$(run "$cpu" -- info --json --model "$model" | sed -n 's/^  "kernels": "\(.*\)",*$/\1/p')
        compare "$cpu" "$kernels" "$expected" "$actual"
        if $measure; then "measure_$kind" "$cpu" "$kernels" >>"$rows/$board"; fi
    done
}

smoke_linux() { smoke_hosted; }
smoke_wasi() { smoke_hosted; }

compile_hosted() {
    use_rust
    cargo build --quiet --manifest-path "$repository/Cargo.toml" --profile "$profile" -p deshi-cli \
        --no-default-features "${rust_arguments[@]}"
    program=$target_folder/$triple/$profile/deshi$1
    report_size "$(stat -c %s "$program")" "${program#"$repository"/}"
}

# --- Linux, under QEMU's user mode, or directly if the CPU is "native"

build_linux() { compile_hosted ''; }

# find_machine CPU [QEMU OPTION...]: sets `machine` to the command that runs the board's programs on a CPU.
find_machine() {
    machine=()
    [ "$1" != native ] || return 0
    machine=("$(find_tool "$emulator" qemu-user)" -cpu "$1" -U LD_LIBRARY_PATH "${@:2}")
    [ -z "$cross" ] || machine+=(-L "$(c_library_root)/usr/$cross")
}

run_linux() {
    local cpu=$1 options=() machine
    shift
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    find_machine "$cpu" "${options[@]}"
    "${machine[@]}" "$program" "$@"
}

# counted CPU NAME ARGUMENT...: runs deshi under the counting plugin and prints a number that it reports.
counted() {
    local cpu=$1 name=$2
    shift 2
    run_linux "$cpu" -plugin "$(counting_plugin)" -- "$@" 2>&1 >/dev/null </dev/null |
        sed -n "s/^$name:[[:space:]]*\([0-9]*\).*/\1/p"
}

measure_linux() {
    local cpu=$1 kernels=$2 translate=(translate --model "$model") memory instructions idle
    if [ "$cpu" = native ]; then
        memory=$("$program" bench --json --model "$model" --sentences "$sentences" |
            sed -n 's/^  "peak_memory_bytes": \([0-9]*\),*$/\1/p')
        row "$cpu" "$(stat -c %s "$program")" "$model" "$memory" "" "$kernels"
        return
    fi
    instructions=$(counted "$cpu" instructions "${translate[@]}" -i "$sentences")
    idle=$(counted "$cpu" instructions "${translate[@]}")
    instructions=$(((instructions - idle) / $(wc -l <"$sentences")))
    # Both include QEMU's own memory.
    memory=$(counted "$cpu" VmHWM "${translate[@]}" -i "$sentences")
    idle=$(counted "$cpu" VmHWM --version)
    row "$cpu" "$(stat -c %s "$program")" "$model" "$(((memory - idle) * 1024))" "$instructions" "$kernels"
}

# --- WebAssembly, in node

build_wasi() { compile_hosted .wasm; }

run_wasi() {
    while [ "$1" != -- ]; do shift; done
    shift
    command -v node >/dev/null || die "missing: node 20 or later (Debian 12 has 18: see https://nodejs.org)"
    node --no-warnings "$repository/targets/wasm/run.mjs" "$program" "$repository" "$@"
}

measure_wasi() {
    local memory
    memory=$(DESHI_REPORT_MEMORY=1 run_wasi -- translate --model "$model" -i "$sentences" 2>&1 >/dev/null |
        sed -n 's/^memory: \([0-9]*\) bytes/\1/p')
    row "$1" "$(stat -c %s "$program")" "$model" "$memory" "" "$2"
}

# --- Firmware, in QEMU's full-system mode: a CPU is MACHINE:TRIPLE

firmware_model=$repository/runtime/models/micro-en-de.deshi
phrases=$repository/targets/cortex-m/phrases.txt

# compile_firmware CPU [FEATURE]: sets `program`.
compile_firmware() {
    triple=${1#*:}
    use_rust
    cargo build --quiet --manifest-path "$repository/targets/cortex-m/Cargo.toml" --release --features "${2:-}" \
        "${rust_arguments[@]}"
    program=$target_folder/$triple/release/deshi-cortex-m
    # Berkeley format: bytes only in flash, bytes copied from flash to RAM, and zeroed bytes in RAM.
    local size text data bss stack=32768
    size=$(find_tool arm-none-eabi-size binutils-arm-none-eabi)
    read -r text data bss _ < <("$size" "$program" | tail -1)
    flash_bytes=$((text + data)) ram_bytes=$((data + bss + stack))
}

build_firmware() {
    local cpu
    for cpu in $cpus; do
        (
            compile_firmware "$cpu"
            report_size "$flash_bytes" "${program#"$repository"/}: flash, with the model"
            echo "$board: $ram_bytes bytes of RAM; the limit is $ram_budget_bytes"
            [ "$ram_bytes" -le "$ram_budget_bytes" ] || die "$board: over its RAM limit"
        )
    done
}

# run_firmware CPU [QEMU OPTION...]: prints the firmware's output. The time limit ends a firmware that hangs.
run_firmware() {
    local machine=${1%%:*} qemu
    shift
    qemu=$(find_tool qemu-system-arm qemu-system-arm)
    timeout 120 "$qemu" -machine "$machine" -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$program" "$@" </dev/null
}

# Turns the command's output into the firmware's format: "[token ids] translation".
as_firmware_prints() { sed 's/.*"translation":"\([^"]*\)".*"tokens":\(\[[^]]*\]\).*/\2 \1/'; }

# The firmware writes spaces in a list of numbers, the command does not.
without_list_spaces() { sed ':again; s/^\(\[[^]]*\), /\1,/; t again'; }

smoke_firmware() {
    local cpu expected=$target_folder/expected-firmware.txt actual=$target_folder/$board.txt
    build_firmware
    "$reference" translate --raw --jsonl --model "$firmware_model" -i "$phrases" | as_firmware_prints >"$expected"
    if $measure; then mkdir -p "$rows" && : >"$rows/$board"; fi
    for cpu in $cpus; do
        (
            compile_firmware "$cpu"
            run_firmware "$cpu" | without_list_spaces >"$actual" || die "$board, $cpu: QEMU ended with $?: $(tail -3 "$actual")"
            # These CPUs have only the kernel set `plain`.
            compare "$cpu" plain "$expected" "$actual"
            if $measure; then measure_firmware "$cpu" >>"$rows/$board"; fi
        )
    done
}

measure_firmware() {
    local instructions idle
    instructions=$(count_firmware "$1")
    compile_firmware "$1" idle
    idle=$(count_firmware "$1")
    compile_firmware "$1"
    instructions=$(((instructions - idle) / $(wc -l <"$phrases")))
    row "${1%%:*}" "$((flash_bytes - $(stat -c %s "$firmware_model")))" "$firmware_model" "$ram_bytes" "$instructions" plain
}

count_firmware() {
    run_firmware "$1" -plugin "$(counting_plugin)" 2>&1 >/dev/null | sed -n 's/^instructions: //p'
}

# --- Reports

# report_size BYTES WHAT
report_size() {
    echo "$board: $1 bytes; the limit is $budget_bytes: $2"
    [ "$1" -le "$budget_bytes" ] || die "$board: over its size limit"
}

# Prints the path of the counting plugin, built for this machine's QEMU.
counting_plugin() {
    local plugin=$target_folder/count.so source=$repository/targets/count.c
    [ "$plugin" -nt "$source" ] || ${CC:-cc} -O2 -shared -fPIC -o "$plugin" "$source"
    echo "$plugin"
}

# row CPU PROGRAM_BYTES MODEL MEMORY INSTRUCTIONS KERNELS: prints a row of the table; an empty number was not measured.
row() {
    # shellcheck disable=SC2016
    printf '| `%s` | %s | %s | %s | %s | %s | %s | identical |\n' "$board" "$1" "$(kilobytes "$2")" \
        "$(kilobytes "$(stat -c %s "$3")")" "$(kilobytes "$4")" \
        "$(millions "$5")" "$6"
}

millions() { if [ -z "$1" ]; then echo "not measured"; else awk "BEGIN { printf \"%.2f M\", $1 / 1e6 }"; fi; }

kilobytes() { awk "BEGIN { printf \"%.0f kB\", $1 / 1000 }"; }
