//! One suite for every kernel set: each operation's bits against the contract, written out naively.

mod accuracy;
mod cases;
mod contract;
mod everywhere;
mod layers;
mod parity;
mod shapes;
