use deshi_core::{DecoderKind, Embeddings, FeedForwardActivation, Positions, tensors};

use super::*;

const SMALL: Architecture = Architecture {
    encoder_layers: 1,
    decoder_layers: 1,
    vocabulary_size: 288,
    d_model: 16,
    d_ff: 32,
    n_heads: 2,
    decoder: DecoderKind::Ssru,
    maximum_positions: 16,
    positions: Positions::Vaswani,
    activation: FeedForwardActivation::Relu,
    embeddings: Embeddings::JOINT,
};

/// A model's tensors, filled with consecutive numbers.
fn tensors() -> BTreeMap<String, Tensor> {
    let filled = |(index, tensor): (usize, tensors::Tensor)| {
        let (name, shape, count) = (
            tensor.to_string(),
            tensor.shape().to_vec(),
            tensor.elements(),
        );
        let values = (0..count).map(|at| index as f32 + at as f32 / 1024.0);
        let values = values.collect();
        (name, Tensor { shape, values })
    };
    let list = tensors::list(&SMALL);
    list.into_iter().enumerate().map(filled).collect()
}

fn file(tensors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let progress = Progress {
        step: 7,
        seconds: 0.1,
        best: 47.123_456_789,
        ..Progress::default()
    };
    let description = Description {
        architecture: SMALL,
        progress,
    };
    let named = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    write(&path, &description, named).unwrap();
    let (read_description, _) = read(&path).unwrap();
    assert_eq!(read_description, description);
    fs::read(path).unwrap()
}

#[test]
fn a_model_comes_back_as_it_was_written() {
    let tensors = tensors();
    let file = file(&tensors);
    assert!(parse(&file).unwrap().1 == tensors);
    let checkpoint = Checkpoint::parse(&file).unwrap();
    assert_eq!(checkpoint.architecture, SMALL);
    assert_eq!(checkpoint.tensors.len(), tensors.len());
    for (name, tensor) in &tensors {
        assert!(checkpoint.tensor(name) == tensor.values, "{name}");
    }
}

#[test]
fn what_does_not_fit_the_architecture_is_refused() {
    let refused = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut tensors = tensors();
        change(&mut tensors);
        Checkpoint::parse(&file(&tensors)).unwrap_err().to_string()
    };
    let name = "encoder.0.self_in.weight";
    type Change<'c> = &'c dyn Fn(&mut BTreeMap<String, Tensor>);
    let cases: [(Change<'_>, &str); 4] = [
        (&|tensors| drop(tensors.remove(name)), "is missing"),
        (
            &|tensors| {
                let extra = tensors[name].clone();
                tensors.insert("extra".into(), extra);
            },
            "has no tensor extra",
        ),
        (
            &|tensors| tensors.get_mut(name).unwrap().shape.reverse(),
            "must be [48, 16]",
        ),
        (
            &|tensors| tensors.get_mut(name).unwrap().values[3] = f32::NAN,
            "weight[3] is infinite or NaN",
        ),
    ];
    for (change, expected) in cases {
        let message = refused(change);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn other_files_are_refused() {
    assert!(matches!(
        parse(b"nothing"),
        Err(CheckpointError::SafeTensors(_))
    ));
    let bytes = [0; 4];
    let view = TensorView::new(Dtype::F32, vec![1], &bytes).unwrap();
    let foreign = serialize([("x", view)], None).unwrap();
    assert!(matches!(
        parse(&foreign),
        Err(CheckpointError::NoDescription)
    ));
    let bytes = [0; 2];
    let view = TensorView::new(Dtype::F16, vec![1], &bytes).unwrap();
    let description = Description {
        architecture: SMALL,
        progress: Progress::default(),
    };
    let text = serde_json::to_string(&description).unwrap();
    let metadata = HashMap::from([(DESCRIPTION.to_owned(), text)]);
    let half = serialize([("x", view)], Some(metadata)).unwrap();
    assert!(matches!(parse(&half), Err(CheckpointError::Tensor { .. })));
}
