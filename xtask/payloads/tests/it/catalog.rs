//! The APIs as data, beside the code that is generated from the same specs.

use binance_wire::payloads::PRODUCTS;
use binance_wire_catalog_data::catalog;
use binance_wire_catalog_data::model::{Call, Product, Type, TypeKind};
use binance_wire_core::json::Reading;
use serde_json::{Value, json};

fn products() -> Vec<&'static Product> {
    catalog()
        .products()
        .map(|product| product.expect("it can be read"))
        .collect()
}

#[test]
fn every_product_is_there_with_all_that_its_code_has() {
    let names: Vec<&str> = catalog().names().collect();
    for product in PRODUCTS {
        assert!(names.contains(&product.name), "{}", product.name);
    }
    for product in products() {
        let code = PRODUCTS.iter().find(|code| code.name == product.name);
        let keys = |transport: &str, kind: &str| {
            let codecs = code.map_or(&[][..], |code| code.codecs);
            codecs
                .iter()
                .filter(|codec| codec.transport == transport && codec.kind == kind)
                .map(|codec| codec.key)
                .collect::<Vec<_>>()
        };
        let (rest, ws_api) = (keys("rest", "response"), keys("ws_api", "response"));
        for operation in &product.operations {
            // The answer of a draft is any JSON, which no table of types has.
            if operation.draft || operation.by_transport || operation.response == Type::Empty {
                continue;
            }
            let call = operation.call.to_string();
            let known = match operation.call {
                Call::Rest { .. } => &rest,
                Call::WsApi { .. } => &ws_api,
            };
            assert!(known.contains(&call.as_str()), "{}: {call}", product.name);
        }
        for call in rest.iter().chain(&ws_api) {
            let found = product
                .operations
                .iter()
                .any(|operation| operation.call.to_string() == **call);
            assert!(found, "{}: {call} is in no data", product.name);
        }
    }
}

#[test]
fn calls_and_streams_find_themselves() {
    for product in products() {
        for operation in &product.operations {
            let Call::Rest { method, path } = &operation.call else {
                continue;
            };
            let path = path.replace('{', "x").replace('}', "y");
            let (found, _) = product
                .route(method, &path)
                .unwrap_or_else(|| panic!("{}: {path}", product.name));
            assert_eq!(found.call, operation.call, "{}", product.name);
        }
        for stream in &product.streams {
            let name = stream.pattern.replace('<', "x").replace('>', "y");
            let (found, values) = product
                .stream(&name)
                .unwrap_or_else(|| panic!("{}: {name}", product.name));
            let fewer = values.len() <= stream.pattern.matches('<').count();
            assert!(
                found.pattern == stream.pattern || fewer,
                "{}: {name} is {}",
                product.name,
                found.pattern
            );
        }
    }
}

/// What a type refers to.
fn named<'t>(ty: &'t Type, found: &mut Vec<&'t str>) {
    match ty {
        Type::Named(name) => found.push(name),
        Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => named(inner, found),
        _ => {}
    }
}

#[test]
fn no_name_leads_nowhere() {
    for product in products() {
        let mut found = Vec::new();
        for operation in &product.operations {
            named(&operation.response, &mut found);
            operation.error_data.iter().for_each(|ty| named(ty, &mut found));
            operation
                .parameters
                .iter()
                .for_each(|parameter| named(&parameter.ty, &mut found));
            if let Some(query) = &operation.identity.query {
                assert!(
                    product.operation(&query.operation).is_some(),
                    "{}: {}",
                    product.name,
                    query.operation
                );
            }
            if let Some(twin) = &operation.twin {
                assert!(product.operation(twin).is_some(), "{}: {twin}", product.name);
            }
        }
        for stream in &product.streams {
            named(&stream.event, &mut found);
        }
        found.extend(product.user_data_events.as_deref());
        found.extend(product.connection_events.iter().map(String::as_str));
        for def in product.types.values() {
            match &def.kind {
                TypeKind::Object(fields) | TypeKind::Tuple(fields) => {
                    fields.iter().for_each(|field| named(&field.ty, &mut found));
                }
                TypeKind::Union(union) => found.extend(union.variants.values().map(String::as_str)),
                TypeKind::Shapes(types) => types.iter().for_each(|ty| named(ty, &mut found)),
                TypeKind::Alias(ty) => named(ty, &mut found),
                _ => {}
            }
        }
        for name in found {
            assert!(product.types.contains_key(name), "{}: {name}", product.name);
        }
        let families = catalog().error_codes().expect("they can be read");
        for name in &product.error_families {
            assert!(
                families.iter().any(|family| family.name == *name),
                "{}: {name}",
                product.name
            );
        }
    }
}

/// The example of each answer and each event of each product is what its code reads, with nothing lost.
#[test]
fn examples_can_be_read_by_the_code() {
    let (mut read, mut wrong) = (0, Vec::new());
    for product in products() {
        let Some(code) = PRODUCTS.iter().find(|code| code.name == product.name) else {
            continue;
        };
        let mut check = |transport: &str, key: &str, kind: &str, payload: &Value| {
            let mut codecs = code.codecs.iter();
            let codec = codecs.find(|c| c.transport == transport && c.key == key && c.kind == kind);
            let Some(codec) = codec else { return };
            let text = payload.to_string();
            read += 1;
            match (codec.recode)(&text, Reading::new()) {
                Ok(again) if serde_json::from_str::<Value>(&again).ok().as_ref() == Some(payload) => {}
                other => wrong.push(format!("{} {key}: {other:?}, of {text}", product.name)),
            }
        };
        for operation in &product.operations {
            let answer = product.example(&operation.response);
            let (transport, payload) = match (&operation.call, &operation.envelope) {
                (Call::WsApi { .. }, _) => ("ws_api", json!({"id": "1", "status": 200, "result": answer})),
                (Call::Rest { .. }, Some(envelope)) => ("rest", envelope.around(answer)),
                (Call::Rest { .. }, None) => ("rest", answer),
            };
            check(transport, &operation.call.to_string(), "response", &payload);
        }
        for stream in &product.streams {
            let event = product.example(&stream.event);
            check("ws_streams", &stream.pattern, "event", &event);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {read} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(read > 900, "{read}");
}
