//! The collections that the exchange has published are read, whatever the day.

use std::collections::BTreeSet;

use binance_wire_model::collection::{Collection, product_of};
use binance_wire_model::read::postman::read_collection;
use binance_wire_model::source::SourceFile;

use crate::support;

/// The products of those collections, as specs call them.
const PRODUCTS: &[&str] = &[
    "algo",
    "alpha",
    "c2c",
    "coin-futures",
    "convert",
    "copy-trading",
    "crypto-loan",
    "dual-investment",
    "fiat",
    "gift-card",
    "margin",
    "mining",
    "nft",
    "options",
    "pay",
    "portfolio-margin",
    "portfolio-margin-pro",
    "rebate",
    "simple-earn",
    "spot",
    "staking",
    "sub-account",
    "usds-futures",
    "vip-loan",
    "w3w-prediction",
    "wallet",
];

fn collections(folder: &str) -> Option<Vec<Collection>> {
    let folder = support::shared(folder)?;
    let files = support::files_below(&folder).into_iter();
    Some(
        files
            .map(|(name, text)| {
                read_collection(&SourceFile::new(name, text)).unwrap_or_else(|found| panic!("{found}"))
            })
            .collect(),
    )
}

#[test]
fn every_published_collection_is_read() {
    for (folder, files, requests) in [
        ("upstream/postman", 25, 741),
        ("upstream/postman-history/2026-04-20", 25, 704),
        ("upstream/postman-history/2026-07-06", 26, 735),
    ] {
        let Some(collections) = collections(folder) else {
            continue;
        };
        let found: usize = collections.iter().map(|c| c.operations.len()).sum();
        assert_eq!((collections.len(), found), (files, requests), "{folder}");
        // Each is about a product of its own, by its name alone.
        let products: BTreeSet<&str> = collections
            .iter()
            .map(|c| product_of(&[&c.name], PRODUCTS).unwrap_or_else(|| panic!("{}", c.name)))
            .collect();
        assert_eq!(products.len(), files, "{folder}");
        for operation in collections.iter().flat_map(|c| &c.operations) {
            assert!(operation.path.starts_with('/'), "{operation:?}");
            assert!(
                !operation
                    .parameters
                    .iter()
                    .any(|p| ["timestamp", "signature", "recvWindow"].contains(&p.name.as_str())),
                "{operation:?}"
            );
        }
    }
}
