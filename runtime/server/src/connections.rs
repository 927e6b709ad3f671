//! [`Server::serve`]: the socket, and how long its clients may take.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::Server;
use crate::access::Peer;

/// A pause when the system cannot take another connection.
const FULL_PAUSE: Duration = Duration::from_millis(50);
/// How often expired files are dropped.
const OLD_FILES: Duration = Duration::from_secs(60);

impl Server {
    /// Answers the listener's connections until `stop` is ready. Then it closes the listener, gives running requests
    /// [`Limits::stop_time`](crate::Limits::stop_time) to end, and returns. Requests that take longer end with tokio's
    /// runtime.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let limits = &self.config().limits;
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(
            limits.connections.clamp(1, Semaphore::MAX_PERMITS),
        ));
        let service = TowerToHyperService::new(self.router());
        let mut old_files = interval(OLD_FILES);
        old_files.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = pin!(stop);
        loop {
            let accept = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accept => accepted,
                _ = old_files.tick() => {
                    self.files().drop_old(Instant::now());
                    continue;
                }
                () = &mut stop => break,
            };
            let Ok((stream, address)) = accepted else {
                sleep(FULL_PAUSE).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(limits.write_time));
            let service = service.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(address));
                service.call(request)
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.header_time)
                .serve_connection(TokioIo::new(Box::pin(stream)), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                let _permit = permit;
                // If a client disconnects or breaks the protocol, nobody else is affected.
                let _ = connection.await;
            });
        }
        drop(listener);
        let _ = timeout(limits.stop_time, graceful.shutdown()).await;
    }
}
