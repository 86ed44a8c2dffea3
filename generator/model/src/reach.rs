//! Which types a value is made of.

use std::collections::BTreeSet;

use super::api::{Product, Type, TypeKind};

impl Product {
    /// Every named type that the exchange's answers and events are made of. What is only sent, and what the user's own
    /// server answers and receives, is not among them.
    pub fn received_types(&self) -> BTreeSet<String> {
        let named: Vec<Type> = self
            .user_data_events
            .iter()
            .chain(&self.connection_events)
            .cloned()
            .map(Type::Named)
            .collect();
        let answers = self
            .operations
            .iter()
            .flat_map(|operation| std::iter::once(&operation.response).chain(&operation.error_data));
        let events = self.streams.iter().map(|stream| &stream.event);
        let own = self.user_data.iter().map(|entry| &entry.events);
        self.types_within(answers.chain(events).chain(own).chain(&named))
    }

    /// Every named type that values of these types are made of: of their members and elements, of each shape and each
    /// variant that they may have.
    pub fn types_within<'t>(&'t self, roots: impl IntoIterator<Item = &'t Type>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&Type> = roots.into_iter().collect();
        // Variants of unions are names, not types.
        let mut names: Vec<&String> = Vec::new();
        loop {
            if let Some(ty) = waiting.pop() {
                match ty {
                    Type::Array(inner) | Type::Map(inner) | Type::OneOrMany(inner) => waiting.push(inner),
                    Type::Named(name) => names.push(name),
                    _ => {}
                }
            } else if let Some(name) = names.pop() {
                if !found.insert(name.clone()) {
                    continue;
                }
                match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Object(fields) | TypeKind::Tuple(fields)) => {
                        waiting.extend(fields.iter().map(|field| &field.ty));
                    }
                    Some(TypeKind::Alias(target)) => waiting.push(target),
                    Some(TypeKind::Shapes(types)) => waiting.extend(types),
                    Some(TypeKind::Union { variants, .. }) => names.extend(variants.values()),
                    Some(TypeKind::Enum(_)) | None => {}
                }
            } else {
                return found;
            }
        }
    }
}
