//! [`Limits`]: so that no client takes too much from the others.

use std::time::Duration;

/// Bounds on size, time and number. A request that exceeds one is refused with an error that says so.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Characters of all texts of a request together. Default: 100,000.
    pub characters: usize,
    /// Texts in a request. Default: 1,000.
    pub texts: usize,
    /// Bytes of a request without a file. Default: 2 MiB.
    pub body_bytes: usize,
    /// Bytes of a request with a file. Default: 10 MiB.
    pub file_bytes: usize,
    /// Bytes of all requests together that are being received or are waiting. Default: 128 MiB.
    pub received_bytes: usize,
    /// Bytes of the translated files that are kept for clients; the oldest are dropped first. Default: 64 MiB.
    pub kept_bytes: usize,
    /// How long a translated file is kept. Default: 30 minutes.
    pub kept_time: Duration,
    /// Translations that wait for a thread. Default: 64.
    pub waiting: usize,
    /// How long texts may take, from waiting to the end of their translation. Default: 60 s.
    pub time: Duration,
    /// How long a file may take, from waiting to the end of its translation. Default: 10 minutes.
    pub file_time: Duration,
    /// How long a client may take to send a request's headers, or be idle between requests. Default: 30 s.
    pub header_time: Duration,
    /// How long a client may take to send a request's body. Default: 30 s.
    pub body_time: Duration,
    /// How long a client may leave an answer unread. Default: 30 s.
    pub write_time: Duration,
    /// How long requests may go on once the server is asked to stop. Default: 10 s.
    pub stop_time: Duration,
    /// Connections at once; more wait in the system's queue. Default: 512.
    pub connections: usize,
    /// Texts that a client may have translated in a minute. A client is an API key or, if keys are not needed, an address.
    /// Default: any number.
    pub texts_per_minute: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            characters: 100_000,
            texts: 1_000,
            body_bytes: 2 << 20,
            file_bytes: 10 << 20,
            received_bytes: 128 << 20,
            kept_bytes: 64 << 20,
            kept_time: Duration::from_secs(30 * 60),
            waiting: 64,
            time: Duration::from_secs(60),
            file_time: Duration::from_secs(600),
            header_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            stop_time: Duration::from_secs(10),
            connections: 512,
            texts_per_minute: None,
        }
    }
}
