//! What BuildKit checks of an instruction before anything is built (BuildKit instructions/parse.go and bflag.go;
//! the flags of each instruction are the table `grammar/instructions.toml`).

use crate::grammar::{Arguments, Flag, Instruction, Keyword, heredoc, mount};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FlagKind {
    /// `--link`, `--link=true`.
    Bool,
    /// `--from=x`, once.
    Text,
    /// `--mount=x`, any number.
    List,
}

use FlagKind::{Bool, List, Text};

/// The flags of an instruction; `None` where BuildKit does not look at them.
fn known_flags(keyword: Keyword) -> Option<&'static [(&'static str, FlagKind)]> {
    Some(match keyword {
        Keyword::From => &[("platform", Text)],
        Keyword::Run => &[
            ("mount", List),
            ("network", Text),
            ("security", Text),
            ("device", List),
        ],
        Keyword::Copy => &[
            ("from", Text),
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("parents", Bool),
            ("exclude", List),
        ],
        Keyword::Add => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("keep-git-dir", Bool),
            ("checksum", Text),
            ("unpack", Bool),
            ("exclude", List),
        ],
        Keyword::Healthcheck => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        Keyword::Arg | Keyword::Stopsignal => return None,
        Keyword::Cmd
        | Keyword::Entrypoint
        | Keyword::Env
        | Keyword::Expose
        | Keyword::Label
        | Keyword::Maintainer
        | Keyword::Onbuild
        | Keyword::Shell
        | Keyword::User
        | Keyword::Volume
        | Keyword::Workdir => &[],
    })
}

/// The names of an instruction's flags; `None` where BuildKit does not look at flags at all.
pub fn flag_names(keyword: Keyword) -> Option<Vec<&'static str>> {
    known_flags(keyword).map(|flags| flags.iter().map(|(name, _)| *name).collect())
}

/// Checks one instruction; the error is BuildKit's message.
pub(super) fn validate(instruction: &Instruction) -> Result<(), String> {
    let Some(keyword) = instruction.keyword else {
        return Err(unknown(&instruction.name.text));
    };
    match keyword {
        Keyword::From => from(instruction)?,
        Keyword::Copy | Keyword::Add => copy(keyword, instruction)?,
        Keyword::Env | Keyword::Label | Keyword::Arg => pairs(keyword, instruction)?,
        Keyword::Healthcheck => return healthcheck(instruction),
        Keyword::Onbuild => onbuild(instruction)?,
        Keyword::Shell => shell(instruction)?,
        Keyword::Expose => at_least_one(keyword, instruction)?,
        Keyword::Volume => volume(instruction)?,
        Keyword::User | Keyword::Workdir | Keyword::Maintainer | Keyword::Stopsignal => {
            exactly_one(keyword, instruction)?;
        }
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => {}
    }
    flags(keyword, &instruction.flags)?;
    if keyword == Keyword::Run {
        run_flags(instruction)
    } else {
        Ok(())
    }
}

