//! The whole recipe on a corpus that the test makes itself: a tiny model learns it, by every method of distillation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use deshi_core::random::Random;
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu};
use deshi_corpus::segment::Segmenter;
use deshi_corpus::selection::{Method, Similarity};
use deshi_train::beam_search::{Beam, search, search_all};
use deshi_train::checkpoint::load_model;
use deshi_train::interpreter::{Mode, Precision};
use deshi_train::recipe::{Data, Recipe};
use deshi_train::text::detokenise;
use deshi_train::{export, pipeline, select, train, translate};
use tch::Device;

/// libtorch has one generator of random numbers: what draws from it runs alone.
static RANDOM: Mutex<()> = Mutex::new(());

const WORDS: [(&str, &str); 12] = [
    ("one", "eins"),
    ("two", "zwei"),
    ("red", "rot"),
    ("blue", "blau"),
    ("dog", "Hund"),
    ("cat", "Katze"),
    ("house", "Haus"),
    ("tree", "Baum"),
    ("and", "und"),
    ("sees", "sieht"),
    ("here", "hier"),
    ("today", "heute"),
];

/// Two to four words and a full stop.
fn sentence(random: &mut Random) -> (String, String) {
    let words: Vec<_> = (0..2 + random.below(3))
        .map(|_| WORDS[random.below(WORDS.len())])
        .collect();
    let side = |pick: fn(&(&'static str, &'static str)) -> &'static str| {
        words.iter().map(pick).collect::<Vec<_>>().join(" ") + "."
    };
    (side(|word| word.0), side(|word| word.1))
}

fn write_corpus(path: &Path, lines: usize, seed: u64) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let pairs: Vec<_> = (0..lines).map(|_| sentence(&mut random)).collect();
    let text: String = pairs
        .iter()
        .map(|(source, target)| format!("{source}\t{target}\ttoy\n"))
        .collect();
    fs::write(path, text).unwrap();
    pairs
}

fn recipe(folder: &Path) -> PathBuf {
    let shapes: String = ["self_attention", "ssru"]
        .map(|decoder| {
            format!(
                r#"
[architectures.{decoder}]
encoder_layers = 1
decoder_layers = 1
d_model = 32
d_ff = 64
n_heads = 4
decoder = "{decoder}"
maximum_positions = 32
"#
            )
        })
        .concat();
    let shape = r#"
precision = "f32"
batch_tokens = 400
validate_steps = 150
"#;
    let optimiser = "optimiser = { learning_rate = 5e-3, warmup_steps = 50, smoothing = 0.02 }";
    let model = |name: &str, rest: &str| format!("[models.{name}]\n{shape}{optimiser}\n{rest}\n");
    let distilled = "architecture = \"ssru\"\ndata = \"distilled\"\nmaximum_steps = 450";
    let word_kd = "teacher = \"teacher\"\nloss = { word_kd = 0.5, word_kd_top = 8 }";
    let text = format!(
        r#"
folder = "{folder}/run"
pipeline = ["teacher", "student", "student-int8"]
[prepare]
source_language = "en"
target_language = "de"
held_out = ["{folder}/dev.tsv"]
lines_per_shard = 100
[[prepare.corpora]]
kind = "tsv"
path = "{folder}/train.tsv"
[vocabulary]
size = 400
[dev]
files = ["{folder}/dev.tsv"]
[select]
drop_share = 0.02
"#,
        folder = folder.display()
    ) + &shapes + &model(
        "teacher",
        "architecture = \"self_attention\"\nmaximum_steps = 450",
    )
    .replace("0.02 }", "0.02, matrices = \"muon\" }") + &model("student", distilled)
        + &model(
            "word-kd",
            &format!("architecture = \"ssru\"\nmaximum_steps = 450\n{word_kd}"),
        )
        + &model(
            "all-three",
            &format!(
                "{}\ninitial = [\"student\"]\n{word_kd}",
                distilled.replace("450", "60")
            ),
        )
        + &model(
            "student-int8",
            "architecture = \"ssru\"\ndata = \"distilled\"\ninitial = [\"student\"]\nmaximum_steps = 30",
        )
        .replace("precision = \"f32\"", "precision = \"int8\"");
    let path = folder.join("recipe.toml");
    fs::write(&path, text).unwrap();
    path
}

fn bleu(recipe: &Recipe, name: &str, precision: Precision, dev: &[(String, String)]) -> f64 {
    let file = fs::read(recipe.vocabulary_path()).unwrap();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    let model = load_model(&recipe.model_path(name), Device::Cpu).unwrap();
    let mut segmenter = Segmenter::new(vocabulary);
    let sources: Vec<Vec<u16>> = dev
        .iter()
        .map(|(source, _)| segmenter.sentence(source))
        .collect();
    let sources: Vec<&[u16]> = sources.iter().map(Vec::as_slice).collect();
    let mode = Mode::inference(precision);
    let lists = search_all(&model, mode, &sources, Beam::GREEDY, 500);
    let texts: Vec<String> = lists
        .iter()
        .map(|list| detokenise(&vocabulary, &list[0].tokens))
        .collect();
    let references: Vec<String> = dev.iter().map(|(_, target)| target.clone()).collect();
    corpus_bleu(&texts, &references, Tokeniser::default())
        .unwrap()
        .score
}

