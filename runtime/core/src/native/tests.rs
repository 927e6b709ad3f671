//! Provokes each [`NativeError`].

use std::vec;
use std::vec::Vec;

use super::*;
use crate::Token;
use crate::aligned::AlignedBytes;
use crate::random_model::{self, SMALL};
use crate::vocabulary::{END, START};

/// The buffers of a capacity, and the random model of an architecture.
struct Memory {
    architecture: Architecture,
    file: AlignedBytes,
    arena: Vec<f32>,
    quantised: Vec<i8>,
}

impl Memory {
    fn new(architecture: Architecture, capacity: Capacity) -> Self {
        let file = random_model::weights(&architecture, 1).unwrap();
        Self {
            architecture,
            file: AlignedBytes::copy(&file),
            arena: vec![0.0; capacity.arena_elements(&architecture)],
            quantised: vec![0; capacity.quantised_elements(&architecture)],
        }
    }

    /// Calls `run` with a native executor over this memory, and returns its result.
    fn run<T>(
        &mut self,
        capacity: Capacity,
        run: impl FnOnce(&mut Native<'_>) -> Result<T, NativeError>,
    ) -> Result<T, NativeError> {
        let weights = Weights::new(&self.architecture, self.file.bytes()).unwrap();
        let kernels = deshi_kernels::best();
        let (arena, quantised) = (&mut self.arena, &mut self.quantised);
        let mut native = Native::with_capacity(kernels, &weights, capacity, arena, quantised)?;
        run(&mut native)
    }
}

const CAPACITY: Capacity = Capacity {
    source_tokens: 6,
    sentences: 2,
    candidates: 0,
};

fn run<T>(run: impl FnOnce(&mut Native<'_>) -> Result<T, NativeError>) -> Result<T, NativeError> {
    Memory::new(SMALL, CAPACITY).run(CAPACITY, run)
}

#[test]
fn what_cannot_run_is_refused_before_it_starts() {
    let teacher = Architecture {
        decoder: DecoderKind::SelfAttention,
        ..SMALL
    };
    let got = Memory::new(teacher, CAPACITY).run(CAPACITY, |_| Ok(()));
    assert_eq!(got, Err(NativeError::SelfAttentionDecoder));

    let mut memory = Memory::new(SMALL, CAPACITY);
    let expected = memory.arena.len();
    memory.arena.pop();
    let got = memory.run(CAPACITY, |_| Ok(()));
    let (buffer, got_elements) = ("arena", expected - 1);
    let error = NativeError::Buffer {
        buffer,
        expected,
        got: got_elements,
    };
    assert_eq!(got, Err(error));

    let mut memory = Memory::new(SMALL, CAPACITY);
    memory.quantised.pop();
    let got = memory.run(CAPACITY, |_| Ok(())).unwrap_err();
    assert!(matches!(
        got,
        NativeError::Buffer {
            buffer: "quantised",
            ..
        }
    ));

    for sentences in [0, MAXIMUM_SENTENCES + 1] {
        let capacity = Capacity {
            sentences,
            ..CAPACITY
        };
        let got = Memory::new(SMALL, capacity).run(capacity, |_| Ok(()));
        let (maximum, got_sentences) = (MAXIMUM_SENTENCES, sentences);
        let error = NativeError::Sentences {
            maximum,
            got: got_sentences,
        };
        assert_eq!(got, Err(error));
    }
}

#[test]
fn sources_that_do_not_fit_are_refused() {
    let encode = |sources: &[&[Token]]| run(|native| native.encode_batch(sources));
    assert_eq!(encode(&[&[2, 3, END], &[4, 5, END]]), Ok(()));
    let maximum = 6;
    let too_long = NativeError::SourceLength { maximum, got: 7 };
    assert_eq!(encode(&[&[2, 3, 4, END], &[4, 5, END]]), Err(too_long));
    let empty = NativeError::SourceLength { maximum, got: 0 };
    assert_eq!(encode(&[&[2, END], &[]]), Err(empty));
    for (sources, got) in [(&[][..], 0), (&[&[END][..], &[END], &[END]], 3)] {
        let error = NativeError::Sentences { maximum: 2, got };
        assert_eq!(encode(sources), Err(error));
    }
    let token = SMALL.vocabulary_size as u32;
    assert_eq!(encode(&[&[token]]), Err(NativeError::Token { token }));
    assert_eq!(encode(&[&[token - 1]]), Ok(()));
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let nothing = Excluded::NOTHING;
    let got = run(|native| native.step(START, 0, nothing));
    assert_eq!(got, Err(NativeError::NoSource));
    let step = |token, position| {
        run(|native| {
            native.encode(&[2, END])?;
            native.step(token, position, nothing).map(|_| ())
        })
    };
    let (token, position) = (SMALL.vocabulary_size as u32, SMALL.maximum_positions);
    assert_eq!(step(token, 0), Err(NativeError::Token { token }));
    assert_eq!(
        step(START, position),
        Err(NativeError::Position { position })
    );
    assert_eq!(step(START, position - 1), Ok(()));
    let got = run(|native| {
        native.encode(&[2, END])?;
        let mut rows = [Row::START; 2];
        rows[1].sentence = 1;
        native.step_batch(0, &mut rows)
    });
    let error = NativeError::Sentences { maximum: 1, got: 2 };
    assert_eq!(got, Err(error));
    // An error must not affect the next sentence.
    let got = run(|native| {
        let error = native.encode(&[token]).unwrap_err();
        assert_eq!(error, NativeError::Token { token });
        native.encode(&[2, END])?;
        native.step(START, 0, nothing)
    });
    let expected = run(|native| {
        native.encode(&[2, END])?;
        native.step(START, 0, nothing)
    });
    assert_eq!(got, expected);
}

#[test]
fn a_forward_pass_that_holds_too_many_values_is_refused() {
    let got = run(|native| {
        for _ in 0..SLOTS {
            native.place(1, SMALL.d_model)?;
        }
        native.place(1, SMALL.d_model)
    });
    assert_eq!(got.unwrap_err(), NativeError::Slots);
}
