//! What an operation says about itself apart from its parameters and its answer: as code, and as lines of documentation.

use binance_wire_model::api::{Envelope, Limit, Operation, RequestBody, RequestLimit, Security};
use proc_macro2::TokenStream;
use quote::quote;

use super::requests::InfoField;
use crate::lower::rust::{Printed, ident, number};

/// What a client of these operations is built with in addition to credentials, as names within the signing crate.
pub(super) fn signers(operations: &[Operation]) -> Vec<Printed> {
    let any = |security| operations.iter().any(|operation| operation.security == security);
    let mut signers = Vec::new();
    if any(Security::Partner) {
        signers.extend([quote!(PartnerCredentials), quote!(partner::RsaKey)]);
    }
    if any(Security::Kyc) {
        signers.push(quote!(partner::HmacKey));
    }
    if !signers.is_empty() {
        signers.insert(0, quote!(CredentialsError));
    }
    signers.into_iter().map(Printed::from).collect()
}

/// The fields of `OperationInfo` that most operations leave as they are.
pub(super) fn further(operation: &Operation) -> Vec<InfoField> {
    let mut fields = Vec::new();
    match operation.body {
        RequestBody::None => {}
        RequestBody::Form => fields.push(("body", quote!(binance_wire_core::RequestBody::Form))),
        RequestBody::Json => fields.push(("body", quote!(binance_wire_core::RequestBody::Json))),
    }
    if operation.raw_brackets {
        fields.push(("raw_brackets", quote!(true)));
    }
    if let Some(envelope) = &operation.envelope {
        let envelope = envelope_value(envelope);
        fields.push(("envelope", quote!(Some(&#envelope))));
    }
    if !operation.request_limits.is_empty() {
        let limits = operation.request_limits.iter().map(limit_value);
        fields.push(("limits", quote!(&[#(#limits),*])));
    }
    if let Some(seconds) = operation.timeout {
        let seconds = number(seconds);
        fields.push(("timeout", quote!(Some(std::time::Duration::from_secs(#seconds)))));
    }
    let fields = fields.into_iter();
    fields.map(|(name, value)| InfoField::new(name, value)).collect()
}

fn envelope_value(envelope: &Envelope) -> TokenStream {
    let Envelope {
        code,
        ok,
        success,
        message,
        data,
        optional,
    } = envelope;
    let [code, success, message, data] = [code, success, message, data].map(option);
    quote!(binance_wire_core::Envelope {
        code: #code, ok: &[#(#ok),*], success: #success, message: #message, data: #data, optional: #optional
    })
}

fn option(name: &Option<String>) -> TokenStream {
    match name {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    }
}

fn limit_value(limit: &RequestLimit) -> TokenStream {
    let RequestLimit {
        count,
        interval,
        every,
        scope,
        with,
    } = limit;
    let interval = ident(&crate::names::pascal(interval.name()));
    let (count, every) = (number(*count), number(*every));
    let scope = match scope {
        Limit::Ip => quote!(Ip),
        Limit::Uid => quote!(Uid),
    };
    quote!(binance_wire_core::RequestLimit {
        count: #count, interval_num: #every, interval: binance_wire_core::IntervalUnit::#interval,
        scope: LimitScope::#scope, with: &[#(#with),*]
    })
}

/// Lines about requests, limits and answers that are not as everywhere.
pub(super) fn facts(operation: &Operation) -> Vec<String> {
    let mut facts = Vec::new();
    if operation.uid_weight > 0 {
        facts.push(format!(
            "Weight of the account, in addition: {}",
            operation.uid_weight
        ));
    }
    for limit in &operation.request_limits {
        let scope = match limit.scope {
            Limit::Ip => "of the address",
            Limit::Uid => "of the account",
        };
        let span = match limit.every {
            1 => format!("a {}", limit.interval),
            every => format!("in {every} {}s", limit.interval),
        };
        let mut text = format!("Requests {scope}: {} {span}", limit.count);
        if !limit.with.is_empty() {
            let with: Vec<String> = limit.with.iter().map(|name| format!("`{name}`")).collect();
            text += &format!(", together with {}", with.join(", "));
        }
        facts.push(text);
    }
    match operation.body {
        RequestBody::None => {}
        RequestBody::Form => facts.push("Parameters travel in a form body".to_owned()),
        RequestBody::Json => facts.push("Parameters travel in a JSON body".to_owned()),
    }
    if let Some(seconds) = operation.timeout {
        facts.push(format!("An answer may take {seconds} seconds"));
    }
    if operation.by_transport {
        facts.push(
            "The client does this by itself and keeps count of it, and has no method for it; sending it goes past that"
                .to_owned(),
        );
    }
    if operation.draft {
        let known = operation.parameters.iter().any(|parameter| !parameter.in_path);
        facts.push(
            match known {
                true => "Draft: further parameters are set by name, and the answer is raw JSON",
                false => {
                    "Draft: the exchange has published the name alone; parameters are set by name, and the answer is raw \
                     JSON"
                }
            }
            .to_owned(),
        );
    }
    facts
}
