//! What is wrong with shared documents, and with a product that refers to them.

use binance_wire_model::product;

use super::{ENUMS, OBJECTS, REST, WS_API, check, fault, refused, said, sources, text};

#[test]
fn documents() {
    check(&[
        fault(
            OBJECTS,
            "enums.yaml#/components/schemas/Side",
            "enums.yaml#/components/schemas/Sade",
            "Sade",
            "leads nowhere",
            "declare it",
        ),
        fault(
            OBJECTS,
            "NeverReferredTo: {type: object",
            "NeverReferredTo: {type: objekt",
            "objekt",
            "unknown type `objekt`",
            "did you mean `object`",
        ),
        fault(
            OBJECTS,
            "paths: {}",
            "x-transport: rest\npaths: {}",
            "x-transport",
            "`x-transport` in a shared document",
            "belongs to a product",
        ),
        fault(
            OBJECTS,
            "paths: {}",
            "x-product: nasty\npaths: {}",
            "x-product",
            "`x-product` in a shared document",
            "belongs to a product",
        ),
        fault(
            OBJECTS,
            "paths: {}",
            "paths: {/a: {get: {operationId: a}}}",
            "paths",
            "operations in a shared document",
            "move them to a product",
        ),
        fault(
            OBJECTS,
            "    NeverReferredTo:",
            "    NeverUsed:",
            "    NeverUsed:",
            "`NeverUsed` is already declared at shared/enums.yaml:",
            "rename one of the two",
        ),
    ]);
}

#[test]
fn a_fault_in_a_shared_document_is_reported_in_the_same_words_by_leaf_and_product() {
    let found = refused(OBJECTS, "required: [asset, amount]", "required: [asset, amonut]");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn names_of_products_and_shared_types() {
    check(&[
        fault(
            REST,
            "    Commission: {$ref: '../shared/objects.yaml#/components/schemas/Fee'}",
            "    Commission: {$ref: '../shared/objects.yaml#/components/schemas/Fee'}\n\n    Money: {type: object, required: [a], properties: {a: {type: string}}}",
            "    Money",
            "`Money` is already declared at shared/objects.yaml:",
            "rename one of the two",
        ),
        fault(
            REST,
            "    OrderType: {$ref: '../shared/enums.yaml#/components/schemas/FuturesOrderType'}",
            "    OrderType: {type: string, x-extensible-enum: [A, B]}",
            "    OrderType",
            "the value set `OrderType` is already declared at shared/enums.yaml:",
            "rename one of the two",
        ),
        fault(
            WS_API,
            "x-transport: ws-api",
            "x-transport: ws-api\nx-sdk-name: other",
            "x-sdk-name",
            "called `nasty_and_brutish` in another of its documents",
            "say it once",
        ),
        fault(
            WS_API,
            "x-transport: ws-api",
            "x-transport: ws-api\nx-title: Other",
            "x-title",
            "in another of its documents",
            "say it once",
        ),
        fault(
            REST,
            "x-examples: {symbol:",
            "x-examples: {symbol: 1, other:",
            "x-examples",
            "not a text",
            "in quotes",
        ),
        fault(
            WS_API,
            "x-transport: ws-api",
            "x-transport: ws-api\nx-examples: {symbol: C}",
            "x-examples",
            "`symbol` has an example in another document",
            "say it once",
        ),
        fault(
            REST,
            "x-title: NASTY & Brutish-Ⓢ",
            "x-title: \"Nasty\\n\"",
            "x-title",
            "'\\n' in a title",
            "with letters",
        ),
        fault(
            REST,
            "x-sdk-name: nasty_and_brutish",
            "x-sdk-name: [nasty]",
            "x-sdk-name",
            "not a name",
            "as text",
        ),
    ]);
}

#[test]
fn another_name_must_not_meet_the_type_that_has_it() {
    // OrderType is another name for a shared type, and a shared type that the product uses is called so as well.
    let found = refused(
        REST,
        "levels: {type: array, items: {$ref: '../shared/objects.yaml#/components/schemas/Level'}}",
        "levels: {$ref: '../shared/enums.yaml#/components/schemas/OrderType'}",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].file, REST);
    assert!(
        found[0].message.contains("`OrderType`") && found[0].message.contains("shared/enums.yaml"),
        "{found:?}"
    );
}

#[test]
fn a_shared_type_may_be_added_without_a_product_noticing() {
    let mut with = sources();
    *text(&mut with, ENUMS) += "\n    Another: {type: string, x-extensible-enum: [P, Q]}\n";
    assert_eq!(said(&with), []);
    let before = crate::support::render(&sources()).files;
    assert!(
        before == crate::support::render(&with).files,
        "the product's crate changed"
    );
}

#[test]
fn an_object_of_its_own_takes_the_place_of_a_shared_one_that_is_not_used() {
    let mut sources = sources();
    text(&mut sources, OBJECTS).push_str("\n    Spare: {type: object, description: Of no use}\n");
    let rest = text(&mut sources, REST);
    let own = "    Spare: {type: object, required: [a], properties: {a: {type: string}}}\n\n    Commission:";
    *rest = rest
        .replacen("    Commission:", own, 1)
        .replacen("schemas/Nothing'}}}", "schemas/Spare'}}}", 1);
    let (model, _) = product::read(&sources).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(model.api.types["Spare"].location.file, REST);
    assert!(!model.api.shared_types.contains_key("Spare"));
}
