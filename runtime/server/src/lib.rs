//! deshi over HTTP, with LibreTranslate's interface.
//!
//! A [`Server`] holds one model for each pair of languages. Its [`router`](Server::router) answers requests, also without
//! a socket; [`serve`](Server::serve) answers those of a socket, with the time limits of [`Limits`].
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
//! | `config`, `limits` | what the operator decides |
//! | `pairs` | the models, by their languages; which language a text is in |
//! | `body`, `parameters` | requests: bytes within limits, then fields |
//! | `access`, `rate` | API keys; requests a minute |
//! | `work` | threads that translate, who waits for one, and who gave up |
//! | `routes` | one function for each path |
//! | `files` | translated files, until they are fetched |
//! | `metrics` | what Prometheus reads |
//! | `connections` | the socket |
//!
//! What people send is in answers alone: never in [`Access`], metrics or files on a disk.

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
