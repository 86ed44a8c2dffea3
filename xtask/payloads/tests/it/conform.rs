//! `cargo xtask conform`, run as a program.

use std::path::Path;

use crate::common::{file, fix_message, program};

const TIME: &str = r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1499827319559}}"#;

#[test]
fn rows_that_conform_are_counted() {
    let first = file(format!("{TIME}\n\n  \n{TIME}\r\n").as_bytes());
    let second = file(TIME.as_bytes());
    let run = program(&["conform", first.path_text(), second.path_text()], b"");
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (Some(0), "3 passed, 0 spelled differently, 0 failed\n", "")
    );
}

#[test]
fn standard_input_is_a_file_as_well() {
    let run = program(&["conform", "-"], TIME.as_bytes());
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "1 passed, 0 spelled differently, 0 failed\n")
    );
    let run = program(&["conform", "-"], b"");
    assert_eq!(
        (run.code, run.out.as_str()),
        (Some(0), "0 passed, 0 spelled differently, 0 failed\n")
    );
}

#[test]
fn each_failure_is_one_line_with_place_and_path() {
    let rows = [
        TIME,
        r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1,"more":{"a":[1]}}}"#,
        "not json",
        r#"{"product":"spot","transport":"rest","key":"GET /api/v3/tme","payload":{"serverTime":1}}"#,
        r#"{"product":"spot","transport":"ws_streams","key":"btcusdt@trade","kind":"event","payload":[]}"#,
    ];
    let rows = file(rows.join("\n").as_bytes());
    let run = program(&["conform", rows.path_text()], b"");
    assert_eq!(run.code, Some(1));
    let lines: Vec<&str> = run.out.lines().collect();
    let place = |line: usize| format!("{}:{line}", rows.path_text());
    let starts = [
        format!(
            r#"{} rest GET /api/v3/time response: $.more: not kept, was {{"a":[1]}}"#,
            place(2)
        ),
        format!("{}: $: not a row: ", place(3)),
        format!(
            "{} rest GET /api/v3/tme response: $: unknown key for spot over rest; did you mean `GET /api/v3/time`?",
            place(4)
        ),
        format!(
            "{} ws_streams btcusdt@trade event: $: cannot be decoded: ",
            place(5)
        ),
        "1 passed, 0 spelled differently, 4 failed".to_owned(),
    ];
    assert_eq!(lines.len(), starts.len(), "{}", run.out);
    for (line, start) in lines.iter().zip(&starts) {
        assert!(line.starts_with(start.as_str()), "{line}\n{start}");
    }
    assert_eq!(lines.last(), Some(&"1 passed, 0 spelled differently, 4 failed"));
}

#[test]
fn fix_messages_are_compared_field_by_field() {
    let body = "35=0|49=SPOT|56=A|34=2|52=20240611-09:01:46.228950|";
    let good = fix_message(body);
    let foreign = fix_message(&format!("{body}5005=x|"));
    let row = |key: &str, payload: &str| {
        format!(r#"{{"product":"spot","transport":"fix","key":"{key}","payload":"{payload}"}}"#)
    };
    let rows = file(
        [
            row("Heartbeat", &good),
            row("Heartbeat", good.strip_suffix('|').unwrap_or_default()),
            row(
                "Heartbeat",
                &good.replace("9=5", "9=0005").replace("|10=", "|10=9"),
            ),
            row("Heartbeat", &good.replace("34=2", "34=3")),
            row("NewOrderSingle", &good),
            row("Heartbet", &good),
            row("Heartbeat", &foreign),
        ]
        .join("\n")
        .as_bytes(),
    );
    let run = program(&["conform", "--verbose", rows.path_text()], b"");
    let lines: Vec<&str> = run.out.lines().collect();
    let [sum, changed, kind, name, note, last] = lines.as_slice() else {
        panic!("{}", run.out)
    };
    assert!(sum.contains(":3 fix Heartbeat response: $.CheckSum: "), "{sum}");
    assert!(
        changed.contains(":4 fix Heartbeat response: $.CheckSum: "),
        "{changed}"
    );
    assert!(
        kind.contains("$.MsgType: is `0` (Heartbeat), NewOrderSingle has `D`"),
        "{kind}"
    );
    assert!(name.ends_with("did you mean `Heartbeat`?"), "{name}");
    assert!(
        note.starts_with("note: ") && note.contains("$.5005 was kept"),
        "{note}"
    );
    assert_eq!(*last, "3 passed, 0 spelled differently, 4 failed");
    assert_eq!(run.code, Some(1));
}

#[test]
fn usage_is_1_and_unreadable_files_are_101() {
    assert_eq!(program(&["conform"], b"").code, Some(1));
    assert_eq!(program(&["conform", "--nonsense", "-"], b"").code, Some(1));
    assert_eq!(program(&[], b"").code, Some(1));
    for path in ["/no/such/file.jsonl", "/"] {
        let run = program(&["conform", path], b"");
        assert_eq!((run.code, run.out.as_str()), (Some(101), ""), "{path}");
        assert!(run.err.starts_with("error: "), "{}", run.err);
    }
}

#[test]
fn help_shows_the_command_as_it_is_typed() {
    for arguments in [
        ["conform", "--help"].as_slice(),
        &["decode", "--help"],
        &["--help"],
    ] {
        let run = program(arguments, b"");
        assert_eq!(run.code, Some(0), "{arguments:?}");
        assert!(run.out.contains("Usage: cargo xtask "), "{}", run.out);
        assert!(run.out.contains("Exit codes: 0"), "{}", run.out);
    }
}

/// Every file of sample payloads below a folder.
fn samples(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of specs") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            samples(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            found.push(path.display().to_string());
        }
    }
}

#[test]
fn the_samples_beside_the_specs_conform() {
    let mut files = Vec::new();
    samples(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs"),
        &mut files,
    );
    files.sort();
    let mut arguments = vec!["conform"];
    arguments.extend(files.iter().map(String::as_str));
    let run = program(&arguments, b"");
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(!run.out.starts_with("0 passed"), "{}", run.out);
}

#[test]
fn a_tally_counts_by_file_transport_and_kind() {
    let first = [
        TIME,
        r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1,"more":2}}"#,
        r#"{"product":"spot","transport":"ws_streams","key":"btcusdt@trade","kind":"event","payload":[]}"#,
        "not json",
    ];
    let (first, second) = (file(first.join("\n").as_bytes()), file(TIME.as_bytes()));
    let run = program(
        &["conform", "--tally", first.path_text(), second.path_text()],
        b"",
    );
    let (a, b) = (first.path_text(), second.path_text());
    assert_eq!(
        (run.code, run.out.as_str()),
        (
            Some(1),
            format!(
                "{a}\t\t\t0\t1\n{a}\trest\tresponse\t1\t1\n{a}\tws_streams\tevent\t0\t1\n{b}\trest\tresponse\t1\t0\n"
            )
            .as_str()
        )
    );
    assert_eq!(
        program(&["conform", "--tally", "--verbose", b], b"").code,
        Some(1)
    );
}
