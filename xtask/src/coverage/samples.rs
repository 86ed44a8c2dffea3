//! Sample payloads: how many there are, and how many the generated types decode and encode again without loss.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::table::Carrier;
use crate::payloads;

/// Samples by product and transport; the user's own events are a transport of their own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Samples {
    counts: BTreeMap<(String, Carrier), Count>,
}

/// Samples, and those that conform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) all: usize,
    pub(super) conforming: usize,
}

impl Samples {
    /// Has the samples of every product decoded.
    pub(super) fn decode<'p>(specs: &Path, products: impl Iterator<Item = &'p String>) -> Result<Self> {
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for product in products {
            files.extend(
                files_of(specs, product)?
                    .into_iter()
                    .map(|file| (product.clone(), file)),
            );
        }
        if files.is_empty() {
            return Ok(Self::default());
        }
        let paths = files.iter().map(|(_, path)| path.as_path());
        let reported = payloads::tally(paths)
            .context("the samples cannot be decoded; `--no-samples` leaves them out")?;
        Self::read(&reported, &files)
    }

    /// Reads what `conform --tally` prints.
    fn read(reported: &str, files: &[(String, PathBuf)]) -> Result<Self> {
        let mut samples = Self::default();
        for line in reported.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, transport, kind, passed, failed] = fields.as_slice() else {
                bail!("conform printed a line that is no count: {line}");
            };
            let Some((product, _)) = files.iter().find(|(_, path)| path == Path::new(file)) else {
                bail!("conform counted a file that it was not given: {file}");
            };
            let (Ok(passed), Ok(failed)) = (passed.parse::<usize>(), failed.parse::<usize>()) else {
                bail!("conform printed a line that is no count: {line}");
            };
            let Ok(transport) = transport.replace('_', "-").parse::<Carrier>() else {
                bail!("conform printed a line of an unknown transport: {line}");
            };
            let transport = match transport {
                Carrier::WsApi | Carrier::WsStreams if *kind == "event" => Carrier::UserData,
                transport => transport,
            };
            let count = samples.counts.entry((product.clone(), transport)).or_default();
            count.all += passed + failed;
            count.conforming += passed;
        }
        Ok(samples)
    }

    /// The samples of a product over a transport.
    pub(super) fn of(&self, product: &str, transport: Carrier) -> Count {
        let key = (product.to_owned(), transport);
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// The transports that a product has samples of.
    pub(super) fn transports<'s>(&'s self, product: &'s str) -> impl Iterator<Item = Carrier> {
        self.counts
            .keys()
            .filter(move |(known, _)| known == product)
            .map(|(_, transport)| *transport)
    }
}

/// The files with a product's samples.
pub(super) fn files_of(specs: &Path, product: &str) -> Result<Vec<PathBuf>> {
    let folder = specs.join(product).join("examples");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = crate::tree::files_below(&folder)?;
    Ok(files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "jsonl"))
        .map(|file| folder.join(file))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_to_product_and_transport() {
        let files = [
            ("toys".to_owned(), PathBuf::from("/s/toys/examples/a b.jsonl")),
            ("games".to_owned(), PathBuf::from("/s/games/examples/x.jsonl")),
        ];
        let reported = "/s/toys/examples/a b.jsonl\tws_api\tresponse\t3\t1\n\
                    /s/toys/examples/a b.jsonl\tws_api\terror\t1\t0\n\
                    /s/toys/examples/a b.jsonl\tws_streams\tevent\t2\t0\n\
                    /s/games/examples/x.jsonl\twebhooks\tevent\t1\t0\n\
                    /s/games/examples/x.jsonl\tws_api\tresponse\t5\t0\n";
        let samples = Samples::read(reported, &files).expect("counts");
        let count = |product, transport| {
            let Count { all, conforming } = samples.of(product, transport);
            (all, conforming)
        };
        assert_eq!(count("toys", Carrier::WsApi), (5, 4));
        assert_eq!(count("toys", Carrier::UserData), (2, 2));
        assert_eq!(count("games", Carrier::WsApi), (5, 5));
        assert_eq!(count("games", Carrier::Webhooks), (1, 1));
        assert_eq!(count("games", Carrier::Rest), (0, 0));
        assert_eq!(
            samples.transports("toys").collect::<Vec<_>>(),
            [Carrier::WsApi, Carrier::UserData]
        );
    }

    #[test]
    fn what_is_no_count_is_an_error() {
        let files = [("toys".to_owned(), PathBuf::from("a"))];
        for line in [
            "3 passed, 0 failed",
            "a\trest\tresponse\tmany\t0",
            "b\trest\tresponse\t1\t0",
            "a\tpost\tresponse\t1\t0",
        ] {
            assert!(Samples::read(line, &files).is_err(), "{line}");
        }
    }
}
