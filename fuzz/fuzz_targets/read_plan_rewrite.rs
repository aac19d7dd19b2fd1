//! Any bytes are read, planned and rewritten as the laws demand.

#![no_main]

#[path = "../../tests/laws/every_text.rs"]
mod every_text;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| every_text::obeys_every_law(&String::from_utf8_lossy(bytes)));
