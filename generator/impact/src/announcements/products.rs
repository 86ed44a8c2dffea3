//! Which product something belongs to: its path tells, or the header above it, or the file.

use std::collections::BTreeMap;

use super::mentions::Mention;

/// The headers of the common logs, the longest first; and what each stands for.
const HEADERS: [(&str, &str); 12] = [
    ("Classic Portfolio Margin", "portfolio-margin"),
    ("Portfolio Margin Pro", "portfolio-margin-pro"),
    ("Portfolio Margin", "portfolio-margin"),
    ("European Options", "options"),
    ("USDⓈ-M Futures", "usds-futures"),
    ("USDⓈ-Margined Futures", "usds-futures"),
    ("USDT-Margined Futures", "usds-futures"),
    ("USDS-M Futures", "usds-futures"),
    ("COIN-Margined Futures", "coin-futures"),
    ("COIN-M Futures", "coin-futures"),
    ("Options", "options"),
    ("Option", "options"),
];

/// The names of products in headers, the longest first.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    HEADERS.iter().map(|(name, _)| *name)
}

/// The product that a section names in passing, or else the one that most of its paths belong to.
pub(super) fn around(text: &str) -> Option<&'static str> {
    let named = HEADERS
        .iter()
        .filter(|(name, _)| name.contains("Futures") || name.contains("Margin"))
        .filter_map(|(name, product)| Some((text.find(name)?, *product)))
        .min_by_key(|(at, _)| *at);
    if let Some((_, product)) = named {
        return Some(product);
    }
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for mention in super::mentions::find(text, "", "", false) {
        if let Some(product) = of_path(&mention.name) {
            *counts.entry(product).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(product, _)| product)
}

/// The first product that a text names.
pub(super) fn first(text: &str) -> Option<&'static str> {
    HEADERS
        .iter()
        .filter(|(name, _)| *name != "Option")
        .filter_map(|(name, product)| Some((text.find(name)?, *product)))
        .min_by_key(|(at, _)| *at)
        .map(|(_, product)| product)
}

/// The product that a notice belongs to: the one that its text names, or its header, or that of its log.
pub(super) fn of_notice(text: &str, header: Option<&'static str>, file: &str) -> String {
    first(text)
        .or(header)
        .or_else(|| of_file(file))
        .unwrap_or("spot")
        .to_owned()
}

/// The product of the header that a text is, or ends with, as the header of what comes next.
pub(super) fn header(text: &str) -> Option<&'static str> {
    let text = text.trim().trim_end_matches([':', '*', '#']).trim_end();
    let (at, found) = HEADERS.iter().find_map(|(header, product)| {
        let before = text.strip_suffix(header)?;
        Some((before, *product))
    })?;
    // In a sentence, a word that wants one stands before it; bullets often end without a stop.
    let before = at.trim_end();
    let word = before.rsplit(' ').next().unwrap_or_default();
    let joins = [
        "for", "of", "to", "in", "on", "with", "the", "from", "and", "new", "both", "&",
    ];
    let long = !matches!(found, "options")
        && at.ends_with(' ')
        && !joins.contains(&word.to_ascii_lowercase().as_str());
    (long || before.is_empty() || before.ends_with(['.', '#', '*', '/', '&', ')', '`', '-', '>', ':']))
        .then_some(found)
}

/// The product of a heading in the logs of connectors: `Derivatives Trading Usds Futures`.
pub(super) fn of_heading(name: &str) -> Option<&'static str> {
    let known = [
        ("algo", "algo"),
        ("alpha", "alpha"),
        ("c2c", "c2c"),
        ("coin futures", "coin-futures"),
        ("convert", "convert"),
        ("crypto loan", "crypto-loan"),
        ("dual investment", "dual-investment"),
        ("fiat", "fiat"),
        ("gift card", "gift-card"),
        ("margin", "margin"),
        ("margin trading", "margin"),
        ("market", "spot"),
        ("mining", "mining"),
        ("nft", "nft"),
        ("options", "options"),
        ("pay", "pay"),
        ("portfolio margin", "portfolio-margin"),
        ("portfolio margin pro", "portfolio-margin-pro"),
        ("rebate", "rebate"),
        ("simple earn", "simple-earn"),
        ("spot", "spot"),
        ("staking", "staking"),
        ("sub account", "sub-account"),
        ("sub-account", "sub-account"),
        ("trade", "spot"),
        ("usds futures", "usds-futures"),
        ("vip loan", "vip-loan"),
        ("w3w prediction", "w3w-prediction"),
        ("wallet", "wallet"),
    ];
    let name = name.trim().to_ascii_lowercase();
    let name = name.strip_prefix("derivatives trading ").unwrap_or(&name);
    known
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, product)| *product)
}

