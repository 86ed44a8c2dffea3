//! The crates that are published, and how they depend on each other.

use std::collections::BTreeMap;

use super::{Result, fail};

/// The crates that are published, those first that others depend on.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The crates, in order.
    pub packages: Vec<Package>,
    /// Whether these are all of them.
    pub whole: bool,
}

/// A crate that is published.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The version that its manifest has.
    pub version: String,
    /// Its folder, relative to the root.
    pub folder: String,
    /// Crates of the workspace that it depends on.
    pub inner: Vec<String>,
    /// What it requires of other crates, one per line.
    pub outer: String,
    /// The versions that it asks for of other crates, by crate.
    pub foreign: BTreeMap<String, String>,
    /// The least version of Rust that it says to compile with; empty where it says none.
    pub rust_version: String,
    /// What its manifest lacks for a registry.
    pub lacking: Vec<&'static str>,
}

impl Workspace {
    /// Crates in the order of their dependencies, and of their names where that leaves a choice.
    ///
    /// # Errors
    /// A circle.
    pub fn new(packages: impl IntoIterator<Item = Package>) -> Result<Self> {
        let mut waiting: BTreeMap<String, Package> = packages
            .into_iter()
            .map(|package| (package.name.clone(), package))
            .collect();
        let mut packages: Vec<Package> = Vec::new();
        while !waiting.is_empty() {
            let ready = waiting
                .values()
                .find(|package| !package.inner.iter().any(|name| waiting.contains_key(name)))
                .map(|package| package.name.clone());
            let Some(package) = ready.and_then(|name| waiting.remove(&name)) else {
                let names: Vec<_> = waiting.into_keys().collect();
                return fail(format!(
                    "these crates depend on each other in a circle: {}",
                    names.join(", ")
                ));
            };
            packages.push(package);
        }
        Ok(Self {
            packages,
            whole: true,
        })
    }

    /// Only these crates, and what they depend on; all where none is named.
    ///
    /// # Errors
    /// An unknown name.
    pub fn narrow(&mut self, only: &[String]) -> Result<()> {
        if only.is_empty() {
            return Ok(());
        }
        let mut wanted: Vec<String> = only.to_vec();
        for name in only {
            if !self.packages.iter().any(|package| package.name == *name) {
                return fail(format!("no crate `{name}` is published from here"));
            }
        }
        for package in self.packages.iter().rev() {
            if wanted.contains(&package.name) {
                wanted.extend(package.inner.iter().cloned());
            }
        }
        self.packages.retain(|package| wanted.contains(&package.name));
        self.whole = false;
        Ok(())
    }
}

impl Package {
    /// Whether it is made from specs.
    pub fn generated(&self) -> bool {
        self.product().is_some()
    }

    /// Its product, or what stands in that place: `shared`; `None` for a hand-written crate.
    pub fn product(&self) -> Option<&str> {
        self.folder.strip_prefix("generated/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, inner: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            inner: inner.iter().map(|name| (*name).to_owned()).collect(),
            ..Package::default()
        }
    }

    #[test]
    fn crates_come_after_those_that_they_depend_on() {
        let all = [package("a", &["c"]), package("b", &[]), package("c", &["b"])];
        let mut workspace = Workspace::new(all).unwrap();
        let names = |workspace: &Workspace| -> Vec<String> {
            workspace
                .packages
                .iter()
                .map(|package| package.name.clone())
                .collect()
        };
        assert_eq!(names(&workspace), ["b", "c", "a"]);
        workspace.narrow(&["c".to_owned()]).unwrap();
        assert_eq!(names(&workspace), ["b", "c"]);
        assert!(!workspace.whole);
        let unknown = workspace.narrow(&["x".to_owned()]).unwrap_err();
        assert_eq!(unknown.to_string(), "no crate `x` is published from here");
        let circle = Workspace::new([package("a", &["b"]), package("b", &["a"])]).unwrap_err();
        assert!(circle.to_string().ends_with("in a circle: a, b"), "{circle}");
    }
}
