//! PHP: a vendor tree is source text, the same on every platform; an extension of the interpreter is not.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict, join};

pub(super) const RECIPE: Recipe = Recipe {
    id: "composer",
    documentation: include_str!("composer.md"),
    read,
};

/// Words in the names of images that bring PHP.
const IMAGES: [&str; 6] = ["composer", "php", "php5", "php7", "php8", "frankenphp"];

/// Options of Composer whose value is the next word.
const VALUED: [&str; 5] = ["-d", "--working-dir", "--repository", "--prefer-install", "-s"];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let words: Vec<&str> = invocation
        .words
        .iter()
        .map(|word| word.as_deref().unwrap_or_default())
        .collect();
    let effect = match invocation.name {
        "composer" | "composer.phar" => composer(invocation, &words),
        "php" => match words.iter().position(|word| is_composer(word)) {
            Some(place) if words[..place].iter().all(|word| word.starts_with('-')) => {
                composer(invocation, &words[place + 1..])
            }
            _ => script(invocation, &words),
        },
        "docker-php-ext-install"
        | "docker-php-ext-configure"
        | "docker-php-ext-enable"
        | "docker-php-source"
        | "install-php-extensions"
        | "pecl"
        | "pear"
        | "phpenmod"
        | "phpdismod" => Ok(extension(invocation.name)),
        _ => return None,
    };
    Some(match effect {
        Err(reason) => Verdict::Declines(reason),
        Ok(effect) => invocation
            .toolchain(&IMAGES, &["php", "composer"])
            .verdict(effect, "PHP"),
    })
}

fn is_composer(word: &str) -> bool {
    matches!(
        word.rsplit('/').next().unwrap_or_default(),
        "composer" | "composer.phar"
    )
}

fn composer(invocation: &Invocation<'_>, words: &[&str]) -> Result<Effect, String> {
    let mut operands = Vec::new();
    let mut folder = invocation.folder.to_owned();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "" => return Err("is called with words that are not known before it runs".to_owned()),
            "-d" | "--working-dir" => folder = invocation.resolve(rest.next().copied().unwrap_or(".")),
            word if VALUED.contains(&word) => drop(rest.next()),
            word => match word.strip_prefix("--working-dir=") {
                Some(path) => folder = invocation.resolve(path),
                None if word.starts_with('-') => {}
                None => operands.push(word),
            },
        }
    }
    let paths = match operands.first() {
        None
        | Some(
            &("about"
            | "audit"
            | "check-platform-reqs"
            | "clear-cache"
            | "clearcache"
            | "cc"
            | "config"
            | "diagnose"
            | "info"
            | "init"
            | "licenses"
            | "outdated"
            | "show"
            | "validate"
            | "self-update"
            | "selfupdate"),
        ) => return Ok(Effect::nothing()),
        Some(&"archive") => return Err("packs files, which may be of one platform".to_owned()),
        Some(&"global") => homes(invocation),
        Some(&"create-project") => {
            let path = operands.get(2).map_or(folder.clone(), |path| join(&folder, path));
            vec![path]
        }
        Some(_) => vec![folder],
    };
    let outputs = paths.into_iter().map(|path| Output {
        path,
        origin: Origin::Data,
    });
    let effect = Effect {
        outputs: outputs.collect(),
        ..Effect::default()
    };
    let installs = matches!(
        operands.first(),
        Some(
            &("install"
                | "i"
                | "update"
                | "u"
                | "upgrade"
                | "require"
                | "r"
                | "remove"
                | "rm"
                | "reinstall"
                | "create-project"
                | "dump-autoload"
                | "dumpautoload"
                | "global")
        )
    );
    let is_plain = words.contains(&"--no-scripts") && words.contains(&"--no-plugins");
    Ok(match (installs, is_plain) {
        (true, true) => effect,
        (true, false) => effect.with_doubt(
            "no plugin and no script of a package fetches a program for the machine (--no-plugins \
             --no-scripts in the file would settle it)",
        ),
        (false, _) => effect.with_doubt("the project's script makes nothing for the machine it runs on"),
    })
}

/// Where Composer keeps what is installed for a user.
fn homes(invocation: &Invocation<'_>) -> Vec<String> {
    match invocation.variables.get("COMPOSER_HOME") {
        Some(home) => vec![home.to_owned()],
        None => ["/root/.composer", "/root/.config/composer"]
            .map(ToOwned::to_owned)
            .to_vec(),
    }
}

/// A program of the project, or Composer's installer.
fn script(invocation: &Invocation<'_>, words: &[&str]) -> Result<Effect, String> {
    if words.iter().any(|word| word.contains("opcache")) {
        return Err("may compile its cache for the platform it runs on".to_owned());
    }
    if words.iter().all(|word| {
        matches!(
            *word,
            "-v" | "--version" | "-m" | "-i" | "--ini" | "--modules" | "--info" | "-l"
        )
    }) && !words.is_empty()
    {
        return Ok(Effect::nothing());
    }
    let value = |option: &str| words.iter().find_map(|word| word.strip_prefix(option));
    let path = match (value("--install-dir="), value("--filename=")) {
        (Some(folder), name) => join(&invocation.resolve(folder), name.unwrap_or("composer.phar")),
        (None, Some(name)) => invocation.resolve(name),
        (None, None) => invocation.folder.to_owned(),
    };
    Ok(Effect::makes(path, Origin::Data).with_doubt("the script makes nothing for the machine it runs on"))
}

/// Extensions are libraries of the interpreter, in folders of the interpreter.
fn extension(name: &str) -> Effect {
    let outputs = ["/etc", "/usr", "/tmp/pear"].map(|path| Output {
        path: path.to_owned(),
        origin: Origin::Platform(format!("`{name}`")),
    });
    Effect {
        outputs: outputs.to_vec(),
        ..Effect::default()
    }
}
