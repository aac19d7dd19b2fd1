//! What a rewrite changes, byte for byte, and what it must leave alone: one module a recipe.

mod changes;
mod check;
mod composer;
mod dart;
mod dotnet;
mod elixir;
mod go_make;
mod go_tools;
mod images;
mod python;
mod ruby;
mod rust;
mod split;
mod target_only;
mod zig;
