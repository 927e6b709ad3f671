//! The native executor allocates nothing, once it has its arena.

use deshi_core::bundle::{Bundle, WEIGHTS};
use deshi_core::native::{Native, arena_elements, quantised_elements};
use deshi_core::random_model::CARRIED_MODEL;
use deshi_core::search::{Constraints, Excluded, Executor, greedy};
use deshi_core::vocabulary::END;
use deshi_core::weights::Weights;

#[test]
fn native_steps_do_not_allocate() {
    let file = std::fs::read(CARRIED_MODEL).unwrap();
    let bundle = Bundle::parse(&file).unwrap();
    let architecture = bundle.manifest().architecture;
    let weights = Weights::new(&architecture, bundle.member(WEIGHTS).unwrap()).unwrap();
    let mut arena = vec![0.0; arena_elements(&architecture, 40)];
    let mut quantised = vec![0; quantised_elements(&architecture, 40)];
    for kernels in deshi_kernels::available() {
        let mut native = Native::new(kernels, &weights, 40, &mut arena, &mut quantised).unwrap();
        for source in [&[503, 639, 1242, 271, END][..], &[1801; 40]] {
            let mut tokens = 0;
            let allocations = allocation_counter::measure(|| {
                greedy(&mut native, source, Constraints::tokens(70), |_| {
                    tokens += 1
                })
                .unwrap();
                native.step(END, 70, Excluded::NOTHING).unwrap();
            });
            assert!(tokens > 0);
            assert_eq!(allocations.count_total, 0, "{}", kernels.name());
        }
    }
}
