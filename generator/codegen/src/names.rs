//! Rust names for names of the exchange.
//!
//! Names are resolved over a scope (a struct's fields, an enum's variants, a crate's types), and two names that
//! would become one are reported instead of numbered away.

mod types;

pub use types::rust_types;

use std::collections::BTreeMap;

use binance_wire_model::names::capitalised;
pub use binance_wire_model::names::words;

/// `snake_case`, a valid identifier: keywords get a trailing underscore, a leading digit a leading one.
pub fn snake(name: &str) -> String {
    escape_keyword(leading_letter(words(name).join("_"), "_"))
}

/// The crate of a product as code names it: `simple-earn` → `binance_wire_simple_earn`. Digits stay where they are, as in
/// the name of the package: `b402` → `binance_wire_b402`.
pub fn crate_in_code(product: &str) -> String {
    format!("binance_wire_{}", product.replace('-', "_"))
}

/// Whether every value has a method of this name, from `Clone`, `PartialEq`, `Hash`, `Debug` or from the blanket
/// implementations of the standard library. A setter of the same name would hide it.
pub fn is_method_of_values(name: &str) -> bool {
    const METHODS: &[&str] = &[
        "borrow",
        "borrow_mut",
        "clone",
        "clone_from",
        "clone_into",
        "eq",
        "fmt",
        "hash",
        "into",
        "ne",
        "to_owned",
        "try_into",
        "type_id",
    ];
    METHODS.contains(&name)
}

/// `PascalCase`, a valid identifier.
pub fn pascal(name: &str) -> String {
    identifier(capitalised(name))
}

/// A name with capitals as an identifier.
fn identifier(capitalised: String) -> String {
    if capitalised.is_empty() {
        return "Empty".to_owned();
    }
    match leading_letter(capitalised, "N") {
        name if name == "Self" => "Self_".to_owned(),
        name => name,
    }
}

/// `PascalCase` for a type of its own.
pub fn type_name(name: &str) -> String {
    unused(pascal(name))
}

/// A type's name, with an underscore behind it where generated modules use the name themselves.
fn unused(name: String) -> String {
    const USED: &[&str] = &[
        "Box",
        "Clone",
        "Credit",
        "Debug",
        "DecodeError",
        "DecodeErrorKind",
        "Decimal",
        "Default",
        "Entries",
        "Err",
        "From",
        "FromJson",
        "HttpMethod",
        "Into",
        "IntoIterator",
        "Iterator",
        "Kind",
        "LimitScope",
        "None",
        "Nullable",
        "Ok",
        "OneOrMany",
        "Operation",
        "OperationInfo",
        "Option",
        "ParamSink",
        "PartialEq",
        "RawJson",
        "Reader",
        "RestOperation",
        "Result",
        "Security",
        "Some",
        "String",
        "Text",
        "Timestamp",
        "ToJson",
        "Vec",
        "Writer",
        "WsApiOperation",
    ];
    if USED.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

/// `SCREAMING_SNAKE_CASE`.
pub fn screaming(name: &str) -> String {
    match words(name).join("_").to_uppercase() {
        empty if empty.is_empty() => "EMPTY".to_owned(),
        name => leading_letter(name, "_"),
    }
}

fn leading_letter(name: String, prefix: &str) -> String {
    match name.chars().next() {
        Some(first) if !unicode_ident::is_xid_start(first) => format!("{prefix}{name}"),
        Some(_) => name,
        None => "empty".to_owned(),
    }
}

/// A keyword with an underscore behind it; anything else as it is.
pub fn escape_keyword(name: String) -> String {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
        "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
        "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
        "virtual", "where", "while", "yield",
    ];
    if KEYWORDS.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

/// Names in one scope, each with the name of the field that claimed it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    taken: BTreeMap<String, String>,
}

impl Scope {
    /// An empty scope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Claims `rust` for `original`; `Err` holds the original name that has it already.
    pub fn claim(&mut self, rust: &str, original: &str) -> Result<(), String> {
        match self.taken.get(rust) {
            Some(other) if other != original => Err(other.clone()),
            _ => {
                self.taken.insert(rust.to_owned(), original.to_owned());
                Ok(())
            }
        }
    }

    /// Whether `rust` is taken.
    pub fn contains(&self, rust: &str) -> bool {
        self.taken.contains_key(rust)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_in_code_is_its_package_with_underscores() {
        assert_eq!(crate_in_code("simple-earn"), "binance_wire_simple_earn");
        // Words would be cut at digits, and the crate not be found.
        assert_eq!(crate_in_code("b402"), "binance_wire_b402");
        assert_eq!(crate_in_code("w3w-prediction"), "binance_wire_w3w_prediction");
    }

    #[test]
    fn names_in_each_casing() {
        for (name, snake_name, pascal_name) in [
            ("newClientOrderId", "new_client_order_id", "NewClientOrderId"),
            ("NON_REPRESENTABLE", "non_representable", "NonRepresentable"),
            ("ticker24hr", "ticker_24hr", "Ticker24hr"),
            ("OTOCO", "otoco", "Otoco"),
            ("SBESchemaID", "sbe_schema_id", "SbeSchemaId"),
            ("T+Sell", "t_sell", "TSell"),
            ("1m", "_1m", "N1m"),
            ("type", "type_", "Type"),
            ("ClOrdID", "cl_ord_id", "ClOrdId"),
            ("TRD_GRP_002", "trd_grp_002", "TrdGrp002"),
            (
                "Ticker24hSymbolFullResponse",
                "ticker_24h_symbol_full_response",
                "Ticker24hSymbolFullResponse",
            ),
            (
                "order.amend.keepPriority",
                "order_amend_keep_priority",
                "OrderAmendKeepPriority",
            ),
            ("1hTicker", "_1h_ticker", "N1hTicker"),
        ] {
            assert_eq!(snake(name), snake_name);
            assert_eq!(pascal(name), pascal_name);
        }
    }

    #[test]
    fn names_of_any_text_are_identifiers() {
        for name in [
            "",
            "²",
            "x²",
            "Ⓐ",
            "ünï çödé",
            "币安人生",
            "--",
            "9",
            "self",
            "Self",
            "gen",
            "１m",
            "\u{300}a",
            "İ",
        ] {
            for identifier in [snake(name), pascal(name), screaming(name), type_name(name)] {
                assert!(
                    syn::parse_str::<syn::Ident>(&identifier).is_ok(),
                    "{name:?} becomes {identifier:?}"
                );
            }
        }
        assert_eq!(type_name("vec"), "Vec_");
        assert_eq!(
            [snake(""), pascal(""), screaming("--")],
            ["empty", "Empty", "EMPTY"]
        );
    }

    #[test]
    fn a_scope_reports_the_first_owner() {
        let mut scope = Scope::new();
        assert_eq!(scope.claim("n1m", "1m"), Ok(()));
        assert_eq!(scope.claim("n1m", "1m"), Ok(()));
        assert_eq!(scope.claim("n1m", "1M"), Err("1m".to_owned()));
    }
}
