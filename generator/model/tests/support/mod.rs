//! What the tests of the generator's crates share: folders, files beside them, golden files.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder or file of the material beside the checkout; `None`, and a line that says so, where it is absent.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("BINANCE_WIRE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} is absent", found.display());
    None
}

/// Every file below a folder, by its path relative to it, in order.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![String::new()];
    while let Some(relative) = waiting.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&relative)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("an entry");
            let path = format!("{relative}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                waiting.push(path + "/");
            } else {
                found.insert(path, fs::read_to_string(entry.path()).expect("text"));
            }
        }
    }
    found
}

/// Compares what was rendered with the golden files below a folder, by path; files that `is_golden` excludes are others'.
/// `cargo xtask bless` sets `BLESS`, which writes them instead.
#[track_caller]
pub(crate) fn golden(folder: &Path, rendered: &BTreeMap<String, String>, is_golden: impl Fn(&str) -> bool) {
    let mut kept = files_below(folder);
    kept.retain(|path, _| is_golden(path));
    let paths: BTreeSet<&String> = rendered.keys().chain(kept.keys()).collect();
    let differing: Vec<&String> = paths
        .into_iter()
        .filter(|path| rendered.get(*path) != kept.get(*path))
        .collect();
    if std::env::var_os("BLESS").is_none() {
        assert!(
            differing.is_empty(),
            "{} differs in {differing:?}; if that is meant, run `cargo xtask bless` and read the diff",
            folder.display()
        );
        return;
    }
    for name in differing {
        let path = folder.join(name);
        match rendered.get(name) {
            Some(contents) => {
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
                fs::write(path, contents).expect("a file can be written");
            }
            None => fs::remove_file(path).expect("a stale file can be removed"),
        }
    }
}

/// Compares text with one golden file, as [`golden`] does.
#[track_caller]
pub(crate) fn golden_file(path: &Path, text: &str) {
    let name = path.file_name().expect("a file").to_string_lossy().into_owned();
    let rendered = BTreeMap::from([(name.clone(), text.to_owned())]);
    golden(path.parent().expect("a folder"), &rendered, |path| path == name);
}
