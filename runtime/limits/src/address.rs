//! Names of addresses and accounts, the same in every process.

/// The name of a system's counters on a host: those of one environment of the exchange are one, whichever of its hosts is
/// used; any other host, such as a gateway or a test server, is one of its own.
pub(crate) fn name(system: &str, host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let under =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let environment =
        if under("testnet.binance.vision") || under("binancefuture.com") || host.contains("testnet") {
            "testnet"
        } else if under("binance.com") || under("binance.vision") || under("binanceapis.com") {
            match host.starts_with("demo-") {
                true => "demo",
                false => "production",
            }
        } else {
            host.as_str()
        };
    format!("{system}@{environment}")
}

/// The same for an address.
pub(crate) fn of_url(system: &str, url: &str) -> String {
    name(system, host(url))
}

/// The host of an address, without a port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// A name for the account of an API key that does not show the key: FNV-1a, 64 bits.
pub(crate) fn fingerprint(key: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("key-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_environment_count_together() {
        let of = |url| of_url("spot", url);
        for url in [
            "https://api.binance.com",
            "https://api1.binance.com/path",
            "wss://ws-api.binance.com:9443/ws-api/v3",
            "wss://stream.binance.com:443",
            "https://data-api.binance.vision",
        ] {
            assert_eq!(of(url), "spot@production", "{url}");
        }
        for url in [
            "https://testnet.binance.vision",
            "wss://ws-api.testnet.binance.vision:9443/ws-api/v3",
            "wss://fstream.binancefuture.com",
        ] {
            assert_eq!(of(url), "spot@testnet", "{url}");
        }
        assert_eq!(of("https://demo-api.binance.com"), "spot@demo");
        assert_eq!(of("http://127.0.0.1:8080"), "spot@127.0.0.1");
        assert_eq!(of("ws://[::1]:8080/ws"), "spot@::1");
        assert_eq!(of("https://user:word@gateway.example/x"), "spot@gateway.example");
        assert_eq!(of("https://evilbinance.com"), "spot@evilbinance.com");
    }

    #[test]
    fn fingerprints_do_not_show_the_key() {
        let key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
        assert_eq!(fingerprint(key), fingerprint(key));
        assert_ne!(fingerprint(key), fingerprint("another"));
        assert!(!fingerprint(key).contains(&key[..4]));
    }
}
