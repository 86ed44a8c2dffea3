//! What a new operation is called, and what it is filed under.

use binance_wire_model::api::{Call, Product, Security};
use binance_wire_model::collection;
use binance_wire_model::named::Named;
use binance_wire_model::names;
use binance_wire_model::path::PathTemplate;

/// Names of more words than this say too much for an identifier; the path is taken instead.
const MAX_WORDS: usize = 10;

/// What a request is called; words of its path where its name is none.
pub(super) fn identifying(request: &collection::Operation) -> String {
    let words = names::words(&request.name);
    let named =
        (1..=MAX_WORDS).contains(&words.len()) && request.name.starts_with(|c: char| c.is_alphabetic());
    if named {
        request.name.clone()
    } else {
        format!(
            "{} {}",
            request.method.to_lowercase(),
            path_words(request.path.as_str()).join(" ")
        )
    }
}

/// The parts of a path that say something: neither the API and its version nor placeholders.
pub(super) fn path_words(path: &str) -> Vec<String> {
    let version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.split('/')
        .skip(2)
        .filter(|part| !part.is_empty() && !part.starts_with('{') && !version(part))
        .map(str::to_owned)
        .collect()
}

pub(super) fn camel(name: &str) -> String {
    let name = names::capitalised(name);
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => name,
    }
}

/// Words that are written in capitals.
const CAPITALS: &[&str] = &[
    "api", "bfusd", "bnb", "bnsol", "cm", "eth", "id", "ip", "kyc", "ltv", "nft", "oco", "opo", "opoco",
    "oto", "otoco", "otc", "pm", "pnl", "roi", "rwusd", "sol", "sor", "stp", "uid", "um", "usd", "usdt",
    "vip", "wbeth",
];

/// One line about a new operation: the words of its name, plainly.
pub(super) fn summary(request: &collection::Operation) -> String {
    let mut words = names::words(&identifying(request));
    let asks = request.method == "GET" && words.len() > 1;
    if asks
        && words
            .first()
            .is_some_and(|word| ["get", "query", "fetch"].contains(&word.as_str()))
    {
        words.remove(0);
    }
    let words: Vec<String> = words
        .into_iter()
        .enumerate()
        .map(|(index, word)| {
            if CAPITALS.contains(&word.as_str()) {
                return word.to_uppercase();
            }
            let mut chars = word.chars();
            match chars.next() {
                Some(first) if index == 0 => first.to_uppercase().chain(chars).collect(),
                _ => word,
            }
        })
        .collect();
    words.join(" ")
}

/// The section of a new operation: that of the collection's folder where the product has it, or that of the operation whose
/// path is most alike, or the folder's name.
pub(super) fn tag(product: &Product, request: &collection::Operation) -> String {
    let plain = |text: &str| names::words(text).join(" ");
    let wanted = plain(&request.section);
    if let Some(known) = product.operations.iter().find(|o| plain(&o.tag) == wanted) {
        return known.tag.clone();
    }
    let alike = |path: &PathTemplate| {
        let pairs = path.as_str().split('/').zip(request.path.as_str().split('/'));
        pairs.take_while(|(a, b)| a == b).count()
    };
    let nearest = product
        .operations
        .iter()
        .filter_map(|operation| match &operation.call {
            Call::Rest { path, .. } => Some((alike(path), operation)),
            _ => None,
        })
        // More than `/sapi/v1` in common.
        .filter(|(alike, _)| request.section.is_empty() || *alike > 3)
        .max_by_key(|(alike, _)| *alike);
    match nearest {
        Some((_, operation)) => operation.tag.clone(),
        None if request.section.is_empty() => "General".to_owned(),
        None => request.section.clone(),
    }
}

/// The security type that a sample names, where it is one of those that collections have, or else by its signature.
pub(super) fn security(request: &collection::Operation) -> Security {
    let named = request.security.as_deref().and_then(Security::of);
    match named.filter(|named| {
        !matches!(
            named,
            Security::PredictionTrade | Security::Partner | Security::Kyc
        )
    }) {
        Some(known) => known,
        None if request.signed => Security::UserData,
        None => Security::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, name: &str) -> collection::Operation {
        collection::Operation {
            method: method.to_owned(),
            path: PathTemplate::parse(path),
            name: name.to_owned(),
            section: String::new(),
            security: None,
            deprecated: false,
            signed: false,
            parameters: Vec::new(),
        }
    }

    #[test]
    fn names_become_identifiers_and_plain_words() {
        for (method, path, name, id, words) in [
            (
                "GET",
                "/sapi/v1/eth-staking/eth/history",
                "Get ETH staking history",
                "getEthStakingHistory",
                "ETH staking history",
            ),
            ("POST", "/sapi/v1/toy", "New Toy OTO", "newToyOto", "New toy OTO"),
            ("GET", "/sapi/v2/toy/{id}/parts", "", "getToyParts", "Toy parts"),
            (
                "DELETE",
                "/sapi/v1/toy/parts",
                "This removes each and every part of a toy that you may own yourself",
                "deleteToyParts",
                "Delete toy parts",
            ),
        ] {
            let request = request(method, path, name);
            assert_eq!(camel(&identifying(&request)), id);
            assert_eq!(summary(&request), words);
        }
    }
}
