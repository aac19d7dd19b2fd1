//! Package managers and other commands that fit the stage out for its own work.

use crate::plan::{Effect, Invocation, Origin, Output, Recipe, Verdict};

pub(super) const RECIPE: Recipe = Recipe {
    id: "tools",
    documentation: include_str!("tools.md"),
    read,
};

/// Folders that system packages write to.
const PACKAGE_FOLDERS: [&str; 7] = ["/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/var"];

fn read(invocation: &Invocation<'_>) -> Option<Verdict> {
    let packages = |maker: &str| {
        let origin = Origin::Platform(format!("`{maker}`"));
        let outputs = PACKAGE_FOLDERS.iter().map(|folder| Output {
            path: (*folder).to_owned(),
            origin: origin.clone(),
        });
        Verdict::Native(Effect {
            outputs: outputs.collect(),
            ..Effect::default()
        })
    };
    let nothing = || Verdict::Native(Effect::nothing());
    Some(match invocation.name {
        "apt-get" | "apt" | "apk" | "dnf" | "microdnf" | "yum" | "zypper" | "tdnf" | "pacman" => {
            let other_root = ["--root", "-p", "--installroot", "--prefix", "--sysroot", "-R"];
            if let Some(option) = other_root.iter().find(|option| invocation.has_option(option)) {
                return Some(Verdict::Declines(format!(
                    "installs into another root ({option})"
                )));
            }
            match invocation.operands().next() {
                Some(subcommand @ ("download" | "source" | "fetch")) => {
                    Verdict::Declines(format!("downloads packages ({subcommand})"))
                }
                Some("update" | "clean" | "autoremove" | "makecache" | "autoclean" | "refresh") => nothing(),
                _ if invocation
                    .words
                    .iter()
                    .flatten()
                    .any(|word| word.contains(':') && !word.starts_with("--") && !word.contains('/')) =>
                {
                    Verdict::Declines("names packages of another architecture".to_owned())
                }
                _ => packages(invocation.name),
            }
        }
        "dpkg" if invocation.has_option("--add-architecture") => {
            Verdict::Declines("adds another architecture".to_owned())
        }
        "dpkg" | "rpm" => {
            let asks = [
                "-l",
                "-L",
                "-s",
                "-S",
                "--list",
                "--get-selections",
                "--configure",
                "-q",
                "-qa",
                "--import",
                "-e",
            ];
            if asks.iter().any(|option| invocation.has_option(option)) {
                packages(invocation.name)
            } else {
                Verdict::Declines("handles package files, which may be the target's".to_owned())
            }
        }
        "gem" | "pip" | "pip3" => libraries(invocation),
        "apt-key"
        | "apt-mark"
        | "add-apt-repository"
        | "apt-cache"
        | "gpg"
        | "update-ca-certificates"
        | "groupadd"
        | "useradd"
        | "addgroup"
        | "adduser"
        | "usermod"
        | "locale-gen"
        | "update-alternatives"
        | "corepack"
        | "ldconfig"
        | "debconf-set-selections"
        | "dpkg-reconfigure"
        | "trust"
        | "update-ca-trust"
        | "passwd"
        | "chpasswd" => nothing(),
        _ => return None,
    })
}

/// Libraries of a language, which may go to folders of the project's own.
fn libraries(invocation: &Invocation<'_>) -> Verdict {
    let homes = [
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "PYTHONUSERBASE",
        "VIRTUAL_ENV",
        "GEM_HOME",
        "BUNDLE_PATH",
    ];
    let has_other_user = invocation
        .stage
        .user
        .as_deref()
        .is_some_and(|user| !matches!(user, "root" | "0" | "root:root" | "0:0"));
    if invocation.has_option("--user")
        || has_other_user
        || homes.iter().any(|home| invocation.variables.is_set(home))
    {
        return Verdict::Declines("installs libraries into a folder of its own".to_owned());
    }
    let origin = Origin::Platform(format!("`{}`", invocation.name));
    let in_place = invocation.has_option("-e") || invocation.has_option("--editable");
    let folders = [
        "--target",
        "-t",
        "--prefix",
        "--root",
        "--install-dir",
        "-i",
        "-w",
        "--wheel-dir",
        "-d",
        "--dest",
    ];
    let named = folders
        .iter()
        .filter_map(|option| invocation.option_value(option))
        .map(|path| invocation.resolve(path));
    let works_here = in_place
        || matches!(
            invocation.word(0),
            Some("wheel" | "download" | "build" | "unpack")
        );
    let here = works_here.then(|| invocation.folder.to_owned());
    let outputs = PACKAGE_FOLDERS
        .iter()
        .map(ToString::to_string)
        .chain(named)
        .chain(here);
    let outputs = outputs
        .map(|path| Output {
            path,
            origin: origin.clone(),
        })
        .collect();
    Verdict::Native(Effect {
        outputs,
        ..Effect::default()
    })
}
