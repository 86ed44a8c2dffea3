//! Running the program.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program with these arguments and this standard input.
pub(crate) fn program(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask-payloads"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    if let Some(mut stdin) = child.stdin.take() {
        // A program that refuses its arguments does not read.
        let _ = stdin.write_all(input);
    }
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A file that lives as long as the value.
pub(crate) struct Scratch {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Scratch {
    /// The file's path.
    pub(crate) fn path_text(&self) -> &str {
        self.path.to_str().expect("a path of plain characters")
    }
}

/// A file with these bytes.
pub(crate) fn file(bytes: &[u8]) -> Scratch {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("input");
    std::fs::write(&path, bytes).expect("a file in it");
    Scratch {
        _folder: folder,
        path,
    }
}

/// A FIX message around a body, written with `|` for SOH.
pub(crate) fn fix_message(body: &str) -> String {
    let text = format!("8=FIX.4.4|9={}|{body}", body.len());
    let sum = text.replace('|', "\u{1}").bytes().fold(0_u8, u8::wrapping_add);
    format!("{text}10={sum:03}|")
}
