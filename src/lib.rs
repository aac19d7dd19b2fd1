//! xbuild reads a Dockerfile as BuildKit does, decides stage by stage what may run on the builder's own
//! architecture, rewrites exactly those stages so that they cross-compile, and runs the result on the
//! user's builder.
//!
//! Each module is a step of the data's way and imports only the steps above it.

pub mod source;

pub mod grammar;

pub mod shell;

pub mod platform;

pub mod model;

pub mod context;

pub mod plan;

pub mod recipes;

pub mod rewrite;

pub mod rules;

pub mod report;

pub mod engine;

pub mod verify;

pub mod cli;
