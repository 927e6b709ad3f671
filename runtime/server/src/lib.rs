//! deshi over HTTP, with LibreTranslate's interface.
//!
//! A [`Server`] holds one model for each pair of languages. Its [`router`](Server::router) answers requests, and needs no
//! socket. [`serve`](Server::serve) answers the connections of a socket, within the time limits of [`Limits`].
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use deshi_server::{Config, Server};
//!
//! let model = deshi::Options::new().threads(1)?.open("en-de.deshi")?;
//! let server = Server::new(vec![model], Config::default())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//! server.serve(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `config`, `limits` | the operator's settings |
//! | `pairs` | the models, by their languages; which language a text is in |
//! | `body`, `parameters` | requests: bytes within limits, then fields |
//! | `access`, `rate` | API keys; texts per minute |
//! | `work` | the threads that translate, and the queue for them |
//! | `routes` | one function for each path |
//! | `files` | translated files, kept for a while |
//! | `metrics` | what Prometheus reads |
//! | `connections` | the socket |
//!
//! What people send appears only in answers: never in [`Access`], in metrics or on a disk.

#![forbid(unsafe_code)]

mod access;
mod body;
mod config;
mod connections;
mod error;
mod files;
mod limits;
mod metrics;
mod pairs;
mod parameters;
mod rate;
mod routes;
mod server;
mod work;

pub use config::{Access, Config};
pub use error::StartError;
pub use limits::Limits;
pub use server::Server;