fn flags(keyword: Keyword, flags: &[Flag]) -> Result<(), String> {
    let Some(known) = known_flags(keyword) else {
        return Ok(());
    };
    let mut used: Vec<&str> = Vec::new();
    for flag in flags {
        if !flag.text.starts_with("--") {
            return Err(format!("arg should start with -- : {}", flag.text));
        }
        if flag.text == "--" {
            return Ok(());
        }
        let name = flag.text[2..].split('=').next().unwrap_or_default();
        let value = flag.value();
        let Some((_, kind)) = known.iter().find(|(known, _)| *known == name) else {
            let hint = suggestion(name, known.iter().map(|(known, _)| *known));
            return Err(format!("unknown flag: --{name}{hint}"));
        };
        if *kind != List && used.contains(&name) {
            return Err(format!("duplicate flag specified: --{name}"));
        }
        used.push(name);
        match (kind, value) {
            (Bool, Some("")) | (Text | List, None) => {
                return Err(format!("missing a value on flag: --{name}"));
            }
            (Bool, Some(value)) if !["true", "false"].contains(&value.to_lowercase().as_str()) => {
                return Err(format!("expecting boolean value for flag --{name}, not: {value}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn run_flags(instruction: &Instruction) -> Result<(), String> {
    for flag in &instruction.flags {
        let value = flag.value().unwrap_or_default();
        match flag.name() {
            "mount" => drop(mount::parse(value)?),
            "device" => device(value)?,
            "network" if !["default", "none", "host"].contains(&value) => {
                return Err(format!("invalid network mode {value:?}"));
            }
            "security" if !["sandbox", "insecure"].contains(&value) => {
                return Err(format!("security {value:?} is not valid"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// `--device`: fields of which `required` is a truth value (instructions/commands_rundevice.go).
fn device(value: &str) -> Result<(), String> {
    for field in mount::fields(value)? {
        if let Some(required) = field
            .strip_prefix("required=")
            .filter(|value| !mount::is_bool(value))
        {
            return Err(format!("invalid value for required: {required}"));
        }
    }
    Ok(())
}

fn from(instruction: &Instruction) -> Result<(), String> {
    let words = match &instruction.arguments {
        Arguments::Words(words) => words.as_slice(),
        _ => &[],
    };
    match words {
        [_] => Ok(()),
        [_, keyword, name] if keyword.text.eq_ignore_ascii_case("as") => {
            let name = name.text.to_lowercase();
            let follows = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "-_.".contains(one);
            if name.starts_with(|one: char| one.is_ascii_lowercase()) && name.chars().all(follows) {
                return Ok(());
            }
            let reason = "name can't start with a number or contain symbols";
            Err(format!("invalid name for build stage: {name:?}, {reason}"))
        }
        _ => Err("FROM requires either one or three arguments".to_owned()),
    }
}

fn copy(keyword: Keyword, instruction: &Instruction) -> Result<(), String> {
    let values = instruction.values();
    if values.len() < 2 {
        let name = keyword.name();
        return Err(format!(
            "{name} requires at least two arguments, but only one was provided. Destination could not be determined"
        ));
    }
    let destination = values.last().map(String::as_str).unwrap_or_default();
    if !instruction.is_json() && !instruction.heredocs.is_empty() && heredoc::opening(destination)?.is_some()
    {
        return Err(format!(
            "{} cannot accept a heredoc as a destination",
            keyword.name()
        ));
    }
    Ok(())
}

fn pairs(keyword: Keyword, instruction: &Instruction) -> Result<(), String> {
    let Arguments::Pairs(pairs) = &instruction.arguments else {
        return at_least_one(keyword, instruction);
    };
    if pairs.iter().any(|pair| pair.key.text.is_empty()) {
        return Err(format!("{} names can not be blank", keyword.name()));
    }
    Ok(())
}

fn healthcheck(instruction: &Instruction) -> Result<(), String> {
    let Arguments::Health { kind, command } = &instruction.arguments else {
        return Err("HEALTHCHECK requires at least one argument".to_owned());
    };
    match kind.text.to_uppercase().as_str() {
        "NONE" if **command == Arguments::Empty => return Ok(()),
        "NONE" => return Err("HEALTHCHECK NONE takes no arguments".to_owned()),
        _ => flags(Keyword::Healthcheck, &instruction.flags)?,
    }
    let is_empty = match &**command {
        Arguments::Json(strings) => strings.is_empty(),
        other => *other == Arguments::Empty,
    };
    match kind.text.to_uppercase().as_str() {
        "CMD" if is_empty => return Err("Missing command after HEALTHCHECK CMD".to_owned()),
        "CMD" => {}
        other => return Err(format!("Unknown type {other:?} in HEALTHCHECK (try CMD)")),
    }
    for flag in &instruction.flags {
        let value = flag.value().unwrap_or_default();
        match flag.name() {
            "retries" => retries(value)?,
            name => interval(name, value)?,
        }
    }
    Ok(())
}

fn retries(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    match value.parse::<i32>() {
        Ok(number) if number >= 0 => Ok(()),
        Ok(_) => Err(format!("--retries cannot be negative ({value})")),
        Err(_) => Err(format!("strconv.ParseInt: parsing {value:?}: invalid syntax")),
    }
}

fn interval(name: &str, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    let seconds = go_duration(value).ok_or_else(|| format!("time: invalid duration {value:?}"))?;
    if seconds != 0.0 && seconds < 0.001 {
        return Err(format!("Interval {name:?} cannot be less than 1ms"));
    }
    Ok(())
}

/// A duration as Go's `time.ParseDuration` reads it, in seconds.
fn go_duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() || seconds == 0.0 {
        let digits = rest
            .find(|one: char| !one.is_ascii_digit() && one != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.strip_suffix('.').unwrap_or(number).parse().ok()?;
        let unit = after
            .find(|one: char| one.is_ascii_digit() || one == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        seconds += number
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    Some(sign * seconds)
}

fn onbuild(instruction: &Instruction) -> Result<(), String> {
    let Arguments::Trigger(trigger) = &instruction.arguments else {
        return at_least_one(Keyword::Onbuild, instruction);
    };
    match trigger.keyword {
        Some(Keyword::Onbuild) => Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned()),
        Some(keyword @ (Keyword::From | Keyword::Maintainer)) => {
            Err(format!("{} isn't allowed as an ONBUILD trigger", keyword.name()))
        }
        _ => Ok(()),
    }
}

fn shell(instruction: &Instruction) -> Result<(), String> {
    match &instruction.arguments {
        Arguments::Json(strings) if !strings.is_empty() => Ok(()),
        Arguments::Text(_) => Err("SHELL requires the arguments to be in JSON form".to_owned()),
        _ => at_least_one(Keyword::Shell, instruction),
    }
}

fn volume(instruction: &Instruction) -> Result<(), String> {
    let values = instruction.values();
    if values.is_empty() {
        return at_least_one(Keyword::Volume, instruction);
    }
    if values.iter().any(|value| value.trim().is_empty()) {
        return Err("VOLUME specified can not be an empty string".to_owned());
    }
    Ok(())
}

fn at_least_one(keyword: Keyword, instruction: &Instruction) -> Result<(), String> {
    match &instruction.arguments {
        Arguments::Empty => Err(format!("{} requires at least one argument", keyword.name())),
        Arguments::Json(strings) if strings.is_empty() => {
            Err(format!("{} requires at least one argument", keyword.name()))
        }
        _ => Ok(()),
    }
}

fn exactly_one(keyword: Keyword, instruction: &Instruction) -> Result<(), String> {
    if matches!(instruction.arguments, Arguments::Text(_)) {
        return Ok(());
    }
    Err(format!("{} requires exactly one argument", keyword.name()))
}

fn unknown(name: &str) -> String {
    let known = Keyword::ALL.iter().map(|(_, known)| *known);
    let hint = suggestion(&name.to_uppercase(), known);
    // BuildKit's hint follows the case of what was typed.
    let hint = if name == name.to_uppercase() {
        hint
    } else {
        hint.to_lowercase()
    };
    format!("unknown instruction: {name}{hint}")
}

/// ` (did you mean x?)` when one of the candidates is less than three edits away.
pub(crate) fn suggestion<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    candidates
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance < 3)
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(String::new, |(_, candidate)| {
            format!(" (did you mean {candidate}?)")
        })
}

/// The Levenshtein distance in characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, one) in left.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let substitution = diagonal + usize::from(one != *other);
            diagonal = row[column + 1];
            row[column + 1] = substitution.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
