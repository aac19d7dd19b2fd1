#!/usr/bin/env python3
"""Compares rewrites with what people wrote by hand: `tests/pairs.py FOLDER`, or `cargo build --release` first for speed.

Somewhere below FOLDER lie folders of three files: before.Dockerfile, after.Dockerfile (what somebody made of it) and
meta.json with `repo`, `path`, `gold` (the hand's work is right) and `verdict` (`buggy` when it is not).
For every right pair a line: the heavy RUNs that are emulated for linux/arm64 before, by hand, by default, with
--aggressive. Then the totals, the RUNs that fetch and are shared by two platforms, and what no rewrite may do.
Exits with 1 when a final stage leaves the target platform, or a rewrite cannot be read.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = [ROOT / "target" / profile / "xbuild" for profile in ("release", "debug")]
XBUILD = max((path for path in PROGRAMS if path.exists()), key=lambda path: path.stat().st_mtime)
BUILD, TARGET, OTHER = "linux/amd64", "linux/arm64", "linux/arm/v7"

# Packages of a distribution are installed where they are used; what is named there compiles nothing.
PACKAGES = re.compile(r"(apk|apt|apt-get|dnf|yum|microdnf)\s[^;&|]*\b(add|install)\b[^;&|]*")
HEAVY = re.compile(
    r"\b(go\s+(build|install|test|generate|run|get|mod|vet|tool)|xx-go|cargo|rustup|dotnet|npm|yarn|pnpm|bun|npx|mvnw?|gradlew?"
    r"|make|cmake|ninja|meson|configure|gcc|clang|pip3?|poetry|uv|bundle|gem|composer|mix|rebar3|sbt|stack|cabal|crystal|shards"
    r"|zig|swift|promu|bazel|autogen\.sh|autoreconf|protoc|(build|install)\.sh)\b"
)
FETCHES = re.compile(
    r"\b(apk\b.*\badd|apt-get\b.*\binstall|dotnet\s+restore|go\s+mod\s+download|cargo\s+(fetch|chef\s+cook)|npm\s+(ci|i|install)"
    r"|yarn(\s+install|\s*$)|pnpm\s+(i|install|fetch)|bun\s+install|pip3?\s.*\binstall|composer\s+install|mvnw?\b.*go-offline"
    r"|mix\s+deps\.get|curl|wget|git\s+clone)\b",
    re.S,
)


# What depends on the target by its own words cannot be shared.
NAMES_TARGET = re.compile(r"\bTARGET(ARCH|OS|PLATFORM|VARIANT)\b|/etc/cross|\bxx-")


def xbuild(arguments, file):
    run = subprocess.run([XBUILD, *arguments, file], capture_output=True, text=True, check=False)
    return run.stdout


def runs(path, platforms=TARGET):
    """The RUNs of a file as it stands, each with its text, and the platform of the image."""
    arguments = ["plan", "--no-rewrite", "--format", "json", "--platform", platforms, "--build-platform", BUILD]
    answer = json.loads(xbuild(arguments, path).splitlines()[0])
    if not answer["ok"]:
        raise ValueError(answer["error"])
    text = path.read_text().splitlines()
    target = answer["targets"][0]
    return [(instruction(text, line), platform) for line, platform in target["run"]], target["image"]


def instruction(lines, number):
    """The text of the instruction that begins in line `number`."""
    text = ""
    heredoc = None
    for line in lines[number - 1 :]:
        text += line + "\n"
        name = re.search(r"<<-?[\"']?(\w+)", line)
        if heredoc is None and name:
            heredoc = name.group(1)
        elif heredoc is not None and line.strip() == heredoc:
            return text
        stripped = line.strip()
        if heredoc is None and not stripped.endswith("\\") and stripped and not stripped.startswith("#"):
            return text
    return text


def is_heavy(text):
    return HEAVY.search(PACKAGES.sub("", text)) is not None


def emulated(path):
    steps, image = runs(path)
    return sum(1 for text, platform in steps if platform == TARGET and is_heavy(text)), image


def rewritten(before, folder, *options):
    path = folder / "Dockerfile"
    path.write_text(before.read_text())
    xbuild(["rewrite", "--write", "--build-platform", BUILD, *options], path)
    return path


def shared(path):
    """Of the RUNs on the build platform that fetch: how many there are, how many of them do not name the target, and how
    many serve both targets."""
    arguments = ["plan", "--format", "json", "--platform", f"{TARGET},{OTHER}", "--build-platform", BUILD]
    plan = json.loads(xbuild(arguments, path))
    steps = [step for stage in plan["stages"] for step in stage.get("steps", [])]
    text = path.read_text().splitlines()
    here = [step for step in steps if "emulated" not in step["before"]]
    fetching = [step for step in here if FETCHES.search(instruction(text, step["line"]))]
    open_to_all = [step for step in fetching if not NAMES_TARGET.search(instruction(text, step["line"]))]
    return len(fetching), len(open_to_all), sum(1 for step in fetching if set(step["before"]) == {"shared"})


def compare(pair, meta, folder, totals):
    before, image = emulated(pair / "before.Dockerfile")
    hand, _ = emulated(pair / "after.Dockerfile")
    counts = []
    for options in ([], ["--aggressive"]):
        path = rewritten(pair / "before.Dockerfile", folder, *options)
        count, after = emulated(path)
        if after != image:
            totals["final stages off the target"] += 1
        counts.append(count)
    for whose, path in (("ours", path), ("theirs", pair / "after.Dockerfile")):
        for name, count in zip(("fetching RUNs", "that do not name the target", "shared"), shared(path)):
            totals[f"{whose}: {name}"] += count
    for name, count in zip(("by default", "aggressive"), counts):
        totals[f"no more than by hand, {name}"] += count <= hand
        totals[f"fewer than before, {name}"] += count < before
    mark = "" if counts[1] <= hand else "  more than by hand"
    print(f"{meta['repo'] + ' ' + meta['path']:62} {before:6} {hand:7} {counts[0]:10} {counts[1]:10}{mark}")


def main():
    totals = collections.Counter()
    pairs = sorted(path.parent for path in pathlib.Path(sys.argv[1]).rglob("meta.json"))
    print(f"{'heavy emulated RUNs':62} before by hand by default aggressive")
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            meta = json.loads((pair / "meta.json").read_text())
            if meta["gold"]:
                totals["right pairs"] += 1
                compare(pair, meta, pathlib.Path(folder), totals)
            elif meta["verdict"] == "buggy":
                totals["wrong by hand"] += 1
                wrong(pair, meta, pathlib.Path(folder), totals)
    print()
    for name, count in totals.items():
        print(f"{count:5} {name}")
    return 1 if totals["final stages off the target"] else 0


def wrong(pair, meta, folder, totals):
    """What somebody got wrong: the image has to stay, and nothing that runs here may end up in it."""
    _, image = emulated(pair / "before.Dockerfile")
    path = rewritten(pair / "before.Dockerfile", folder, "--aggressive")
    _, after = emulated(path)
    totals["final stages off the target"] += after != image
    is_moved = path.read_text() != (pair / "before.Dockerfile").read_text()
    totals["of them rewritten"] += is_moved
    print(f"wrong by hand: {meta['repo']} {meta['path']}: {'rewritten' if is_moved else 'left as it is'}, image {after}")


if __name__ == "__main__":
    sys.exit(main())
