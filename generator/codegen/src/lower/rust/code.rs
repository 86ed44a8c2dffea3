//! Tokens on their way to a template.

use std::fmt::{self, Display};

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::ToTokens;
use serde::{Serialize, Serializer};
use syn::ext::IdentExt;
use syn::parse::Parser;

/// Rust of any kind: made with `quote!`, printed by a template, and opaque in between.
#[derive(Clone, Default)]
pub struct Code(TokenStream);

impl Code {
    /// Some statements one after another.
    pub fn block(statements: impl IntoIterator<Item = TokenStream>) -> Self {
        Self(statements.into_iter().collect())
    }
}

impl From<TokenStream> for Code {
    fn from(tokens: TokenStream) -> Self {
        Self(tokens)
    }
}

impl ToTokens for Code {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.clone());
    }
}

impl Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

/// Code that prints alike is equal.
impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl Eq for Code {}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Rust that goes to a template and nowhere else; unlike tokens, it can go to another thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Printed(String);

impl From<TokenStream> for Printed {
    fn from(tokens: TokenStream) -> Self {
        Self(tokens.to_string())
    }
}

/// A name as a token; raw identifiers (`r#type`) too. What cannot be a name becomes `_`, which the renderer refuses.
pub fn ident(name: &str) -> Ident {
    Ident::parse_any
        .parse_str(name)
        .unwrap_or_else(|_| Ident::new("_", Span::call_site()))
}

/// A number without the suffix of its type.
pub fn number(value: impl Into<i128>) -> TokenStream {
    let value = value.into();
    let digits = Literal::u128_unsuffixed(value.unsigned_abs());
    if value < 0 {
        quote::quote!(-#digits)
    } else {
        digits.into_token_stream()
    }
}

/// A set of bits, in hexadecimal.
pub fn bits(value: u128) -> TokenStream {
    // A number without a suffix is a token in any base.
    format!("{value:#x}")
        .parse()
        .unwrap_or_else(|_| Literal::u128_unsuffixed(value).into_token_stream())
}

/// A place in a list as a number without a suffix.
pub fn index(value: usize) -> TokenStream {
    Literal::usize_unsuffixed(value).into_token_stream()
}
