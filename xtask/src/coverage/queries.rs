//! Mutations, and the queries that find out what became of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use binance_wire_model::api::Operation;
use binance_wire_model::product::Model;

/// The mutations of a product, each once.
fn mutations(model: &Model) -> impl Iterator<Item = &Operation> {
    let operations = model.api.operations.iter();
    operations.filter(|operation| operation.mutation && operation.twin.is_none())
}

/// The table, and the mutations without a query.
pub(super) fn markdown(models: &BTreeMap<String, Model>) -> String {
    let mut out = String::from(
        "\n## Mutations and their queries\n\n\
         Where the answer to a mutation is lost, a client asks the query that the spec names (`x-identity`) whether it was\n\
         carried out. Ids are those that clients make before they send anything. Methods of the WebSocket API are counted\n\
         where REST does not have them.\n\n\
         | product | mutations | with ids | with a query | without |\n\
         |---|--:|--:|--:|--:|\n",
    );
    let mut reasons = String::new();
    let mut others = String::new();
    // Writing to a String cannot fail.
    for (product, model) in models {
        let all: Vec<&Operation> = mutations(model).collect();
        if all.is_empty() {
            continue;
        }
        let count = |which: &dyn Fn(&Operation) -> bool| all.iter().filter(|o| which(o)).count();
        let ids = count(&|operation| !operation.identity.ids.is_empty());
        let queries = count(&|operation| operation.identity.query.is_some());
        let without = all.len() - queries;
        let _ = writeln!(
            out,
            "| {product} | {} | {ids} | {queries} | {without} |",
            all.len()
        );
        for operation in &all {
            if let Some(reason) = &operation.identity.none {
                let _ = writeln!(reasons, "- {product} `{}`: {reason}", operation.id);
            }
        }
        let unnamed = all
            .iter()
            .filter(|o| o.identity.query.is_none() && o.identity.none.is_none());
        let unnamed: Vec<String> = unnamed.map(|operation| format!("`{}`", operation.id)).collect();
        if !unnamed.is_empty() {
            let _ = writeln!(others, "- {product}: {}", unnamed.join(", "));
        }
    }
    let _ = write!(
        out,
        "\nWithout a query, for a reason:\n\n{reasons}\n\
         Without a query; what became of them is seen in orders, positions, balances and histories:\n\n{others}"
    );
    out
}
