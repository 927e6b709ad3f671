//! [`Config`]: the operator's settings.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::Limits;

/// A request that was answered. It contains nothing that the client sent, except the path if it is one of the server's.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Access {
    /// The path, or `other`.
    pub endpoint: &'static str,
    /// The answer's status code.
    pub status: u16,
    /// From the request's headers to the answer.
    pub time: Duration,
}

type Log = Arc<dyn Fn(Access) + Send + Sync>;

/// The operator's settings.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Translations that run at once, each on one thread. Default: as many threads as the machine runs at once.
    pub workers: usize,
    /// API keys: a client must give one of them. Default: none, and every client is served.
    pub api_keys: HashSet<String>,
    /// Where clients reach the server (`https://translate.example.org`), for links to translated files. Default: the
    /// address that the client used.
    pub public_url: Option<String>,
    /// Bounds on size, time and number.
    pub limits: Limits,
    /// Called after each request.
    pub log: Option<Log>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: thread::available_parallelism().map_or(1, usize::from),
            api_keys: HashSet::new(),
            public_url: None,
            limits: Limits::default(),
            log: None,
        }
    }
}

/// Does not show the keys.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("workers", &self.workers)
            .field("api_keys", &self.api_keys.len())
            .field("public_url", &self.public_url)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
