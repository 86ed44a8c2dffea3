//! Endpoints that the exchange has taken away.

use super::api::{HttpMethod, Location};

/// An endpoint that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The method.
    pub method: HttpMethod,
    /// The path.
    pub path: String,
    /// The product, or the family that went with it.
    pub product: String,
    /// The day since when it is gone, where the exchange's change log says.
    pub date: Option<String>,
    /// What to call instead (`GET /path`), where the change log says.
    pub replacement: Option<String>,
    /// Where it stands.
    pub location: Location,
}

impl Retired {
    /// Method and path, as one text.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
