//! The keys of a surface, taken apart: `struct requests::Ping`, `field price`. Nothing else here reads them.

use binance_wire_surface::surface::Change;

/// What an item of a surface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Constant,
    Feature,
    Function,
    /// Implementations of traits for types of other crates.
    Impls,
    /// What a macro of the crate is called with.
    MacroCall,
    Module,
    Type,
    Use,
    Other,
}

/// An item of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ItemKey<'k> {
    pub(super) kind: ItemKind,
    /// The path in the crate; of implementations what they are for, of a feature its name.
    pub(super) path: &'k str,
    /// The word that the surface has for it.
    pub(super) word: &'k str,
}

impl<'k> ItemKey<'k> {
    pub(super) fn of(key: &'k str) -> Self {
        let (word, path) = key.split_once(' ').unwrap_or(("", key));
        let kind = match word {
            "const" | "static" => ItemKind::Constant,
            "feature" => ItemKind::Feature,
            "fn" => ItemKind::Function,
            "impls" => ItemKind::Impls,
            "macro" if path.starts_with("call ") => ItemKind::MacroCall,
            "mod" => ItemKind::Module,
            "struct" | "enum" | "union" | "type" => ItemKind::Type,
            "use" => ItemKind::Use,
            _ => ItemKind::Other,
        };
        Self { kind, path, word }
    }

    /// The name of the request that it is, if it is one.
    pub(super) fn request(self) -> Option<&'k str> {
        self.path
            .strip_prefix("requests::")
            .filter(|_| self.word == "struct")
    }

    /// Whether it is a client, which has a method per request.
    pub(super) fn is_client(self) -> bool {
        self.path.ends_with("Client")
    }
}

/// What a member of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberKind {
    Constant,
    Field,
    /// An implementation of a trait.
    Impl,
    Method,
    /// A request on one transport.
    Operation,
    Setter,
    Type,
    /// The value of a constant.
    Value,
    Variant,
    Other,
}

/// A member of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemberKey<'k> {
    pub(super) kind: MemberKind,
    /// The name; of an implementation the trait, of an operation the transport.
    pub(super) name: &'k str,
    /// The word that the surface has for it.
    pub(super) word: &'k str,
}

impl<'k> MemberKey<'k> {
    pub(super) fn of(key: &'k str) -> Self {
        let (word, name) = key.split_once(' ').unwrap_or((key, ""));
        let kind = match word {
            "const" => MemberKind::Constant,
            "field" => MemberKind::Field,
            "fn" => MemberKind::Method,
            "impl" => MemberKind::Impl,
            "operation" => MemberKind::Operation,
            "setter" => MemberKind::Setter,
            "type" => MemberKind::Type,
            "value" => MemberKind::Value,
            "variant" => MemberKind::Variant,
            _ => MemberKind::Other,
        };
        Self { kind, name, word }
    }

    /// The name without what distinguishes members of one name.
    pub(super) fn first(self) -> &'k str {
        self.name.split(' ').next().unwrap_or(self.name)
    }

    /// Whether it says what a request is on the wire.
    pub(super) fn is_operation(self) -> bool {
        match self.kind {
            MemberKind::Operation => true,
            MemberKind::Impl => self.name.ends_with("Operation"),
            _ => false,
        }
    }
}

/// The item that a change is of.
pub(super) fn item(change: &Change) -> ItemKey<'_> {
    ItemKey::of(&change.item)
}

/// The member that a change is of; `None` where it is of the item as a whole.
pub(super) fn member(change: &Change) -> Option<MemberKey<'_>> {
    change.member.as_deref().map(MemberKey::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_apart() {
        let key = ItemKey::of("struct requests::Ping");
        assert_eq!(
            (key.kind, key.path, key.request()),
            (ItemKind::Type, "requests::Ping", Some("Ping"))
        );
        assert_eq!(ItemKey::of("enum requests::Ping").request(), None);
        assert!(ItemKey::of("struct rest::Client").is_client());
        assert_eq!(ItemKey::of("macro call x").kind, ItemKind::MacroCall);
        assert_eq!(ItemKey::of("macro x").kind, ItemKind::Other);
        let member = MemberKey::of("fn new 2");
        assert_eq!((member.kind, member.first()), (MemberKind::Method, "new"));
        assert!(MemberKey::of("operation REST").is_operation());
        assert!(MemberKey::of("impl binance_wire_core::Operation").is_operation());
        assert!(!MemberKey::of("field operation").is_operation());
    }
}
