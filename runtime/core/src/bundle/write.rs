//! Writing a bundle.

use alloc::format;
use alloc::vec::Vec;

use super::{BLOCK, CHECKSUMS, header_sum, last_line, line};

/// Writes a bundle: the members as given, then their checksums.
///
/// # Panics
/// If a name is longer than 100 bytes, or a member is larger than 8 GiB.
pub fn write(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut lines = Vec::new();
    for (name, content) in members {
        lines.extend(line(name, content).bytes());
        write_member(&mut file, name, content);
    }
    let last = last_line(&lines);
    lines.extend(last.bytes());
    write_member(&mut file, CHECKSUMS, &lines);
    file.resize(file.len() + 2 * BLOCK, 0);
    file
}

fn write_member(file: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut header = [0u8; BLOCK];
    let size = format!("{:011o}", content.len());
    assert!(size.len() == 11, "{name} is longer than 8 GiB");
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    assert!(name.len() <= 100, "{name} is longer than 100 bytes");
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, size.as_bytes());
    put(136, b"00000000000");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = format!("{:06o}\0 ", header_sum(&header));
    header[148..156].copy_from_slice(sum.as_bytes());
    file.extend(header);
    file.extend(content);
    file.resize(file.len().next_multiple_of(BLOCK), 0);
}
