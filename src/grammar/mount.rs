//! `RUN --mount=…`: one CSV record of `key=value` fields (BuildKit instructions/commands_runmount.go).

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while},
    character::complete::{char, none_of},
    combinator::{all_consuming, map, value},
    multi::{many0, separated_list1},
    sequence::delimited,
};

/// One field of a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountField {
    /// The key in lower case.
    pub key: String,
    /// What stands behind the `=`.
    pub value: Option<String>,
}

/// The fields of a mount in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The fields in order.
    pub fields: Vec<MountField>,
}

impl Mount {
    /// The value of the last field with one of the keys.
    pub fn get(&self, keys: &[&str]) -> Option<&str> {
        self.fields
            .iter()
            .rev()
            .find(|field| keys.contains(&field.key.as_str()))?
            .value
            .as_deref()
    }

    /// `bind`, `cache`, `tmpfs`, `secret` or `ssh`.
    pub fn kind(&self) -> String {
        self.get(&["type"]).unwrap_or("bind").to_ascii_lowercase()
    }

    /// The stage or image that a bind or cache mount shows.
    pub fn from(&self) -> Option<&str> {
        self.get(&["from"])
            .filter(|from| !from.is_empty() && matches!(self.kind().as_str(), "bind" | "cache"))
    }

    /// Where it is mounted.
    pub fn target(&self) -> Option<&str> {
        self.get(&["target", "dst", "destination"])
    }
}

/// Reads the value of a `--mount` flag.
///
/// # Errors
/// When it is not one CSV record, or `from=` holds a variable.
pub fn parse(text: &str) -> Result<Mount, String> {
    let fields = fields(text)?;
    let fields: Vec<MountField> = fields
        .into_iter()
        .map(|field| match field.split_once('=') {
            Some((key, value)) => MountField {
                key: key.to_lowercase(),
                value: Some(value.to_owned()),
            },
            None => MountField {
                key: field.to_lowercase(),
                value: None,
            },
        })
        .collect();
    let has_variable = |field: &MountField| {
        let value = field.value.as_deref().unwrap_or_default();
        field.key == "from" && value.find('$').is_some_and(|dollar| dollar + 1 < value.len())
    };
    if fields.iter().any(has_variable) {
        return Err("'from' doesn't support variable expansion, define alias stage instead".to_owned());
    }
    Ok(Mount { fields })
}

/// Whether Go's `strconv.ParseBool` takes the text.
pub fn is_bool(text: &str) -> bool {
    matches!(
        text,
        "1" | "t" | "T" | "TRUE" | "true" | "True" | "0" | "f" | "F" | "FALSE" | "false" | "False"
    )
}

/// The fields of one CSV record: quotes at a field's start, doubled quotes inside.
pub(super) fn fields(text: &str) -> Result<Vec<String>, String> {
    let quoted = |input| -> IResult<&str, String> {
        let inside = many0(alt((none_of("\""), value('"', tag("\"\"")))));
        delimited(
            char('"'),
            map(inside, |characters| characters.into_iter().collect()),
            char('"'),
        )
        .parse(input)
    };
    let bare = map(
        take_while(|character| character != ',' && character != '"'),
        str::to_owned,
    );
    let mut record = all_consuming(separated_list1(char(','), alt((quoted, bare))));
    let read: IResult<&str, Vec<String>> = record.parse(text);
    read.map(|(_, fields)| fields)
        .map_err(|_| format!("failed to parse csv mounts: a quote is out of place in {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_and_quotes() {
        let mount = parse("type=cache,\"target=/a,b\",SHARING=locked,ro").unwrap_or_default();
        assert_eq!(mount.kind(), "cache");
        assert_eq!(mount.target(), Some("/a,b"));
        assert_eq!(mount.get(&["sharing"]), Some("locked"));
        assert_eq!(mount.from(), None);
        assert!(parse("type=ca\"che").is_err());
        assert!(parse("from=$X").is_err());
        assert!(parse("from=X$").is_ok());
    }
}
