//! Provokes each [`NativeError`], and holds a decoder with self-attention to what an SSRU is held to elsewhere.

use std::collections::BTreeMap;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::aligned::AlignedBytes;
use crate::random_model::{self, SMALL, SMALL_TRANSFORMER};
use crate::search::{Constraints, Found, greedy_batch};
use crate::vocabulary::{END, START};
use crate::weights::{self, Layout};
use crate::{Embeddings, TargetEmbedding};

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
    target_tokens: 8,
    candidates: 0,
};

fn run<T>(run: impl FnOnce(&mut Native<'_>) -> Result<T, NativeError>) -> Result<T, NativeError> {
    Memory::new(SMALL, CAPACITY).run(CAPACITY, run)
}

#[test]
fn what_cannot_run_is_refused_before_it_starts() {
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
fn a_cache_has_room_for_the_promised_translation_and_no_more() {
    let target_tokens = CAPACITY.target_tokens;
    let steps = |count: usize, capacity: Capacity| {
        Memory::new(SMALL_TRANSFORMER, capacity).run(capacity, |native| {
            native.encode_batch(&[&[2, 3, END], &[4, END]])?;
            for position in 0..count {
                let mut rows = [Row::START; 2];
                rows[1].sentence = 1;
                native.step_batch(position, &mut rows)?;
            }
            Ok(())
        })
    };
    assert_eq!(steps(target_tokens, CAPACITY), Ok(()));
    let maximum = target_tokens;
    let error = NativeError::TargetLength { maximum };
    assert_eq!(steps(target_tokens + 1, CAPACITY), Err(error));
    // Without a bound, the model's positions are one.
    let positions = SMALL_TRANSFORMER.maximum_positions;
    let unbound = CAPACITY.with_target_tokens(usize::MAX);
    assert_eq!(steps(positions, unbound), Ok(()));
}

#[test]
fn the_memory_of_a_cache_grows_with_the_length_bound_alone() {
    let elements = |architecture: &Architecture, target_tokens| {
        let capacity = CAPACITY.with_target_tokens(target_tokens);
        capacity.arena_elements(architecture)
    };
    let Architecture {
        decoder_layers,
        d_model,
        maximum_positions,
        ..
    } = SMALL_TRANSFORMER;
    let of_a_token = CAPACITY.sentences * decoder_layers * 2 * d_model;
    for target_tokens in 1..16 {
        let grown = elements(&SMALL_TRANSFORMER, target_tokens + 1)
            - elements(&SMALL_TRANSFORMER, target_tokens);
        assert_eq!(grown, of_a_token, "{target_tokens} tokens");
    }
    let all = elements(&SMALL_TRANSFORMER, maximum_positions);
    assert_eq!(elements(&SMALL_TRANSFORMER, usize::MAX), all);
    assert_eq!(elements(&SMALL, 1), elements(&SMALL, usize::MAX));

    let promised = CAPACITY.working_bytes(&SMALL_TRANSFORMER);
    let mut memory = Memory::new(SMALL_TRANSFORMER, CAPACITY);
    assert_eq!(promised, 4 * memory.arena.len() + memory.quantised.len());
    memory.arena.pop();
    let refused = memory.run(CAPACITY, |_| Ok(())).unwrap_err();
    assert!(matches!(
        refused,
        NativeError::Buffer {
            buffer: "arena",
            ..
        }
    ));
}

const SOURCES: [&[Token]; 7] = [
    &[260, END],
    &[258, 259, 262, END],
    &[END],
    &[263, 9, 264, 265, 266, 300, 301, 302, END],
    &[9, 260, END],
    &[310, 311, 260, 5, END],
    &[319, END],
];

/// Tokens of a source's translation: sentences of a batch end at different steps.
fn bound(source: &[Token]) -> usize {
    8 + 2 * source.len()
}

/// Tokens and bits of the log-probability of each source, computed side by side in memory that was used before.
fn decode(
    kernels: &'static dyn KernelSet,
    weights: &Weights<'_>,
    sources: &[&[Token]],
) -> Vec<(Vec<Token>, u32)> {
    let architecture = weights.layout().architecture();
    let capacity = Capacity {
        source_tokens: sources.iter().map(|source| source.len()).sum(),
        sentences: sources.len(),
        target_tokens: sources
            .iter()
            .map(|source| bound(source))
            .max()
            .unwrap_or(0),
        candidates: 0,
    };
    let mut arena = vec![f32::NAN; capacity.arena_elements(architecture)];
    let mut quantised = vec![1; capacity.quantised_elements(architecture)];
    let native = Native::with_capacity(kernels, weights, capacity, &mut arena, &mut quantised);
    let mut native = native.unwrap();
    let mut rows = vec![Row::START; sources.len()];
    let mut found = vec![Found::NOTHING; sources.len()];
    let mut tokens = vec![Vec::new(); sources.len()];
    let constraints = sources
        .iter()
        .map(|source| Constraints::tokens(bound(source)));
    let constraints: Vec<_> = constraints.collect();
    let push = |sentence: usize, token| tokens[sentence].push(token);
    greedy_batch(
        &mut native,
        sources,
        &constraints,
        &mut rows,
        &mut found,
        push,
    )
    .unwrap();
    let bits = found.iter().map(|found| found.log_probability.to_bits());
    tokens.into_iter().zip(bits).collect()
}

#[test]
fn a_self_attention_decoder_gives_the_same_bits_alone_in_batches_on_every_set_and_thread() {
    for seed in [3, 4] {
        let file = random_model::weights(&SMALL_TRANSFORMER, seed).unwrap();
        let file = AlignedBytes::copy(&file);
        let weights = Weights::new(&SMALL_TRANSFORMER, file.bytes()).unwrap();
        let best = deshi_kernels::best();
        let expected = decode(best, &weights, &SOURCES);
        let longest = expected.iter().map(|(tokens, _)| tokens.len()).max();
        assert!(longest > Some(5), "{expected:?}");
        for kernels in deshi_kernels::available() {
            let alone = |source: &&[Token]| decode(kernels, &weights, &[source]);
            let alone: Vec<_> = SOURCES.iter().flat_map(alone).collect();
            assert_eq!(alone, expected, "{}, alone", kernels.name());
            let together = decode(kernels, &weights, &SOURCES);
            assert_eq!(together, expected, "{}", kernels.name());
        }
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| decode(best, &weights, &SOURCES)))
                .collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap(), expected);
            }
        });
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

