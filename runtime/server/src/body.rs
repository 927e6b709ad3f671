//! [`read`]: a request's body in memory, within limits.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::Limits;
use crate::error::ApiError;

/// Memory is lent in pieces of this size, because a semaphore counts only to 2^29 on 32-bit machines.
const PIECE_BYTES: usize = 1024;

/// Memory for all bodies together.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

/// Memory that is lent until this is dropped.
#[derive(Debug)]
pub(crate) struct Lent(Option<OwnedSemaphorePermit>);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        let pieces = (bytes / PIECE_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(pieces)))
    }

    /// Adds to `lent` what it lacks for `bytes`.
    fn lend(&self, lent: &mut Lent, bytes: usize) -> Result<(), ApiError> {
        let held = lent.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(PIECE_BYTES).saturating_sub(held);
        let more = u32::try_from(more).map_err(|_| ApiError::Busy)?;
        let permit = Arc::clone(&self.0).try_acquire_many_owned(more);
        let permit = permit.map_err(|_| ApiError::Busy)?;
        match &mut lent.0 {
            Some(lent) => lent.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

/// Reads a body of up to `limit` bytes, within the limits' time.
///
/// # Errors
/// If the body is too large, too slow or cut off, or all bodies together are too large.
pub(crate) async fn read(
    budget: &Budget,
    limits: &Limits,
    limit: usize,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Vec<u8>, Lent), ApiError> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(ApiError::TooLarge { limit });
    }
    let reading = collect(budget, limit, body);
    let read = timeout(limits.body_time, reading).await;
    read.map_err(|_| ApiError::Slow(limits.body_time))?
}

async fn collect(
    budget: &Budget,
    limit: usize,
    mut body: Body,
) -> Result<(Vec<u8>, Lent), ApiError> {
    let (mut bytes, mut lent) = (Vec::new(), Lent(None));
    while let Some(frame) = body.frame().await {
        let cut_off = |_| ApiError::Invalid("the body was cut off".to_owned());
        let Ok(data) = frame.map_err(cut_off)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        budget.lend(&mut lent, bytes.len() + data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, lent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lent_up_to_the_budget_and_comes_back() {
        let budget = Budget::new(10 * PIECE_BYTES);
        let (mut one, mut other) = (Lent(None), Lent(None));
        budget.lend(&mut one, 1).unwrap();
        budget.lend(&mut one, PIECE_BYTES).unwrap();
        budget.lend(&mut other, 9 * PIECE_BYTES).unwrap();
        assert!(budget.lend(&mut one, PIECE_BYTES + 1).is_err());
        drop(other);
        budget.lend(&mut one, 10 * PIECE_BYTES).unwrap();
        assert_eq!(budget.0.available_permits(), 0);
    }
}
