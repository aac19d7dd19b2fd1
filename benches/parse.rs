//! How fast Dockerfiles are read, beside two other parsers, in one run and on one core.
//!
//! `cargo bench --bench parse -- LIST`: LIST names a file with one path a line; without it, the project's own
//! Dockerfiles are read. Every parser reads all files in each round, the parsers taking turns; the median counts.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and counts far below the limits of f64"
)]

use std::{env, fs, hint::black_box, path::Path, time::Instant};

const ROUNDS: usize = 9;

struct Parser {
    name: &'static str,
    accepts: fn(&str) -> bool,
}

const PARSERS: [Parser; 3] = [
    Parser {
        name: "xbuild",
        accepts: |text| xbuild::grammar::parse(black_box(text)).is_ok(),
    },
    Parser {
        name: "dockerfile-parser",
        accepts: |text| dockerfile_parser::Dockerfile::parse(black_box(text)).is_ok(),
    },
    Parser {
        name: "parse-dockerfile",
        accepts: |text| parse_dockerfile::parse(black_box(text)).is_ok(),
    },
];

fn files() -> Vec<String> {
    let list = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/build/go-service");
    let own = ["Dockerfile", "pinned.Dockerfile"].map(|name| sample.join(name).display().to_string());
    let read = |list: String| fs::read_to_string(list).expect("a list of paths");
    let paths = list.map_or(own.join("\n"), read);
    paths
        .lines()
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

fn main() {
    let files = files();
    let megabytes = files.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    let mut seconds = vec![Vec::new(); PARSERS.len()];
    let mut accepted = vec![0; PARSERS.len()];
    for _ in 0..ROUNDS {
        for (parser, (seconds, accepted)) in PARSERS.iter().zip(seconds.iter_mut().zip(&mut accepted)) {
            let start = Instant::now();
            *accepted = files.iter().filter(|text| (parser.accepts)(text)).count();
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let median = |seconds: &mut Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let medians: Vec<f64> = seconds.iter_mut().map(median).collect();
    println!("{} files, {megabytes:.2} MB, {ROUNDS} rounds\n", files.len());
    println!(
        "| parser | accepted | µs a file | files/s | MB/s | time against xbuild |\n|---|--:|--:|--:|--:|--:|"
    );
    for ((parser, seconds), accepted) in PARSERS.iter().zip(&medians).zip(&accepted) {
        let count = files.len() as f64;
        println!(
            "| {} | {accepted} | {:.1} | {:.0} | {:.1} | {:.2} |",
            parser.name,
            seconds / count * 1e6,
            count / seconds,
            megabytes / seconds,
            seconds / medians[0]
        );
    }
}