/// What a batch becomes: its tokens, and the bits of their log-probabilities.
fn translated(
    architecture: Architecture,
    tensors: &BTreeMap<String, Vec<f32>>,
    sources: &[&[Token]; 2],
) -> Result<Vec<(Vec<Token>, u32)>, NativeError> {
    let layout = Layout::new(&architecture).unwrap();
    let mut memory = Memory::new(architecture, CAPACITY);
    memory.file = AlignedBytes::copy(&weights::write(&layout, |name| &tensors[name]));
    memory.run(CAPACITY, |native| {
        let (mut rows, mut found) = ([Row::START; 2], [Found::NOTHING; 2]);
        let mut tokens = [vec![], vec![]];
        let constraints = [Constraints::tokens(8); 2];
        let push = |sentence: usize, token| tokens[sentence].push(token);
        greedy_batch(native, sources, &constraints, &mut rows, &mut found, push)?;
        let found = found.map(|found| found.log_probability.to_bits());
        Ok(tokens.into_iter().zip(found).collect())
    })
}

#[test]
fn embeddings_of_their_own_are_read_as_the_joint_one_is() {
    let split = |target| Architecture {
        embeddings: Embeddings {
            source_vocabulary_size: 100,
            target,
        },
        ..SMALL
    };
    let joint = random_model::tensors(&SMALL, 1);
    let width = SMALL.d_model;
    let rows = joint["embedding.weight"].chunks(width);
    // The source has the ids of the last hundred pieces, backwards.
    let source: Vec<f32> = rows.clone().rev().take(100).flatten().copied().collect();
    let last = SMALL.vocabulary_size as Token - 1;
    let sources: [&[Token]; 2] = [&[last, last - 40, last - 99], &[last - 7]];
    let of_source = [[0u32, 40, 99].as_slice(), &[7]];
    let expected = translated(SMALL, &joint, &sources).unwrap();
    for target in [TargetEmbedding::Tied, TargetEmbedding::Untied] {
        let mut tensors = joint.clone();
        tensors.insert("source_embedding.weight".into(), source.clone());
        tensors.insert(
            "target_embedding.weight".into(),
            joint["embedding.weight"].clone(),
        );
        let architecture = split(target);
        let got = translated(architecture, &tensors, &of_source).unwrap();
        assert_eq!(got, expected, "{target:?}");
        // Each language has its own ids.
        let outside = translated(architecture, &tensors, &[&[99], &[100]]);
        assert_eq!(outside.unwrap_err(), NativeError::Token { token: 100 });
        // An untied embedding is what the decoder reads, and not what it writes.
        let other = random_model::tensors(&architecture, 2);
        for (table, is_read) in [
            ("source_embedding.weight", true),
            ("target_embedding.weight", target == TargetEmbedding::Untied),
        ] {
            let mut tensors = tensors.clone();
            if let Some(values) = other.get(table) {
                tensors.insert(table.into(), values.clone());
            }
            let got = translated(architecture, &tensors, &of_source).unwrap();
            assert_eq!(got != expected, is_read, "{table}, {target:?}");
        }
        // Known beforehand: tables are read in place.
        assert_eq!(
            CAPACITY.working_bytes(&architecture),
            CAPACITY.working_bytes(&SMALL)
        );
    }
}
