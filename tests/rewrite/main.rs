//! What a rewrite changes, byte for byte, and what it must leave alone: one module a recipe.

mod autotools;
mod cgo;
mod changes;
mod check;
mod cmake;
mod composer;
mod dart;
mod dotnet;
mod elixir;
mod gcc;
mod go_make;
mod go_tools;
mod images;
mod make;
mod meson;
mod node_bundle;
mod python;
mod ruby;
mod rust;
mod split;
mod target_only;
mod zig;
