//! What xbuild knows of commands, one recipe a file, each with its page beside it.
//!
//! The order is that of asking: the first recipe that knows a command answers for it.

mod autotools;
mod c_build;
mod c_compiler;
mod cmake;
mod composer;
mod cross;
mod dart;
mod dotnet;
mod dotnet_call;
mod elixir;
mod files;
mod gcc;
mod go;
mod go_make;
mod go_target;
mod go_tools;
mod jar;
mod libraries;
mod make;
mod meson;
mod node_bundle;
mod python;
mod ruby;
mod rust;
mod static_site;
mod target_only;
mod tools;
mod zig;

use crate::plan::Recipe;

/// Every recipe.
pub const ALL: &[&Recipe] = &[
    &go::RECIPE,
    &make::RECIPE,
    &go_make::RECIPE,
    &rust::RECIPE,
    &dotnet::RECIPE,
    &autotools::RECIPE,
    &cmake::RECIPE,
    &meson::RECIPE,
    &gcc::RECIPE,
    &node_bundle::RECIPE,
    &jar::RECIPE,
    &zig::RECIPE,
    &dart::RECIPE,
    &elixir::RECIPE,
    &composer::RECIPE,
    &static_site::RECIPE,
    &ruby::RECIPE,
    &python::RECIPE,
    &tools::RECIPE,
    &files::RECIPE,
    &target_only::RECIPE,
];
