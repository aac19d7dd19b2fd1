//! What a build did, for people: seconds by platform, what was moved, what was not and why.

use crate::{engine::Timing, plan::Plan, report::plan_table};

/// The table at the end of a build; `plan` is absent when the file was built as it is.
pub fn summary(timing: &Timing, plan: Option<&Plan>) -> String {
    let mut lines = vec![format!(
        "{:<16} {:>10} {:>10} {:>10}",
        "RUN seconds", "native", "shared", "emulated"
    )];
    for (platform, seconds) in &timing.platforms {
        lines.push(format!(
            "{platform:<16} {:>10.1} {:>10.1} {:>10.1}",
            seconds.native, seconds.shared, seconds.emulated
        ));
    }
    if let Some(plan) = plan {
        lines.extend(plan_table::decisions(plan));
    }
    lines.push(String::new());
    lines.join("\n")
}
