//! Minimal snippets of every form, and the laws that hold for any text.

mod forms;
mod laws;
mod render;
mod values;
mod walks;