/// The product that a path belongs to, where it tells.
fn of_path(path: &str) -> Option<&'static str> {
    let mut parts = path.trim_start_matches('/').split('/');
    let root = parts.next()?;
    // The version stands between.
    let first = parts.nth(1).unwrap_or_default();
    Some(match (root, first) {
        ("api", _) => "spot",
        ("fapi", _) => "usds-futures",
        ("dapi", _) => "coin-futures",
        ("eapi", _) => "options",
        ("papi", "b402") => "b402",
        ("papi", _) => "portfolio-margin",
        ("bapi", _) if path.contains("b402") => "b402",
        ("bapi", _) => "kyc",
        ("wapi", _) => "wallet",
        ("futures", _) => return None,
        ("sapi", first) => match first {
            "account" | "accountSnapshot" | "asset" | "capital" | "bnbBurn" | "localentity" | "spot"
            | "system" => "wallet",
            "algo" => "algo",
            "apiReferral" | "broker" => "link",
            "bfusd" | "simple-earn" | "earn" | "rwusd" => "simple-earn",
            "block-match" => "spot-block-matching",
            "c2c" => "c2c",
            "convert" => "convert",
            "dci" => "dual-investment",
            "eth-staking" | "sol-staking" | "staking" | "onchain-yields" | "soft-staking" => "staking",
            "fiat" => "fiat",
            "giftcard" => "gift-card",
            "loan" if path.contains("/vip/") => "vip-loan",
            "loan" => "crypto-loan",
            "sub-account" | "managed-subaccount" => "sub-account",
            "margin" | "userDataStream" => "margin",
            "mining" => "mining",
            "pay" => "pay",
            "portfolio" => "portfolio-margin-pro",
            "rebate" => "rebate",
            "w3w" => "w3w-prediction",
            // Products that are gone keep the name of their path.
            "blvt" => "blvt",
            "bswap" => "liquid-swap",
            "futures" => "futures-cross-collateral",
            "lending" => "savings",
            "nft" => "nft",
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether a log names its endpoints by the last parts of their paths: `/verify` for `/papi/v2/b402/verify`.
pub(super) fn has_short_paths(file: &str) -> bool {
    of_file(file) == Some("b402")
}

/// The product that a log is of, by the name of its file.
fn of_file(file: &str) -> Option<&'static str> {
    let name = file.rsplit('/').next().unwrap_or(file);
    // `0041-products__wallet__change-log.txt`: a part between the underlines, or of a path.
    let known = [
        ("w3w-prediction", "w3w-prediction"),
        ("vip-loan", "vip-loan"),
        ("vip-service", "vip-service"),
        ("sub-account", "sub-account"),
        ("spot-block-matching", "spot-block-matching"),
        ("simple-earn", "simple-earn"),
        ("staking", "staking"),
        ("advanced-earn", "dual-investment"),
        ("onchainpay-x402", "b402"),
        ("binance-link", "link"),
        ("wallet", "wallet"),
        ("rebate", "rebate"),
        ("mining", "mining"),
        ("pay", "pay"),
        ("spot", "spot"),
        // The log of all derivatives; most of what names no product in it is about these.
        ("derivatives-trading", "usds-futures"),
    ];
    known
        .iter()
        .find(|(part, _)| name.contains(&format!("__{part}__")) || name.starts_with(part))
        .map(|(_, product)| *product)
}

/// The product that a mention belongs to.
pub(super) fn of(mention: &Mention, header: Option<&'static str>, file: &str) -> String {
    let by_path = mention.method.is_path().then(|| of_path(&mention.name));
    by_path
        .flatten()
        .or(header)
        .or_else(|| of_file(file))
        .unwrap_or(match mention.name.starts_with("/futures/data") {
            true => "usds-futures",
            false => "spot",
        })
        .to_owned()
}
