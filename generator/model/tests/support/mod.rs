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

/// Holds what was rendered against a folder of golden files, by path below it; `BLESS=1` writes them.
pub(crate) fn hold_golden(folder: &Path, rendered: &BTreeMap<String, String>) {
    if std::env::var_os("BLESS").is_some() {
        let _ = fs::remove_dir_all(folder);
        for (path, contents) in rendered {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, contents).expect("a file can be written");
        }
    }
    let kept = files_below(folder);
    let paths: BTreeSet<&String> = rendered.keys().chain(kept.keys()).collect();
    let differing: Vec<_> = paths
        .into_iter()
        .filter(|path| rendered.get(*path) != kept.get(*path))
        .collect();
    assert!(
        differing.is_empty(),
        "{} differs in {differing:?}; if that is meant, run the test with BLESS=1 and read the diff",
        folder.display()
    );
}
