//! All products, each read when it is asked for.

use std::sync::OnceLock;

use crate::product::{ErrorFamily, Product};

/// All products and their error codes. What is read is kept.
#[derive(Debug)]
pub struct Catalog {
    products: &'static [Entry],
    error_codes: &'static str,
    families: OnceLock<Result<Vec<ErrorFamily>, String>>,
}

/// A product of a [`Catalog`].
#[derive(Debug)]
pub struct Entry {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Result<Product, String>>,
}

/// Why a catalog has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No product has the name.
    #[error("no product is called `{name}`; there are {known}")]
    UnknownProduct {
        /// The name.
        name: String,
        /// The names that there are, with commas between them.
        known: String,
    },
    /// The data cannot be read: they are of another version.
    #[error("the data of {name} cannot be read: {reason}")]
    Unreadable {
        /// The product, or `error codes`.
        name: String,
        /// What is wrong, and where.
        reason: String,
    },
}

impl Entry {
    /// A product by its name, and its data as JSON.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            read: OnceLock::new(),
        }
    }

    fn product(&self) -> Result<&Product, Error> {
        let read = self.read.get_or_init(|| read(self.text));
        read.as_ref().map_err(|reason| unreadable(self.name, reason))
    }
}

impl Catalog {
    /// A catalog of these products, and the families of error codes as JSON.
    pub const fn new(products: &'static [Entry], error_codes: &'static str) -> Self {
        Self {
            products,
            error_codes,
            families: OnceLock::new(),
        }
    }

    /// Returns the names of all products, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> + use<> {
        self.products.iter().map(|entry| entry.name)
    }

    /// Returns a product.
    ///
    /// # Errors
    /// [`Error::UnknownProduct`] for another name, [`Error::Unreadable`] for data of another version.
    pub fn product(&self, name: &str) -> Result<&Product, Error> {
        match self.products.iter().find(|entry| entry.name == name) {
            Some(entry) => entry.product(),
            None => Err(Error::UnknownProduct {
                name: name.to_owned(),
                known: self.names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Returns all products, in the order of their names.
    pub fn products(&self) -> impl Iterator<Item = Result<&Product, Error>> {
        self.products.iter().map(Entry::product)
    }

    /// Returns the families of error codes.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for data of another version.
    pub fn error_codes(&self) -> Result<&[ErrorFamily], Error> {
        let families = self.families.get_or_init(|| read(self.error_codes));
        let families = families
            .as_ref()
            .map_err(|reason| unreadable("error codes", reason))?;
        Ok(families)
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn unreadable(name: &str, reason: &str) -> Error {
    Error::Unreadable {
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}
