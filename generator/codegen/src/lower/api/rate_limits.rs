//! The product's rate limits as a constant.

use binance_wire_model::api::{Call, RateLimitRule, RateLimits};
use proc_macro2::TokenStream;
use quote::quote;

use super::Context;
use crate::lower::rust::{Printed, ident, number};
use crate::names;

impl Context<'_> {
    /// The limits and where the time is asked for; nothing where neither is known.
    pub(super) fn rate_limits(&self) -> Option<Printed> {
        let known = self.product.rate_limits.as_ref();
        let (time_path, time_method) = self.time_operations();
        let time_path = known
            .and_then(|limits| limits.time_path.clone())
            .or(time_path)
            .unwrap_or_default();
        if known.is_none() && time_path.is_empty() && time_method.is_empty() {
            return None;
        }
        let default = RateLimits::default();
        let RateLimits {
            system,
            each_endpoint,
            connect_weight,
            time_path: _,
            rules,
        } = known.unwrap_or(&default);
        let rules = rules.iter().map(rule);
        let connect_weight = number(*connect_weight);
        Some(
            quote!(ProductLimits {
                system: #system, each_endpoint: #each_endpoint, connect_weight: #connect_weight, rules: &[#(#rules),*],
                time_path: #time_path, time_method: #time_method
            })
            .into(),
        )
    }

    /// The path and the method of the operation `time`.
    fn time_operations(&self) -> (Option<String>, String) {
        let (mut path, mut method) = (None, String::new());
        for operation in self
            .product
            .operations
            .iter()
            .filter(|operation| operation.id == "time")
        {
            match &operation.call {
                Call::Rest { path: of, .. } => path = Some(of.to_string()),
                Call::WsApi { method: of, .. } => method.clone_from(of),
            }
        }
        (path, method)
    }
}

fn rule(rule: &RateLimitRule) -> TokenStream {
    let RateLimitRule {
        kind,
        count,
        interval,
        every,
    } = rule;
    let kind = ident(&names::pascal(kind.name()));
    let interval = ident(&names::pascal(interval.name()));
    let (count, every) = (number(*count), number(*every));
    quote!(RateLimitRule::new(RateLimitKind::#kind, #count, #every, IntervalUnit::#interval))
}
