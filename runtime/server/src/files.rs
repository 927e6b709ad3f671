//! [`Files`]: translated files, kept in memory for a while.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;

/// Files, the oldest first.
#[derive(Debug)]
pub(crate) struct Files {
    limit_bytes: usize,
    time: Duration,
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    name: String,
    bytes: Bytes,
    since: Instant,
}

impl Files {
    pub(crate) fn new(limit_bytes: usize, time: Duration) -> Self {
        Self {
            limit_bytes,
            time,
            kept: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file, and drops the oldest ones when space runs out. Returns the name that the file can be fetched by,
    /// which nobody can guess; `None` if the system has no random numbers.
    pub(crate) fn keep(&self, name: &str, bytes: Vec<u8>, now: Instant) -> Option<String> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{id}.{name}");
        let mut kept = self.lock();
        kept.push_back(Kept {
            name: name.clone(),
            bytes: bytes.into(),
            since: now,
        });
        let mut size: usize = kept.iter().map(|file| file.bytes.len()).sum();
        while size > self.limit_bytes && kept.len() > 1 {
            size -= kept.pop_front().map_or(0, |file| file.bytes.len());
        }
        Some(name)
    }

    /// The file of this name, if it is still there.
    pub(crate) fn get(&self, name: &str, now: Instant) -> Option<Bytes> {
        self.drop_old(now);
        let kept = self.lock();
        let file = kept.iter().find(|file| file.name == name)?;
        Some(file.bytes.clone())
    }

    /// Drops expired files.
    pub(crate) fn drop_old(&self, now: Instant) {
        let old = |file: &Kept| now.saturating_duration_since(file.since) >= self.time;
        let mut kept = self.lock();
        while kept.front().is_some_and(old) {
            kept.pop_front();
        }
    }
}

/// The name of a translated file: `My_letter_de.txt` for `../My letter.txt`. It has no character with a meaning in paths or
/// headers.
pub(crate) fn translated_name(sent: &str, language: &str, extension: &str) -> String {
    let stem = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = Path::new(stem).file_stem().unwrap_or_default();
    let stem: String = (stem.to_string_lossy().chars().take(100))
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => c,
            _ => '_',
        })
        .collect();
    format!("{stem}_{language}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_for_a_while_and_the_oldest_make_room() {
        let files = Files::new(10, Duration::from_secs(60));
        let start = Instant::now();
        let keep = |bytes: usize, at| files.keep("a.txt", vec![b'x'; bytes], at).unwrap();
        let first = keep(4, start);
        let second = keep(6, start);
        assert_ne!(first, second);
        assert!(
            first.ends_with(".a.txt") && first.len() == 32 + 6,
            "{first}"
        );
        assert_eq!(files.get(&first, start).unwrap().len(), 4);
        let later = start + Duration::from_secs(30);
        let third = keep(1, later);
        assert_eq!(files.get(&first, later), None);
        assert!(files.get(&second, later).is_some());
        let end = start + Duration::from_secs(60);
        assert_eq!(files.get(&second, end), None);
        assert!(files.get(&third, end).is_some());
        // Larger than the limit: it is kept all the same, but alone.
        let large = keep(11, end);
        assert!(files.get(&large, end).is_some());
        assert_eq!(files.get(&third, end), None);
    }

    #[test]
    fn names_are_harmless() {
        for (sent, expected) in [
            ("letter.txt", "letter_de.txt"),
            ("../My \"letter\".txt", "My__letter__de.txt"),
            ("C:\\x\\Brief\r\n.md", "Brief___de.txt"),
            ("", "_de.txt"),
        ] {
            assert_eq!(translated_name(sent, "de", "txt"), expected);
        }
    }
}
