//! [`Rate`]: how many texts each client has translated recently.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// When this many clients are remembered, those that have their whole allowance again are forgotten.
const CLIENTS: usize = 10_000;

/// An allowance for each client: at most `per_minute` texts. It fills up steadily, within a minute.
#[derive(Debug)]
pub(crate) struct Rate {
    per_minute: f64,
    /// How many texts each client had left, and when.
    clients: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Rate {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.into(),
            clients: Mutex::default(),
        }
    }

    /// Takes `texts` texts from the client's allowance, if it has that many.
    pub(crate) fn take(&self, client: &str, texts: usize, now: Instant) -> bool {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |&(left, then): &(f64, Instant)| {
            let seconds = now.saturating_duration_since(then).as_secs_f64();
            (left + seconds * self.per_minute / 60.0).min(self.per_minute)
        };
        if clients.len() >= CLIENTS {
            clients.retain(|_, client| filled(client) < self.per_minute);
        }
        if clients.len() >= CLIENTS && !clients.contains_key(client) {
            // Too many clients to remember: this one has to wait.
            return false;
        }
        let left = clients.get(client).map_or(self.per_minute, filled);
        let taken = left >= texts as f64;
        let left = if taken { left - texts as f64 } else { left };
        clients.insert(client.to_owned(), (left, now));
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_client_has_an_allowance_that_fills_up() {
        let rate = Rate::new(60);
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        for (client, texts, seconds, expected) in [
            ("a", 60, 0, true),
            ("a", 1, 0, false),
            ("b", 61, 0, false),
            ("b", 1, 0, true),
            ("a", 6, 5, false),
            ("a", 5, 5, true),
            ("a", 60, 100, true),
        ] {
            let taken = rate.take(client, texts, after(seconds));
            assert_eq!(taken, expected, "{client} {texts} {seconds}");
        }
    }

    #[test]
    fn clients_are_forgotten_once_their_allowance_is_full() {
        let rate = Rate::new(60);
        let start = Instant::now();
        for client in 0..CLIENTS {
            assert!(rate.take(&client.to_string(), 1, start));
        }
        assert!(!rate.take("new", 1, start));
        assert!(rate.take("new", 1, start + Duration::from_secs(2)));
        assert_eq!(rate.clients.lock().unwrap().len(), 1);
    }
}