#[test]
fn a_student_learns_what_its_teacher_says() {
    let _alone = RANDOM.lock().unwrap_or_else(PoisonError::into_inner);
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().unwrap();
    write_corpus(&folder.path().join("train.tsv"), 700, 1);
    let dev = write_corpus(&folder.path().join("dev.tsv"), 40, 2);
    let mut recipe = Recipe::read(&recipe(folder.path())).unwrap();

    let out = folder.path().join("toy.deshi");
    pipeline::run(&recipe, Some(&out)).unwrap();
    for (name, precision) in [
        ("teacher", Precision::F32),
        ("student", Precision::F32),
        ("student-int8", Precision::Int8),
    ] {
        let score = bleu(&recipe, name, precision, &dev);
        assert!(score > 80.0, "{name}: {score}");
    }
    let vocabulary = fs::read(recipe.vocabulary_path()).unwrap();
    let pieces = Vocabulary::parse(&vocabulary).unwrap().len();
    Shortlist::parse(&fs::read(recipe.shortlist_path()).unwrap(), pieces).unwrap();

    the_bundle_translates_as_its_checkpoint_does(&recipe, &out, &dev);
    a_bundle_is_trained_further(&recipe, &out, &dev);

    // A lost shard is translated again, and comes out the same.
    let shard = recipe.translated().join("train.00001.nbest.tsv.gz");
    let before = fs::read(&shard).unwrap();
    fs::remove_file(&shard).unwrap();
    translate::run(&recipe, deshi::Shard::WHOLE).unwrap();
    assert_eq!(fs::read(&shard).unwrap(), before);

    // Word-KD, Seq-Inter, and the three together.
    train::run(&recipe, "word-kd").unwrap();
    recipe.select.method = Method::SequenceInterpolation {
        similarity: Similarity::Bleu(Tokeniser::default()),
    };
    select::run(&recipe).unwrap();
    train::run(&recipe, "all-three").unwrap();
    for name in ["word-kd", "all-three"] {
        let score = bleu(&recipe, name, Precision::F32, &dev);
        assert!(score > 80.0, "{name}: {score}");
    }
}

fn the_bundle_translates_as_its_checkpoint_does(
    recipe: &Recipe,
    bundle: &Path,
    dev: &[(String, String)],
) {
    // The checkpoint's search looks at the whole vocabulary.
    let options = deshi::Options::new().shortlist(false);
    let translator = options.open(bundle).unwrap();
    assert_eq!(translator.about().unwrap().name, "toy");
    let vocabulary = fs::read(recipe.vocabulary_path()).unwrap();
    let pieces = Vocabulary::parse(&vocabulary).unwrap();
    let model = load_model(&recipe.model_path("student-int8"), Device::Cpu).unwrap();
    let mode = Mode::inference(Precision::Int8);
    let mut segmenter = Segmenter::new(pieces);
    for (source, _) in dev {
        let ids = segmenter.sentence(source);
        let found = &search(&model, mode, &[&ids], Beam::GREEDY)[0][0];
        let translation = translator.translate_raw(source).unwrap();
        let text = detokenise(&pieces, &found.tokens);
        assert_eq!(translation.text, text, "{source}");
        let difference = f64::from(translation.log_probability) - found.log_probability;
        assert!(difference.abs() < 1e-2, "{source}: {difference}");
    }
    // The teacher, whose decoder attends to itself, is a bundle too.
    let teacher = bundle.with_extension("teacher");
    export::run(recipe, "teacher", &teacher).unwrap();
    let translator = deshi::Options::new().open(&teacher).unwrap();
    let right = |(source, target): &&(String, String)| {
        translator.translate_raw(source).unwrap().text == *target
    };
    let count = dev.iter().filter(right).count();
    assert!(count * 2 > dev.len(), "{count} of {}", dev.len());
}

/// Elsewhere, with nothing but the bundle and a corpus: a few steps are enough for a model that begins with what is
/// learnt, and are not for one that begins with nothing.
fn a_bundle_is_trained_further(recipe: &Recipe, bundle: &Path, dev: &[(String, String)]) {
    let mut further = recipe.clone();
    further.folder = bundle.with_extension("further");
    further.vocabulary.bundle = Some(bundle.to_owned());
    let model = further.models.get_mut("student").unwrap();
    model.initial = vec![bundle.to_str().unwrap().to_owned()];
    model.data = Data::Prepared;
    model.maximum_steps = 5;
    pipeline::run_prepare(&further).unwrap();
    pipeline::run_vocabulary(&further).unwrap();
    assert_eq!(
        fs::read(further.vocabulary_path()).unwrap(),
        fs::read(recipe.vocabulary_path()).unwrap()
    );
    train::run(&further, "student").unwrap();
    let score = bleu(&further, "student", Precision::F32, dev);
    assert!(score > 80.0, "{score}");
    let began = load_model(bundle, Device::Cpu).unwrap();
    let trained = load_model(&further.model_path("student"), Device::Cpu).unwrap();
    let moved = (&trained.flat - &began.flat).abs().max().double_value(&[]);
    assert!(
        moved > 1e-4,
        "nothing was learnt: the tensors are the bundle's"
    );

    let model = further.models.get_mut("student").unwrap();
    model.initial = Vec::new();
    fs::remove_dir_all(further.model_folder("student")).unwrap();
    train::run(&further, "student").unwrap();
    let score = bleu(&further, "student", Precision::F32, dev);
    assert!(
        score < 20.0,
        "{score} from random tensors: the test shows nothing"
    );
}

