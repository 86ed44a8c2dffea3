//! What mutations have made, for the queries that belong to them.

use std::collections::{BTreeMap, VecDeque};

use binance_wire_catalog_data::model::Operation;

use crate::params::Params;

/// The most things that are remembered; the oldest are forgotten first.
const MOST: usize = 10_000;

/// What mutations have made.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    made: VecDeque<Made>,
    last_id: i64,
}

/// What a mutation has made: the values by which it is known, those of the request and those of the answer.
#[derive(Debug)]
pub(super) struct Made {
    account: u64,
    product: &'static str,
    pub(super) operation: &'static Operation,
    pub(super) values: BTreeMap<String, String>,
}

impl Memory {
    /// A number that nothing had before.
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn keep(
        &mut self,
        account: u64,
        product: &'static str,
        operation: &'static Operation,
        values: BTreeMap<String, String>,
    ) {
        if self.made.len() >= MOST {
            self.made.pop_front();
        }
        self.made.push_back(Made {
            account,
            product,
            operation,
            values,
        });
    }

    /// What the parameters of a query name, of what mutations made whose query it is; the latest.
    pub(super) fn find(&self, account: u64, product: &str, query: &str, params: &Params) -> Option<&Made> {
        let of_query = |made: &&Made| {
            let twin = made.operation.identity.query.as_ref();
            made.account == account
                && made.product == product
                && twin.is_some_and(|twin| twin.operation == query)
        };
        self.made
            .iter()
            .rev()
            .filter(of_query)
            .find(|made| made.is_named_by(params))
    }
}

impl Made {
    /// Whether parameters of a query name it: at least one does, and none names another.
    fn is_named_by(&self, params: &Params) -> bool {
        let pairs = self.operation.identity.query.iter().flat_map(|twin| &twin.with);
        let mapped = pairs.map(|(own, of_query)| (of_query.as_str(), self.values.get(own)));
        let same = self
            .values
            .iter()
            .filter(|(name, _)| name.ends_with("Id"))
            .map(|(name, value)| (name.as_str(), Some(value)));
        let mut named = false;
        for (name, known) in mapped.chain(same) {
            let (Some(asked), Some(known)) = (params.get(name), known) else {
                continue;
            };
            if asked != known {
                return false;
            }
            named = true;
        }
        named
    }
}
