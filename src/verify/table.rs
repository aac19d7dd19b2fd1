//! What the check of an image found, for people.

use crate::verify::{Report, Verdict};

/// One line a platform, one a wrong file.
pub fn table(report: &Report) -> String {
    let mut lines = Vec::new();
    for platform in &report.platforms {
        let verdict = match platform.verdict {
            Verdict::Clean => "ok",
            Verdict::Wrong => "wrong",
            Verdict::Unchecked => "not checked: its programs are of no kind that xbuild knows",
        };
        lines.push(format!(
            "{}: {verdict} ({} files, {} programs)",
            platform.platform, platform.files, platform.programs
        ));
        if let Some(conflict) = &platform.conflict {
            lines.push(format!(
                "  the index says {}, the image's configuration {conflict}",
                platform.platform
            ));
        }
        for file in &platform.wrong {
            lines.push(format!(
                "  {} is for {}, not {} (layer {}, {})",
                file.path, file.found, file.expected, file.layer, file.layer_digest
            ));
        }
        for file in &platform.notes {
            let reason = file.reason.as_deref().unwrap_or_default();
            lines.push(format!("  note: {} is for {}: {reason}", file.path, file.found));
        }
        for (kind, count) in &platform.skipped {
            lines.push(format!("  note: {count} not judged: {kind}"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
