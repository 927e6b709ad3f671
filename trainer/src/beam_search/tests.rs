use deshi_core::Architecture;
use deshi_core::random_model::SMALL;

use super::*;

/// Log-probabilities of the token after a prefix.
fn next(model: &Model, mode: Mode, source: &[u16], prefix: &[u16]) -> Vec<f32> {
    no_grad(|| {
        let device = model.flat.device();
        let (ids, padding) = pad(&[source], device);
        let mut torch = Torch::new(model, mode, &padding);
        let memories = torch.encode(&ids);
        let read: Vec<u16> = std::iter::once(START as u16)
            .chain(prefix.iter().copied())
            .collect();
        let (target, _) = pad(&[&read], device);
        let mut states = torch.states();
        let logits = torch.decode(&target, 0, &memories, &mut states);
        let last = logits.select(1, read.len() as i64 - 1);
        Vec::try_from(last.log_softmax(-1, Kind::Float).reshape([-1])).unwrap()
    })
}

/// Every hypothesis of up to `limit` tokens over a few tokens, END included, best first.
fn every(
    model: &Model,
    mode: Mode,
    source: &[u16],
    tokens: &[u16],
    limit: usize,
    penalty: f64,
) -> Vec<Hypothesis> {
    let (mut all, mut open) = (Vec::new(), vec![(Vec::new(), 0.0)]);
    for length in 1..=limit {
        let mut longer = Vec::new();
        for (prefix, total) in open {
            let log_p = next(model, mode, source, &prefix);
            for &token in tokens {
                let log_probability: f64 = total + f64::from(log_p[usize::from(token)]);
                if u32::from(token) == END {
                    let score = log_probability / (length as f64).powf(penalty);
                    all.push(Hypothesis {
                        tokens: prefix.clone(),
                        log_probability,
                        score,
                    });
                } else {
                    let mut prefix = prefix.clone();
                    prefix.push(token);
                    longer.push((prefix, log_probability));
                }
            }
        }
        open = longer;
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all
}

#[test]
fn a_beam_that_holds_everything_finds_what_brute_force_finds() {
    // Only five tokens are ever likely, and END soon is: the bias of all others is far below.
    let tokens = [END as u16, 300, 301, 302, 303];
    let architecture = Architecture {
        maximum_positions: 4,
        ..SMALL
    };
    let model = Model::random(architecture, Device::Cpu, 5);
    no_grad(|| {
        let mut bias = model.get("embedding.bias").detach();
        let _ = bias.fill_(-60.0);
        for (token, value) in tokens.into_iter().zip([1.0, 0.5, 0.2, 0.1, 0.3]) {
            let _ = bias.get(token.into()).fill_(value);
        }
    });
    let mode = Mode::inference(crate::interpreter::Precision::F32);
    let source: &[u16] = &[310, 305, 0];
    let limit = maximum_tokens(LENGTH_FACTOR, LENGTH_OFFSET, source.len(), 4);
    for length_penalty in [0.0, 0.6, 1.0] {
        let expected = every(&model, mode, source, &tokens, limit, length_penalty);
        let beam = Beam {
            size: 4usize.pow(limit as u32),
            length_penalty,
        };
        let found = search(&model, mode, &[source], beam).remove(0);
        for (found, expected) in found.iter().zip(&expected).take(3) {
            assert_eq!(
                found.tokens, expected.tokens,
                "length penalty {length_penalty}"
            );
            assert!((found.log_probability - expected.log_probability).abs() < 1e-3);
            assert!((found.score - expected.score).abs() < 1e-3);
        }
        assert!(found[0].score >= found[1].score);
    }
}

#[test]
fn an_ensemble_takes_the_mean_of_the_probabilities() {
    let models = [8, 9].map(|seed| Model::random(SMALL, Device::Cpu, seed));
    let mode = Mode::inference(crate::interpreter::Precision::F32);
    let source: &[u16] = &[310, 305, 300, 0];
    let found = search_ensemble(&models, mode, &[source], Beam::GREEDY, 100, &mut |_| ()).remove(0);
    let limit = maximum_tokens(
        LENGTH_FACTOR,
        LENGTH_OFFSET,
        source.len(),
        SMALL.maximum_positions,
    );
    let (mut prefix, mut total) = (Vec::new(), 0.0);
    while prefix.len() < limit {
        let [one, other] = [0, 1].map(|at| next(&models[at], mode, source, &prefix));
        let mean = one
            .iter()
            .zip(&other)
            .map(|(one, other)| (0.5 * (f64::from(*one).exp() + f64::from(*other).exp())).ln());
        let (token, log_p) = mean.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        total += log_p;
        if token == END as usize {
            break;
        }
        prefix.push(token as u16);
    }
    assert!(prefix.len() > 2);
    assert_eq!(found[0].tokens, prefix);
    // A member's alone would be another number.
    let difference = (found[0].log_probability - total).abs();
    assert!(difference < 1e-3, "{difference}");
    // Twice the same model is that model.
    let twice = [8, 8].map(|seed| Model::random(SMALL, Device::Cpu, seed));
    let beam = Beam {
        size: 3,
        length_penalty: 0.6,
    };
    let of_two = search_ensemble(&twice, mode, &[source], beam, 100, &mut |_| ()).remove(0);
    let of_one = search(&twice[0], mode, &[source], beam).remove(0);
    for (two, one) in of_two.iter().zip(&of_one) {
        assert_eq!(two.tokens, one.tokens);
        assert!((two.log_probability - one.log_probability).abs() < 1e-3);
    }
}

#[test]
fn batches_do_not_change_what_is_found() {
    let model = Model::random(SMALL, Device::Cpu, 6);
    let mode = Mode::inference(crate::interpreter::Precision::F32);
    let sources: Vec<Vec<u16>> = (1..12)
        .map(|length| (0..length).map(|at| 260 + (at * 7 % 30) as u16).collect())
        .collect();
    let sources: Vec<&[u16]> = sources.iter().rev().map(Vec::as_slice).collect();
    let beam = Beam {
        size: 3,
        length_penalty: 0.6,
    };
    let together = search_all(&model, mode, &sources, beam, 60);
    for (source, together) in sources.iter().zip(together) {
        let alone = search(&model, mode, &[source], beam).remove(0);
        assert_eq!(alone[0].tokens, together[0].tokens);
    }
}

#[test]
fn the_best_tokens_are_those_of_a_search_of_the_whole_row() {
    tch::manual_seed(3);
    for size in [32, 112, 6000] {
        let logits = Tensor::randn([9, size], (Kind::Float, Device::Cpu));
        let (best, tokens) = best_tokens(&logits, 5);
        let (expected, places) = logits.log_softmax(-1, Kind::Float).topk(5, -1, true, true);
        assert!(tokens.equal(&places), "{size}");
        assert!(best.allclose(&expected, 1e-5, 1e-5, false), "{size}");
    }
}
