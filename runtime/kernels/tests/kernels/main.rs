//! One suite for every kernel set: the bits of each operation against the contract, a naive
//! implementation.

mod accuracy;
mod cases;
mod contract;
mod everywhere;
mod layers;
mod parity;
mod shapes;
