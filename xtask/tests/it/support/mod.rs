//! The binary on a folder of its own.
pub(crate) mod desk;
pub(crate) mod registry;
pub(crate) mod small;
pub(crate) mod workspace;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A path below the material beside the checkout; `None`, and a line that says so, where it is absent.
pub(crate) fn shared(path: &str) -> Option<String> {
    let folder =
        std::env::var_os("BINANCE_WIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found.display().to_string());
    }
    println!("skipped: {} is absent", found.display());
    None
}

/// Copies a file, or a folder with all that is in it but samples, which are many and no specs.
pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder can be made");
        fs::copy(from, to).expect("a copy");
        return;
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        if name != "examples" {
            copy(&from.join(&name), &to.join(&name));
        }
    }
}

/// Copies files and folders of the project's own specs.
pub(crate) fn copy_specs(names: &[&str], to: &Path) {
    for name in names {
        copy(&root().join("specs").join(name), &to.join(name));
    }
}

/// A folder for specs and whatever else a test needs.
pub(crate) struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A path as text.
    pub(crate) fn text(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        xtask(arguments)
    }
}

/// Runs a command of the project.
pub(crate) fn xtask(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        // Help is wrapped to the terminal, and a sentence is found where it is not.
        .env("COLUMNS", "1000")
        .output()
        .expect("it runs");
    Run {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What the command said.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn expect(self, code: i32, out: &[&str], err: &[&str]) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        for text in out {
            assert!(self.out.contains(text), "stdout has no `{text}`:\n{}", self.out);
        }
        for text in err {
            assert!(self.err.contains(text), "stderr has no `{text}`:\n{}", self.err);
        }
    }
}

/// Whether a value is as a schema says, as far as the schemas of this project go.
pub(crate) fn conforms(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    at: &str,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return conforms(value, &root["$defs"][name], root, at);
    }
    if let Some(values) = schema["enum"].as_array() {
        return assert!(values.contains(value), "{at}: {value} is none of {values:?}");
    }
    match schema["type"].as_str() {
        Some("object") => {
            let members = value
                .as_object()
                .unwrap_or_else(|| panic!("{at} is not an object"));
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().expect("a name");
                assert!(members.contains_key(name), "{at} has no {name}");
            }
            for (name, member) in members {
                let described = &schema["properties"][name];
                assert!(!described.is_null(), "{at}.{name} is not described");
                conforms(member, described, root, &format!("{at}.{name}"));
            }
        }
        Some("array") => {
            for (index, item) in value.as_array().expect("an array").iter().enumerate() {
                conforms(item, &schema["items"], root, &format!("{at}[{index}]"));
            }
        }
        Some("string") => assert!(value.is_string(), "{at}: {value}"),
        Some("boolean") => assert!(value.is_boolean(), "{at}: {value}"),
        Some("integer") => assert!(value.is_u64(), "{at}: {value}"),
        other => panic!("{at}: a schema of {other:?}"),
    }
}
