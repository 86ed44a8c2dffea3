//! The parameters of a request.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// The parameters of a request by name, as they are sent.
pub trait Values {
    /// Returns the value of a parameter, if it is sent.
    fn value(&self, name: &str) -> Option<&str>;
}

impl Values for BTreeMap<String, String> {
    fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

impl<S: BuildHasher> Values for HashMap<String, String, S> {
    fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Values for [(K, V)] {
    fn value(&self, name: &str) -> Option<&str> {
        let pair = self.iter().find(|(known, _)| known.as_ref() == name);
        pair.map(|(_, value)| value.as_ref())
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> Values for [(K, V); N] {
    fn value(&self, name: &str) -> Option<&str> {
        self.as_slice().value(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Values for Vec<(K, V)> {
    fn value(&self, name: &str) -> Option<&str> {
        self.as_slice().value(name)
    }
}
