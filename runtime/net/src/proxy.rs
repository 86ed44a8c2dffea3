//! The proxy that connections go through.

use std::fmt;
use std::sync::Arc;

use binance_wire_core::Error;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// The schemes of proxies: HTTP with `CONNECT`, and SOCKS 5 where this side or the proxy looks up names.
const SCHEMES: [&str; 3] = ["http", "socks5", "socks5h"];

/// The proxies to go through, if any. The default is none, whatever the environment says.
#[derive(Clone, Default)]
pub struct Proxy(Option<Arc<Matcher>>);

impl Proxy {
    /// Returns the proxy at `url` for every connection: `http://[user:password@]host:port` tunnels with `CONNECT`,
    /// `socks5://` and `socks5h://` (the proxy looks up names) speak SOCKS 5.
    ///
    /// # Errors
    /// [`Error::Unusable`] for an address of another kind. The error does not show the password.
    pub fn url(url: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            // Whatever stands before the `@` is a secret.
            let shown = url.rsplit_once('@').map_or(url, |(_, host)| host);
            Error::Unusable(format!("proxy `{shown}`: {why}"))
        };
        let uri: Uri = url.parse().map_err(|_| refuse("it is no URL"))?;
        if !uri.scheme_str().is_some_and(|scheme| SCHEMES.contains(&scheme)) {
            return Err(refuse("it must begin with http://, socks5:// or socks5h://"));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(refuse("it names no host"));
        }
        let matcher = Matcher::builder().all(url).build();
        Ok(Self(Some(Arc::new(matcher))))
    }

    /// Returns the proxies that the environment names: `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, in small letters too,
    /// except for the hosts of `NO_PROXY`.
    pub fn from_env() -> Self {
        Self(Some(Arc::new(Matcher::from_env())))
    }

    /// The proxy for a connection to `destination`.
    pub(crate) fn of(&self, destination: &Uri) -> Option<Intercept> {
        self.0.as_ref()?.intercept(destination)
    }
}

/// Shows whether there is one, and no password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match &self.0 {
            Some(_) => "set",
            None => "none",
        };
        f.debug_tuple("Proxy").field(&format_args!("{shown}")).finish()
    }
}
