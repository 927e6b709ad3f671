//! The cases that every face runs, through the library, on every kernel set.

#[path = "../../tests/cases/cases.rs"]
mod cases;
#[path = "../../tests/cases/library.rs"]
mod library;

use deshi::{Options, available_kernels};
use deshi_core::random_model::CARRIED_MODEL;

#[test]
fn every_case_comes_out_as_the_table_says() {
    for kernels in available_kernels() {
        let options = Options::new().kernels(kernels).unwrap();
        let translator = options.open(CARRIED_MODEL).unwrap();
        for case in cases::cases() {
            let translation = library::translate(&translator, &case);
            assert_eq!(
                (&translation.text, library::flags(&translation)),
                (&case.translation, case.flags.clone()),
                "{} on {kernels}",
                case.name
            );
        }
    }
}
