use crate::{
    grammar::{Keyword, Word},
    model::{Base, Source},
    rules::{Diagnostic, Rule, Severity, Subject, architecture::mentions},
    source::Span,
};

/// Docker's repositories of one architecture (`amd64/…`, `arm64v8/…`), and tags that name one.
pub(super) const RULE: Rule = Rule {
    id: "single-platform-image",
    code: "XB301",
    severity: Severity::Warning,
    documentation: include_str!("single_platform_image.md"),
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(view) = subject.model.views.first() else {
        return;
    };
    for stage in &subject.model.stages {
        let has_constant_flag = stage
            .from
            .flag("platform")
            .and_then(|flag| flag.value())
            .is_some_and(|value| !value.contains('$'));
        if let (Base::Image(_), Some(word), false) =
            (&view.stages[stage.index].base, stage.base(), has_constant_flag)
        {
            found.extend(diagnostic(subject, stage.name.as_deref(), word));
        }
        for step in &view.stages[stage.index].steps {
            let Some(flag) = step
                .instruction
                .flag("from")
                .filter(|_| step.instruction.keyword == Some(Keyword::Copy))
            else {
                continue;
            };
            for source in &step.sources {
                if let Source::Image(name) = source {
                    let word = Word {
                        text: name.clone(),
                        span: flag.span,
                        range: 0..0,
                    };
                    found.extend(diagnostic(subject, stage.name.as_deref(), &word));
                }
            }
        }
    }
}

/// The finding for an image whose written name holds an architecture that the stage's name does not.
fn diagnostic(subject: &Subject<'_>, stage: Option<&str>, image: &Word) -> Option<Diagnostic> {
    let written = image.span.of(subject.model.file.text);
    // The registry's own name may be that of a machine; a digest has no meaning.
    let name = written.split('@').next().unwrap_or_default();
    if written.contains('$') {
        return None;
    }
    let found = mentions(name);
    let [mention] = found.as_slice() else { return None };
    let is_in_registry = name
        .find('/')
        .is_some_and(|slash| mention.range.end <= slash && name[..slash].contains(['.', ':']));
    let is_meant = mentions(stage.unwrap_or_default())
        .iter()
        .any(|own| own.architecture == mention.architecture);
    if is_in_registry || is_meant {
        return None;
    }
    let span = Span::new(
        image.span.start + mention.range.start,
        image.span.start + mention.range.end,
    );
    let message = format!(
        "this image is for {} alone, whatever the build is for",
        mention.architecture
    );
    let is_repository = name[mention.range.end..].starts_with('/');
    let help = if is_repository {
        "the name without this folder is the image for every platform"
    } else {
        "use the tag of all platforms, or choose it with `TARGETARCH`"
    };
    Some(Diagnostic::new(&RULE, span, message).with_help(help))
}
