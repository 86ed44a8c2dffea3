//! The crates of the runtime read the time by the clock that a builder was given.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::root;

/// The places that read the clock of the system, and how often: what a builder's clock is unless one is set, and what no
/// builder has a clock for.
const SYSTEM: &[(&str, usize)] = &[
    // Where neither the settings nor connections have a clock.
    ("books/src/driver/stream.rs", 1),
    // Ids are of use without a clock that is right, and it may go back.
    ("core/src/order_ids.rs", 1),
    ("core/src/time.rs", 1),
    // The time that Redis keeps a key beyond its use.
    ("limits-redis/src/store.rs", 1),
    ("limits/src/server_clock.rs", 1),
    ("rest/src/client.rs", 1),
    // Beside a method that takes the time.
    ("server/src/webhook/verifier.rs", 1),
    ("websocket/src/api/request.rs", 1),
];

#[test]
fn the_clock_of_the_system_is_read_where_none_was_given_alone() {
    let mut found = BTreeMap::new();
    let runtime = root().join("runtime");
    for entry in std::fs::read_dir(&runtime).expect("the runtime") {
        let source = entry.expect("an entry").path().join("src");
        if source.is_dir() {
            count(&source, &runtime, &mut found);
        }
    }
    let expected: BTreeMap<String, usize> = SYSTEM.iter().map(|(path, n)| ((*path).to_owned(), *n)).collect();
    assert_eq!(
        found, expected,
        "a clock that a user sets, such as `.clock(..)`, is not used there"
    );
}

fn count(folder: &Path, runtime: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count(&path, runtime, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let reads = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .filter(|line| line.contains("SystemTime::now()") || line.contains("Timestamp::now()"))
                .count();
            if reads > 0 {
                let path = path.strip_prefix(runtime).expect("a path below it");
                found.insert(path.to_string_lossy().replace('\\', "/"), reads);
            }
        }
    }
}
