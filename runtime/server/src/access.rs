//! API keys, and how many texts each client may translate.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::error::ApiError;
use crate::parameters::Parameters;
use crate::server::Server;

/// The client's end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Checks the API key.
///
/// # Errors
/// If keys are needed, and the request has none or an unknown one.
pub(crate) fn check_key(server: &Server, parameters: &Parameters) -> Result<(), ApiError> {
    let keys = &server.config().api_keys;
    if keys.is_empty() {
        return Ok(());
    }
    match parameters.text("api_key")? {
        None => Err(ApiError::KeyMissing),
        // The set's hashes are seeded at random, so the time that this takes says nothing about the keys.
        Some(key) if keys.contains(key) => Ok(()),
        Some(_) => Err(ApiError::KeyUnknown),
    }
}

/// Takes `texts` texts from the client's allowance.
///
/// # Errors
/// If the client has not that many left.
pub(crate) fn take_allowance(
    server: &Server,
    parameters: &Parameters,
    peer: Option<Peer>,
    texts: usize,
) -> Result<(), ApiError> {
    let Some(limit) = server.config().limits.texts_per_minute else {
        return Ok(());
    };
    let key = parameters.text("api_key")?;
    let client = match key.filter(|_| !server.config().api_keys.is_empty()) {
        Some(key) => format!("key {key}"),
        None => peer.map_or_else(String::new, |Peer(address)| network(address.ip())),
    };
    let taken = server.rate().take(&client, texts, Instant::now());
    taken.then_some(()).ok_or(ApiError::SlowDown { limit })
}

/// The address; for IPv6 its network of 64 bits, because one subscriber has all addresses of such a network.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_one_client() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
