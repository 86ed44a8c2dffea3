//! Keys and helpers that several test files share.
use binance_wire_core::Decimal;
use binance_wire_signing::Credentials;

/// The API key and secret of the documentation's HMAC examples.
pub(crate) const HMAC_KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
/// As above.
pub(crate) const HMAC_SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
/// The private key that the FIX documentation publishes with its Logon example.
pub(crate) const ED25519_DOCUMENTED: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u
-----END PRIVATE KEY-----
";
/// The passphrase of the encrypted keys in `tests/data`.
pub(crate) const PASSPHRASE: &str = "correct-horse";

pub(crate) fn documented_hmac() -> Credentials {
    Credentials::hmac(HMAC_KEY, HMAC_SECRET).expect("usable credentials")
}

pub(crate) fn documented_ed25519(api_key: &str) -> Credentials {
    Credentials::ed25519(api_key, ED25519_DOCUMENTED).expect("usable credentials")
}

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> String {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}
