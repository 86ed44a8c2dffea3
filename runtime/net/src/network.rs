//! The settings of connections, which the builders of all clients share.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use binance_wire_core::Error;
use rustls::ClientConfig;

use crate::dial::{Dial, Dialer};
use crate::tls::client_config;
use crate::{Connector, Proxy};

/// The proxy that a builder was given. Nothing is looked at before a client is built.
#[derive(Clone, Default)]
enum ProxyChoice {
    #[default]
    Direct,
    Url(String),
    Environment,
}

/// Gives a builder, whose path to its [`Network`] follows (`config.network`), the settings of connections.
#[doc(hidden)]
#[macro_export]
macro_rules! network_settings {
    ($($field:ident).+) => {
        /// Trusts a further root certificate, in DER, in addition to Mozilla's unless
        /// [`default_roots`](Self::default_roots) says otherwise: for gateways and test servers.
        pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
            self.$($field).+.root_certificate(der);
            self
        }

        /// Whether Mozilla's root certificates are trusted. Default: yes. Without them only those set with
        /// [`root_certificate`](Self::root_certificate) are.
        pub fn default_roots(mut self, wanted: bool) -> Self {
            self.$($field).+.default_roots(wanted);
            self
        }

        /// Makes connections with `dialer` in place of TCP.
        pub fn dialer(mut self, dialer: impl $crate::Dial) -> Self {
            self.$($field).+.dialer(dialer);
            self
        }

        /// Whether addresses of other machines may begin with `http://` or `ws://`. Default: no, since anyone on the way
        /// would read keys and could change what is sent. Addresses of this machine always may.
        pub fn allow_plaintext(mut self, wanted: bool) -> Self {
            self.$($field).+.allow_plaintext(wanted);
            self
        }

        /// Connects through the proxy at `url`: `http://[user:password@]host:port` tunnels with `CONNECT`, `socks5://` and
        /// `socks5h://` (the proxy looks up names) speak SOCKS 5. TLS is between this side and the exchange. Unless set,
        /// there is no proxy, whatever the environment says.
        pub fn proxy(mut self, url: impl Into<String>) -> Self {
            self.$($field).+.proxy(url);
            self
        }

        /// Connects through the proxies that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
        /// `NO_PROXY`.
        pub fn proxy_from_env(mut self) -> Self {
            self.$($field).+.proxy_from_env();
            self
        }
    };
}

/// How connections are made: certificates, proxy, dialer, and whether they may go without TLS.
///
/// ```
/// use binance_wire_net::Network;
///
/// let mut network = Network::default();
/// network.proxy("socks5://127.0.0.1:1080");
/// network.check_url("wss://stream.binance.com:9443/ws")?;
/// network.check_url("ws://127.0.0.1:8080")?;
/// assert!(network.check_url("ws://stream.binance.com:9443/ws").is_err());
/// # Ok::<(), binance_wire_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Network {
    proxy: ProxyChoice,
    /// In DER.
    roots: Vec<Vec<u8>>,
    default_roots: bool,
    dialer: Option<Dialer>,
    plaintext: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            proxy: ProxyChoice::Direct,
            roots: Vec::new(),
            default_roots: true,
            dialer: None,
            plaintext: false,
        }
    }
}

impl Network {
    /// Connects through the proxy at this address, as [`Proxy::url`] describes it.
    pub fn proxy(&mut self, url: impl Into<String>) {
        self.proxy = ProxyChoice::Url(url.into());
    }

    /// Connects through the proxies that the environment names.
    pub fn proxy_from_env(&mut self) {
        self.proxy = ProxyChoice::Environment;
    }

    /// Trusts a further root certificate, in DER.
    pub fn root_certificate(&mut self, der: impl Into<Vec<u8>>) {
        self.roots.push(der.into());
    }

    /// Whether Mozilla's root certificates are trusted. Default: yes.
    pub fn default_roots(&mut self, wanted: bool) {
        self.default_roots = wanted;
    }

    /// Makes connections with `dialer` in place of TCP.
    pub fn dialer(&mut self, dialer: impl Dial) {
        self.dialer = Some(Dialer(Arc::new(dialer)));
    }

    /// Whether connections to other machines may go without TLS. Default: no.
    pub fn allow_plaintext(&mut self, wanted: bool) {
        self.plaintext = wanted;
    }

    /// Refuses an address without TLS that is not on this machine, unless that is allowed.
    ///
    /// # Errors
    /// [`Error::Unusable`] that names the address.
    pub fn check_url(&self, url: &str) -> Result<(), Error> {
        let plain = ["http://", "ws://"].iter().find_map(|scheme| {
            let head = url.get(..scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
        });
        let Some(rest) = plain.filter(|_| !self.plaintext) else {
            return Ok(());
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // What is before an `@` is no host, and may be a secret.
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, authority)| authority);
        if is_loopback(authority) {
            return Ok(());
        }
        Err(Error::Unusable(format!(
            "`{authority}` would be talked to without TLS, where anyone on the way reads keys and changes orders: use https:// or \
             wss://, or allow it with `allow_plaintext(true)`"
        )))
    }

    /// Returns what makes the connections, each within `timeout`.
    ///
    /// # Errors
    /// [`Error::Unusable`] for a proxy that is not usable.
    pub fn connector(&self, timeout: Duration) -> Result<Connector, Error> {
        let proxy = match &self.proxy {
            ProxyChoice::Direct => Proxy::default(),
            ProxyChoice::Url(url) => Proxy::url(url)?,
            ProxyChoice::Environment => Proxy::from_env(),
        };
        let connector = match &self.dialer {
            Some(dialer) => Connector::dialing(proxy, dialer.clone()),
            None => Connector::new(proxy),
        };
        Ok(connector.connect_timeout(timeout))
    }

    /// Returns the configuration of TLS.
    ///
    /// # Errors
    /// [`Error::Unusable`] where a certificate cannot be read, or none is trusted.
    pub fn tls(&self) -> Result<Arc<ClientConfig>, Error> {
        client_config(&self.roots, self.default_roots)
    }
}

/// Shows no address of a proxy, which may have a password in it.
impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let proxy = match self.proxy {
            ProxyChoice::Direct => "none",
            ProxyChoice::Url(_) => "set",
            ProxyChoice::Environment => "of the environment",
        };
        f.debug_struct("Network")
            .field("proxy", &proxy)
            .field("roots", &self.roots.len())
            .field("default_roots", &self.default_roots)
            .field("dialer", &self.dialer)
            .field("plaintext", &self.plaintext)
            .finish()
    }
}

/// Whether the host of `host[:port]` is this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    // Names below `localhost` are never looked up elsewhere (RFC 6761, 6.3).
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
