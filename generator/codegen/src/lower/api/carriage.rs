//! What an operation says about itself apart from its parameters and its answer: as code, and as lines of documentation.

use binance_wire_model::api::{Envelope, Limit, Operation, RequestBody, RequestLimit, Security};

/// What a client of these operations is built with in addition to credentials, as names within the signing crate.
pub(super) fn signers(operations: &[Operation]) -> Vec<&'static str> {
    let any = |security| operations.iter().any(|operation| operation.security == security);
    let mut signers = Vec::new();
    if any(Security::Partner) {
        signers.extend(["PartnerCredentials", "partner::RsaKey"]);
    }
    if any(Security::Kyc) {
        signers.push("partner::HmacKey");
    }
    if !signers.is_empty() {
        signers.insert(0, "CredentialsError");
    }
    signers
}

/// The fields of `OperationInfo` that most operations leave as they are.
pub(super) fn further(operation: &Operation) -> Vec<String> {
    let mut fields = Vec::new();
    match operation.body {
        RequestBody::None => {}
        RequestBody::Form => fields.push("body: binance_wire_core::RequestBody::Form".to_owned()),
        RequestBody::Json => fields.push("body: binance_wire_core::RequestBody::Json".to_owned()),
    }
    if operation.raw_brackets {
        fields.push("raw_brackets: true".to_owned());
    }
    if let Some(envelope) = &operation.envelope {
        fields.push(format!("envelope: Some(&{})", envelope_value(envelope)));
    }
    if !operation.request_limits.is_empty() {
        let limits: Vec<String> = operation.request_limits.iter().map(limit_value).collect();
        fields.push(format!("limits: &[{}]", limits.join(", ")));
    }
    if let Some(seconds) = operation.timeout {
        fields.push(format!(
            "timeout: Some(std::time::Duration::from_secs({seconds}))"
        ));
    }
    fields
}

fn envelope_value(envelope: &Envelope) -> String {
    let Envelope {
        code,
        ok,
        success,
        message,
        data,
        optional,
    } = envelope;
    format!(
        "binance_wire_core::Envelope {{ code: {code:?}, ok: &{ok:?}, success: {success:?}, message: {message:?}, \
         data: {data:?}, optional: {optional} }}"
    )
}

fn limit_value(limit: &RequestLimit) -> String {
    let RequestLimit {
        count,
        interval,
        every,
        scope,
        with,
    } = limit;
    let interval = crate::names::pascal(interval.name());
    format!(
        "binance_wire_core::RequestLimit {{ count: {count}, interval_num: {every}, \
         interval: binance_wire_core::IntervalUnit::{interval}, scope: LimitScope::{scope:?}, with: &{with:?} }}"
    )
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
