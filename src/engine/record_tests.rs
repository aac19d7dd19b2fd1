use super::*;

fn status(json: &str) -> Event {
    let status = serde_json::from_str(json).expect("is a status");
    Event::Status {
        status: Box::new(status),
        raw: json.to_owned(),
    }
}

fn record(messages: &[&str]) -> Record {
    let mut record = Record::default();
    for message in messages {
        record.take(&status(message));
    }
    record
}

#[test]
fn sums_the_times_of_a_step_that_was_taken_up_again() {
    let record = record(&[
        r#"{"vertexes":[{"digest":"a","name":"x","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z"},
            {"digest":"a","started":"2026-01-01T00:00:02Z"}]}"#,
        r#"{"vertexes":[{"digest":"a","started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:02.5Z"}]}"#,
    ]);
    assert!((record.vertexes[0].seconds() - 1.5).abs() < 1e-9);
    assert!(record.vertexes[0].is_finished());
    assert_eq!(record.vertex("a").map(|vertex| vertex.label.as_str()), Some("x"));
}

#[test]
fn joins_pieces_of_lines() {
    let record = record(&[
        r#"{"logs":[{"vertex":"a","data":"b25l"}]}"#,
        r#"{"logs":[{"vertex":"a","data":"Cjk5JQ0xMDAlDQp0dw=="}]}"#,
    ]);
    assert_eq!(record.vertexes[0].last_lines(), ["one", "100%", "tw"]);
}

#[test]
fn a_cancelled_step_is_not_the_one_that_failed() {
    let record = record(&[
        r#"{"vertexes":[{"digest":"a","error":"exit code: 137: context canceled: context canceled"}]}"#,
        r#"{"vertexes":[{"digest":"b","error":"exit code: 7"}]}"#,
    ]);
    assert_eq!(record.failed().map(|vertex| vertex.digest.as_str()), Some("b"));
}

#[test]
fn a_step_works_for_those_that_read_from_it() {
    let record = record(&[r#"{"vertexes":[
        {"digest":"from","name":"[linux/amd64 build 1/4] FROM a"},
        {"digest":"both","name":"[linux/amd64 build 2/4] RUN shared","inputs":["from"]},
        {"digest":"one","name":"[linux/amd64 build 3/4] RUN x","inputs":["both"]},
        {"digest":"other","name":"[linux/amd64->arm64 build 3/4] RUN x","inputs":["both"]},
        {"digest":"late","name":"[linux/amd64 build 4/4] RUN untold","inputs":["other"]},
        {"digest":"end1","name":"[linux/amd64 stage-1 1/1] COPY a b","inputs":["one"]},
        {"digest":"end2","name":"[linux/arm64 stage-1 1/1] COPY a b","inputs":["late"]},
        {"digest":"export","name":"exporting to image"}]}"#]);
    let targets: Vec<String> = record
        .targets()
        .into_iter()
        .map(|set| set.into_iter().collect::<Vec<_>>().join("+"))
        .collect();
    let both = "linux/amd64+linux/arm64";
    assert_eq!(
        targets,
        [
            both,
            both,
            "linux/amd64",
            "linux/arm64",
            "linux/arm64",
            "linux/amd64",
            "linux/arm64",
            ""
        ]
    );
}
