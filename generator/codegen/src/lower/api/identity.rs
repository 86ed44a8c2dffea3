//! By what the exchange knows what a mutation makes or changes.

use binance_wire_model::api::{Evidence, Operation, QueryTwin, Type, Weight, WeightRule};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde::Serialize;

use super::Context;
use super::requests::InfoField;
use crate::lower::rust::{Printed, ident};

/// The row `identity` of a request.
#[derive(Debug, Serialize)]
pub(super) struct IdentityRow {
    fields: Vec<InfoField>,
    /// The request of the query.
    by: Option<Printed>,
}

/// What a client does so that a mutation cannot be lost.
pub(super) fn identified(operation: &Operation) -> Option<String> {
    let identity = &operation.identity;
    let beside = identity.ids_beside.iter().map(|(id, _)| id);
    let ids = identity.ids.iter().chain(beside);
    let ids: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    let made = (!ids.is_empty()).then(|| format!("Ids that the client makes: {}", ids.join(", ")));
    let query = identity.query.as_ref();
    let found = query.map(|query| format!("`reconcile` asks `{}`", query.operation));
    let parts: Vec<String> = made.into_iter().chain(found).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

impl Context<'_> {
    pub(super) fn identity(&self, operation: &Operation) -> Option<IdentityRow> {
        let identity = &operation.identity;
        let mut fields = Vec::new();
        if !identity.ids.is_empty() {
            let ids = &identity.ids;
            fields.push(InfoField::new("made", quote!(&[#(#ids),*])));
        }
        if !identity.ids_beside.is_empty() {
            let pairs = identity.ids_beside.iter().map(|(id, part)| quote!((#id, #part)));
            fields.push(InfoField::new("made_beside", quote!(&[#(#pairs),*])));
        }
        let named = self.named_ids(operation);
        if !named.is_empty() {
            fields.push(InfoField::new("named", quote!(&[#(#named),*])));
        }
        if let Some(each) = &identity.each {
            fields.push(InfoField::new("each", quote!(Some(#each))));
        }
        let query = identity.query.as_ref();
        let asked = query.and_then(|query| {
            let operations = &self.product.operations;
            let asked = operations.iter().find(|o| o.id == query.operation)?;
            Some((query, asked))
        });
        let by = asked.map(|(query, asked)| {
            fields.push(InfoField::new("query", self.query_twin(query, asked)));
            let name = ident(&self.request_name(asked));
            quote!(crate::requests::#name).into()
        });
        (!fields.is_empty()).then_some(IdentityRow { fields, by })
    }

    /// The client ids of a request that are not the client's to make: that of the order to be cancelled.
    fn named_ids<'o>(&self, operation: &'o Operation) -> Vec<&'o str> {
        let identity = &operation.identity;
        let text = |ty: &Type| matches!(self.product.resolve(ty), Type::Text | Type::Constant(_));
        let sources = identity.query.iter().flat_map(|query| &query.with);
        let known = sources.filter(|(from, _)| {
            let parameter = operation.parameters.iter().find(|p| p.name == *from);
            // Elements of lists have what their types say.
            from.to_lowercase().contains("client") && parameter.is_none_or(|p| text(&p.ty))
        });
        known
            .map(|(from, _)| from.as_str())
            .filter(|from| !identity.ids.iter().any(|id| id == from))
            .filter(|from| !identity.ids_beside.iter().any(|(id, _)| id == from))
            .collect()
    }

    fn query_twin(&self, query: &QueryTwin, asked: &Operation) -> TokenStream {
        let pairs = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(one, other)| quote!((#one, #other)));
            quote!(&[#(#pairs),*])
        };
        let params = pairs(&query.with);
        let absent = query.absent.iter().map(|code| Literal::i64_unsuffixed(*code));
        let evidence = quote!(binance_wire_core::Evidence);
        let done = match &query.done {
            Evidence::Exists => quote!(#evidence::Exists),
            Evidence::Listed(member) => quote!(#evidence::Listed(#member)),
            Evidence::Is(member, values) => quote!(#evidence::Is(#member, &[#(#values),*])),
            Evidence::Same(same, unless) => {
                let same = pairs(same);
                quote!(#evidence::Same(#same, &[#(#unless),*]))
            }
        };
        let (_, credit) = self.credit_expression(&charged_most(asked));
        quote!(Some(binance_wire_core::QueryTwin::new(#params, &[#(#absent),*], #done, #credit)))
    }
}

/// The operation with the weight of its dearest call, whatever the request.
fn charged_most(operation: &Operation) -> Operation {
    let weight = operation.weight.0.iter().map(|rule| rule.weight).max();
    Operation {
        weight: Weight(vec![WeightRule {
            when: None,
            weight: weight.unwrap_or(1),
            per_item: false,
            cap: None,
        }]),
        ..operation.clone()
    }
}