#[test]
fn an_interrupted_training_goes_on_as_if_it_had_not_stopped() {
    let _alone = RANDOM.lock().unwrap_or_else(PoisonError::into_inner);
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().unwrap();
    write_corpus(&folder.path().join("train.tsv"), 300, 3);
    write_corpus(&folder.path().join("dev.tsv"), 10, 4);
    let mut recipe = Recipe::read(&recipe(folder.path())).unwrap();
    pipeline::run_prepare(&recipe).unwrap();
    pipeline::run_vocabulary(&recipe).unwrap();
    let shorten = |recipe: &mut Recipe, steps| {
        let model = recipe.models.get_mut("teacher").unwrap();
        // The learning rate's fall depends on the planned length: none of it in this test.
        model.optimiser.cooldown = 0.0;
        model.maximum_steps = steps;
        model.validate_steps = 10;
        model.dropout = 0.1;
    };
    let run = |recipe: &Recipe| {
        train::run(recipe, "teacher").unwrap();
        fs::read(recipe.model_folder("teacher").join("training.safetensors")).unwrap()
    };
    shorten(&mut recipe, 10);
    let (_, mut tensors) = deshi_checkpoint::parse(&run(&recipe)).unwrap();
    let interrupted = tensors.remove("parameters").unwrap();
    shorten(&mut recipe, 20);
    let resumed = run(&recipe);

    fs::remove_dir_all(recipe.model_folder("teacher")).unwrap();
    let straight = run(&recipe);
    let (resumed_from, resumed) = deshi_checkpoint::parse(&resumed).unwrap();
    let (straight_from, straight) = deshi_checkpoint::parse(&straight).unwrap();
    assert_eq!(resumed_from.progress.step, 20);
    assert_eq!(resumed_from.progress.tokens, straight_from.progress.tokens);
    let names: Vec<_> = straight.keys().map(String::as_str).collect();
    assert_eq!(names, ["first", "parameters", "second", "smoothed"]);
    for (name, tensor) in &straight {
        assert!(
            resumed[name] == *tensor,
            "{name}: the resumed run is another one"
        );
        assert!(tensor.values.iter().any(|&value| value != 0.0), "{name}");
    }
    // What it is compared with is not where it resumed.
    assert!(interrupted != straight["parameters"]);
}

#[test]
fn emulated_int8_is_what_the_kernels_compute_to_the_bit() {
    use deshi_kernels::{Activation, LinearWeights};
    use tch::{Kind, Tensor};
    let _alone = RANDOM.lock().unwrap_or_else(PoisonError::into_inner);
    tch::manual_seed(5);
    for (rows, inputs, outputs) in [(1, 16, 16), (7, 64, 48), (3, 1536, 32)] {
        let x = Tensor::randn([rows, inputs], (Kind::Float, Device::Cpu));
        let weight = Tensor::randn([outputs, inputs], (Kind::Float, Device::Cpu)) * 0.1;
        let bias = Tensor::randn([outputs], (Kind::Float, Device::Cpu));
        let emulated: Vec<f32> =
            Vec::try_from(deshi_train::interpreter::int8_linear(&x, &weight, &bias).reshape([-1]))
                .unwrap();

        let values = |tensor: &Tensor| Vec::<f32>::try_from(tensor.reshape([-1])).unwrap();
        let (rows, inputs, outputs) = (rows as usize, inputs as usize, outputs as usize);
        let mut blocked = vec![0; inputs * outputs];
        let (mut scales, mut sums) = (vec![0.0; outputs], vec![0; outputs]);
        deshi_core::quantization::quantise_linear(
            inputs,
            &values(&weight),
            &mut blocked,
            &mut scales,
            &mut sums,
        );
        let bias = values(&bias);
        let weights = LinearWeights::new(inputs, outputs, &blocked, &scales, &sums, &bias).unwrap();
        for kernels in deshi_kernels::available() {
            let (mut quantised, mut row_scales) = (vec![0; rows * inputs], vec![0.0; rows]);
            kernels.quantise_rows(&values(&x), inputs, &mut quantised, &mut row_scales);
            let mut y = vec![0.0; rows * outputs];
            kernels.linear(
                rows,
                &quantised,
                &row_scales,
                &weights,
                Activation::None,
                &mut y,
            );
            assert_eq!(y, emulated, "{}", kernels.name());
        }
    }
}
