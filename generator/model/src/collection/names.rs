//! Which product a collection is about, by its name.

/// Words that say nothing about the product.
const FILLERS: &[&str] = &["binance", "derivatives", "trading", "rest", "api", "m", "json"];

/// Collections that call a product otherwise than its specs do: the words that are left of either name.
const OTHER_NAMES: &[(&str, &str)] = &[
    // Futures (COIN-M) REST API
    ("futures coin", "coin futures"),
    // Futures (USDⓈ-M) REST API
    ("futures usds", "usds futures"),
    // Prediction Trading REST API
    ("prediction", "w3w prediction"),
    // Binance Stock Trading REST API
    ("stock", "stocks"),
];

/// What is left of a name without fillers: `Binance Derivatives Trading USDS Futures API` → `usds futures`.
fn words(name: &str) -> String {
    let name = name.replace('Ⓢ', "s").to_lowercase();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !FILLERS.contains(word))
        .collect();
    let words = words.join(" ");
    match OTHER_NAMES.iter().find(|(theirs, _)| *theirs == words) {
        Some((_, ours)) => (*ours).to_owned(),
        None => words,
    }
}

/// The product that the first of `names` to name one names. Works for the names of collections, of their files, and of
/// the products in the exchange's own libraries (`derivatives_trading_usds_futures`).
pub fn product_of<'p>(names: &[&str], products: &[&'p str]) -> Option<&'p str> {
    names.iter().find_map(|name| {
        let wanted = words(name);
        products.iter().copied().find(|product| words(product) == wanted)
    })
}

/// The name that a product without specs would have: `Binance NFT API` → `nft`.
pub fn presumed(name: &str) -> String {
    words(name).replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet_their_products() {
        let products = [
            "coin-futures",
            "copy-trading",
            "margin",
            "options",
            "pay",
            "portfolio-margin",
            "portfolio-margin-pro",
            "usds-futures",
            "w3w-prediction",
            "wallet",
        ];
        for (name, product) in [
            ("Futures (USDⓈ-M) REST API", "usds-futures"),
            ("Futures (COIN-M) REST API", "coin-futures"),
            (
                "Binance Derivatives Trading USDS Futures API.json",
                "usds-futures",
            ),
            ("derivatives_trading_portfolio_margin_pro", "portfolio-margin-pro"),
            ("Portfolio Margin REST API", "portfolio-margin"),
            ("margin_trading", "margin"),
            ("Copy Trading REST API", "copy-trading"),
            ("copy_trading", "copy-trading"),
            ("Prediction Trading REST API", "w3w-prediction"),
            ("Binance Pay REST API", "pay"),
        ] {
            assert_eq!(product_of(&[name], &products), Some(product), "{name}");
        }
        assert_eq!(product_of(&["Binance NFT API"], &products), None);
        assert_eq!(
            product_of(&["Something else", "Binance Wallet API.json"], &products),
            Some("wallet")
        );
        assert_eq!(presumed("Binance NFT API"), "nft");
    }
}
