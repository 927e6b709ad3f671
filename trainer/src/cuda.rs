//! CUDA from a binary that was linked for a CPU.
//!
//! The linker leaves libtorch_cuda out: nothing refers to it, it registers itself when it is loaded. So where it lies
//! beside libtorch_cpu, the program starts itself again with it in `LD_PRELOAD`. (`dlopen` would do, but is unsafe.)

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const PRELOAD: &str = "LD_PRELOAD";
const LIBRARY: &str = "libtorch_cuda.so";

/// Starts the program again with libtorch's CUDA half, if there is one and it is not loaded yet. Call it first of all.
pub fn preload() {
    let preloaded = env::var(PRELOAD).unwrap_or_default();
    if preloaded.contains(LIBRARY) {
        return;
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let Some(library) = cuda_library(&maps) else {
        return;
    };
    let list = if preloaded.is_empty() {
        library.display().to_string()
    } else {
        format!("{preloaded}:{}", library.display())
    };
    if let Ok(program) = env::current_exe() {
        let error = Command::new(program)
            .args(env::args_os().skip(1))
            .env(PRELOAD, list)
            .exec();
        eprintln!(
            "deshi-train: cannot load {}: {error}; going on without a GPU",
            library.display()
        );
    }
}

/// The CUDA library beside the libtorch_cpu that a process has loaded, by its `/proc/PID/maps`.
fn cuda_library(maps: &str) -> Option<PathBuf> {
    let loaded = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name == "libtorch_cpu.so")
        })?;
    let library = loaded.with_file_name(LIBRARY);
    library.exists().then_some(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_looked_for_beside_the_cpus() {
        let folder = tempfile::tempdir().unwrap();
        let maps = format!(
            "7f00-7f01 r--p 00000000 fe:00 1 /usr/lib/libc.so.6\n7f02-7f03 r-xp 0 fe:00 2    {}/libtorch_cpu.so\n",
            folder.path().display()
        );
        assert_eq!(cuda_library(&maps), None);
        let library = folder.path().join(LIBRARY);
        fs::write(&library, "").unwrap();
        assert_eq!(cuda_library(&maps), Some(library));
        assert_eq!(
            cuda_library("7f00-7f01 r--p 0 fe:00 1 /usr/lib/libc.so.6\n"),
            None
        );
    }
}
