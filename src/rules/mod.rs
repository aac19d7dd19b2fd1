//! What is wrong, fragile or slow in a Dockerfile that is built for several platforms.
//!
//! A rule is a value: one file with its page beside it, and one line in the registry. Rules read the model and the
//! plan and nothing else; what they find are plain values that `report` draws.

mod architecture;
mod constant_platform;
mod diagnostic;
mod download;
mod emulated_compiler;
mod guard;
mod hard_coded_architecture;
mod ignored_platform;
mod lint;
mod native_final_stage;
mod native_machine_question;
mod redundant_platform;
mod single_platform_image;
mod subject;
mod suppression;
mod suppression_without_reason;
mod syntax_error;
mod target_argument_default;
mod undeclared_target_argument;
mod unknown_suppression;
mod unstripped_variant;

pub use diagnostic::{Diagnostic, Severity};
pub use lint::lint;
pub use subject::{Run, Subject};

/// Something that a Dockerfile should not do: a `.rs` and a `.md` of the same name, and one line in the registry.
#[derive(Debug)]
pub struct Rule {
    /// The bad pattern in kebab-case, as in `allow(constant-platform)`.
    pub id: &'static str,
    /// The short name in reports; the hundreds are the subject: syntax, platforms of stages, build arguments,
    /// architectures, cross-compilation, speed, suppressions.
    pub code: &'static str,
    /// How bad a finding is, unless the finding itself says otherwise.
    pub severity: Severity,
    /// The page beside the code.
    pub documentation: &'static str,
    /// Looks for the pattern.
    pub check: fn(&Subject<'_>, &mut Vec<Diagnostic>),
}

/// Every rule, in the order of the codes.
pub const ALL: &[&Rule] = &[
    &syntax_error::RULE,
    &constant_platform::RULE,
    &redundant_platform::RULE,
    &ignored_platform::RULE,
    &native_final_stage::RULE,
    &target_argument_default::RULE,
    &undeclared_target_argument::RULE,
    &single_platform_image::RULE,
    &hard_coded_architecture::RULE,
    &native_machine_question::RULE,
    &unstripped_variant::RULE,
    &emulated_compiler::RULE,
    &suppression_without_reason::RULE,
    &unknown_suppression::RULE,
];

/// The rule with that id or code, in any case.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter()
        .copied()
        .find(|rule| rule.id.eq_ignore_ascii_case(name) || rule.code.eq_ignore_ascii_case(name))
}
