# Sourced by `build`, `smoke` and `table`: finds the toolchain of a target on this machine, or fetches Debian's packages
# and unpacks them in .toolchains/, without root and without installing anything.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
toolchains=$repository/.toolchains
private_root=$toolchains/root
target_folder=$repository/target/boards
# A separate build folder, because two versions of the compiler must not share one.
export CARGO_TARGET_DIR=$target_folder

note() { echo "targets: $*" >&2; }
die() { note "$*"; exit 1; }

boards() { (cd "$repository/targets" && for file in */target.sh; do echo "${file%/target.sh}"; done); }

# Reads a target's description into variables; see targets/README.md.
load_board() {
    board=$1
    kind=linux cpus='' emulator='' cross='' cross_packages='' rust_flags='' budget_bytes=''
    # Prepares linking if the installed Rust lacks the target's standard library.
    # shellcheck disable=SC2317
    without_std() { :; }
    [ -f "$repository/targets/$board/target.sh" ] ||
        die "no target named $board; the targets are: $(boards | tr '\n' ' ')"
    # shellcheck source=/dev/null
    . "$repository/targets/$board/target.sh"
}

# --- Debian's packages, unpacked privately

# apt_options ARCHITECTURE: prints the options that make apt-get work in our own folder.
apt_options() {
    local state=$toolchains/apt-$1
    printf '%s\n' -q -y --no-install-recommends -o "Dir::State=$state" -o "Dir::State::status=$state/status" \
        -o "Dir::Cache=$state/cache" -o "APT::Architecture=$1" -o "APT::Architectures=$1" \
        -o Debug::NoLocking=1 -o APT::Sandbox::User= -o Acquire::Languages=none
}

# apt ARCHITECTURE ARGUMENT...: its output is shown only if it fails.
apt() {
    local options log=$toolchains/apt-$1.log
    mapfile -t options < <(apt_options "$1")
    apt-get "${options[@]}" "${@:2}" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}

update_lists() {
    local state=$toolchains/apt-$1
    # Older lists can name packages that no longer exist.
    [ -n "$(find "$state/updated" -mtime -1 2>/dev/null)" ] && return
    command -v apt-get >/dev/null || return 1
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    # Tells apt which packages are installed, so that it fetches only missing ones; for another architecture, none are.
    if [ "$1" = "$(dpkg --print-architecture)" ]; then cp /var/lib/dpkg/status "$state/"; else : >"$state/status"; fi
    apt "$1" update && touch "$state/updated"
}

# fetch ARCHITECTURE PACKAGE...: unpacks packages into .toolchains/root unless they are there; for this machine's
# architecture, with missing dependencies.
fetch() {
    local architecture=$1 wanted=() package archives
    shift
    for package in "$@"; do
        [ -f "$toolchains/have/$package" ] || wanted+=("$package")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    note "fetching from Debian: ${wanted[*]}"
    mkdir -p "$toolchains/have" "$private_root"
    archives=$toolchains/apt-$architecture/cache/archives
    update_lists "$architecture" || return 1
    if [ "$architecture" = "$(dpkg --print-architecture)" ]; then
        apt "$architecture" install --download-only "${wanted[@]}" || return 1
    else
        (cd "$archives" && apt "$architecture" download "${wanted[@]}") || return 1
    fi
    for package in "$archives"/*.deb; do
        # Another C library would not work with the system's loader.
        case $package in */libc6_*) ;; *) dpkg -x "$package" "$private_root" ;; esac
        rm "$package"
    done
    for package in "${wanted[@]}"; do touch "$toolchains/have/$package"; done
}

# fetch_for WHAT ARCHITECTURE PACKAGE...: the same; on failure, says what is missing and how to install it.
fetch_for() {
    local what=$1
    shift
    fetch "$@" || die "missing: $what. Fetching it failed; that needs Debian 12 on x86-64, apt-get, and the suites bookworm and" \
        "bookworm-security in apt's sources. Otherwise install it: ${*:2} (Debian's names)."
}

# wrap NAME PROGRAM [ARGUMENT...]: writes a command NAME in .toolchains/bin that runs PROGRAM with its private libraries.
wrap() {
    local name=$1 libraries=$private_root/usr/lib/x86_64-linux-gnu:$private_root/lib/x86_64-linux-gnu
    shift
    mkdir -p "$toolchains/bin"
    {
        echo '#!/bin/sh'
        echo "export LD_LIBRARY_PATH='$libraries'"
        printf 'exec'
        printf " '%s'" "$@"
        echo ' "$@"'
    } >"$toolchains/bin/$name"
    chmod +x "$toolchains/bin/$name"
    echo "$toolchains/bin/$name"
}

# find_tool NAME PACKAGE: prints the path of an installed or a private program.
find_tool() {
    command -v "$1" && return
    fetch_for "the program $1" amd64 "$2"
    wrap "$1" "$private_root/usr/bin/$1"
}

# --- The toolchain of a target

# Prints the root folder of the target's C library: empty if it is installed, otherwise the private one.
c_library_root() {
    if [ -n "$cross" ] && [ -e "/usr/$cross/lib/libc.so.6" ] && command -v "$cross-gcc" >/dev/null; then
        echo ''
    else
        echo "$private_root"
    fi
}

# Prints the C compiler of the target, which is used as linker.
find_cross_compiler() {
    local root
    root=$(c_library_root)
    if [ -z "$root" ]; then
        command -v "$cross-gcc"
    else
        # shellcheck disable=SC2086
        fetch_for "a C compiler for $triple" amd64 $cross_packages
        wrap "$cross-gcc" "$private_root/usr/bin/$cross-gcc" "--sysroot=$private_root"
    fi
}

# Whether the installed Rust has the target's standard library.
has_installed_std() {
    [ -n "$(find "$(rustc --print target-libdir --target "$triple")" -name 'libcore-*.rlib' 2>/dev/null)" ]
}

# cargo_setting NAME VALUE: sets a cargo option for the triple. (No quotes around the triple: cargo also reads the dot
# in thumbv8m.main as a separator of keys.)
cargo_setting() { rust_arguments+=(--config "target.$triple.$1='$2'"); }

# Sets rust_arguments and the environment so that `cargo build` builds for the target.
use_rust() {
    command -v cargo >/dev/null || die "missing: cargo. Install Rust 1.91 or later: https://rustup.rs"
    rust_arguments=(--target "$triple")
    if [ -n "$cross" ]; then
        linker=$(find_cross_compiler)
        cargo_setting linker "$linker"
    fi
    if ! has_installed_std; then
        [ -f "$toolchains/have/rustc-web" ] ||
            note "the installed Rust has no standard library for $triple (\`rustup target add $triple\` would get it):" \
                "building it with Debian's compiler"
        fetch_for "Rust for $triple" amd64 rustc-web rust-web-src
        RUSTC=$(wrap rustc "$private_root/usr/bin/rustc")
        # Allows a released compiler to build the standard library.
        export RUSTC RUSTC_BOOTSTRAP=1
        case $kind in
            firmware) rust_arguments+=(-Zbuild-std=core) ;;
            # Without "backtrace", std needs no unwinder; musl and wasi-libc have none.
            *) rust_arguments+=("-Zbuild-std=std,${std_crates:-panic_abort}" "-Zbuild-std-features=${std_features:-}") ;;
        esac
        without_std
    fi
    cargo_setting rustflags "$rust_flags"
}
