//! The predicted working memory is exactly what a model needs: one element less fails, and a translator allocates little more.

use deshi::Options;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, Bundle};
use deshi_core::memory::working_bytes;
use deshi_core::native::{Native, NativeError, arena_elements, quantised_elements};
use deshi_core::search::{Excluded, Executor};
use deshi_core::vocabulary::START;
use deshi_core::weights::Weights;
use deshi_tests::models;

#[test]
fn a_sentence_runs_in_the_promised_bytes_and_in_no_fewer() {
    let file = AlignedBytes::copy(&models::carried());
    let bundle = Bundle::parse(file.bytes()).unwrap();
    let architecture = bundle.manifest().architecture;
    let weights = Weights::new(&architecture, bundle.member(bundle::WEIGHTS).unwrap()).unwrap();
    let kernels = deshi_kernels::best();
    for source_len in [1, 7, 16, 48, architecture.maximum_positions] {
        let elements = [
            arena_elements(&architecture, source_len),
            quantised_elements(&architecture, source_len),
        ];
        let promised = working_bytes(&architecture, source_len);
        assert_eq!(promised, elements[0] * size_of::<f32>() + elements[1]);

        let (mut arena, mut quantised) = (vec![0.0; elements[0]], vec![0; elements[1]]);
        for shorter in [[1, 0], [0, 1]] {
            let (arena, quantised) = (&mut arena[shorter[0]..], &mut quantised[shorter[1]..]);
            let refused = Native::new(kernels, &weights, source_len, arena, quantised);
            assert!(matches!(refused, Err(NativeError::Buffer { .. })));
        }
        let mut native =
            Native::new(kernels, &weights, source_len, &mut arena, &mut quantised).unwrap();
        native.encode(&vec![300; source_len]).unwrap();
        native.step(START, 0, Excluded::NOTHING).unwrap();
    }
}

#[test]
fn a_translator_allocates_the_promised_bytes_and_room_for_the_tokens() {
    let file = models::carried();
    let text = "The old man sat on a bench and looked at the birds.";
    let translator = Options::new().shortlist(false).from_bytes(&file).unwrap();
    let mut tokens = 0;
    let allocated = allocation_counter::measure(|| {
        tokens = translator.translate_raw(text).unwrap().source_tokens.len() + 1;
    });
    let promised = translator.working_bytes(tokens).unwrap();
    let most = usize::try_from(allocated.bytes_max).unwrap();
    assert!(
        (promised..promised + 8192).contains(&most),
        "predicted {promised} bytes, allocated {most}"
    );
}
