//! Draws values for people and programs; decides nothing.

pub mod diagnostics;
pub mod diff;
pub mod findings_json;
pub mod plan_table;
pub mod standing;
pub mod tree;
