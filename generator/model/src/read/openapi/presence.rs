//! Whether optional members want proof.

use crate::api::{Product, Type, TypeKind};

/// Nothing has to be proven about what is only sent: the caller decides what a request has.
pub(super) fn of_parameters(product: &mut Product) {
    let operations = || product.operations.iter();
    let parameters = operations().flat_map(|operation| operation.parameters.iter().map(|p| &p.ty));
    let sent = product.types_within(parameters);
    let events = product.user_data_events.iter().chain(&product.connection_events);
    let events: Vec<Type> = events.cloned().map(Type::Named).collect();
    let received = operations()
        .flat_map(|operation| std::iter::once(&operation.response).chain(&operation.error_data))
        .chain(product.streams.iter().map(|stream| &stream.event))
        .chain(&events);
    let received = product.types_within(received);
    for name in sent.difference(&received) {
        if let Some(TypeKind::Object(fields)) = product.types.get_mut(name).map(|def| &mut def.kind) {
            fields.iter_mut().for_each(|field| field.unproven = false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_product;
    use crate::api::{Product, TypeKind};
    use crate::source::SourceFile;

    const SPEC: &str = "
openapi: 3.0.3
info: {title: T, version: '1'}
x-product: p
x-transport: rest
x-presence: unproven
paths:
  /a:
    post:
      operationId: a
      tags: [T]
      x-security: NONE
      parameters:
        - {name: legs, in: query, schema: {type: array, items: {$ref: '#/components/schemas/Leg'}}}
        - {name: both, in: query, schema: {type: array, items: {$ref: '#/components/schemas/Both'}}}
      responses:
        '200': {description: An answer, content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
components:
  schemas:
    Leg: {type: object, required: [a], properties: {a: {type: string}, b: {type: string}, c: {$ref: '#/components/schemas/Part'}}}
    Part: {type: object, properties: {x: {type: string}}}
    Both: {type: object, properties: {x: {type: string}, y: {type: string, x-presence: conditional}}}
    Answer: {type: object, required: [a], properties: {a: {type: string}, both: {type: object, additionalProperties: {$ref: '#/components/schemas/Both'}}}}
";

    fn unproven(product: &Product, name: &str) -> Vec<String> {
        match product.types.get(name).map(|def| &def.kind) {
            Some(TypeKind::Object(fields)) => fields
                .iter()
                .filter(|field| field.unproven)
                .map(|field| field.name.clone())
                .collect(),
            other => panic!("{name} is {other:?}"),
        }
    }

    #[test]
    fn what_is_only_sent_needs_no_proof() {
        let file = SourceFile::new("p/rest.yaml", SPEC);
        let (product, _) = read_product("p", &[file]).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(unproven(&product, "Leg"), [""; 0]);
        assert_eq!(unproven(&product, "Part"), [""; 0]);
        assert_eq!(unproven(&product, "Both"), ["x"]);
        assert_eq!(unproven(&product, "Answer"), ["both"]);
        let plain = SPEC.replacen("x-presence: unproven\n", "", 1);
        let file = SourceFile::new("p/rest.yaml", plain);
        let (product, _) = read_product("p", &[file]).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(unproven(&product, "Both"), [""; 0]);
    }
}
