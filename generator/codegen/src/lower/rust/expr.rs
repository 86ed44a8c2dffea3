//! Expressions that know what they give.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Code;

/// An expression, whether it can fail and whether its value can be absent.
///
/// One that can fail is held without the `?` behind it; inside, where it can be absent, is an `Option`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    code: Code,
    fails: bool,
    optional: bool,
}

impl Expr {
    /// An expression that is a value.
    pub fn plain(code: TokenStream) -> Self {
        Self {
            code: code.into(),
            fails: false,
            optional: false,
        }
    }

    /// An expression that is an `Option`.
    pub fn option(code: TokenStream) -> Self {
        Self::plain(code).or_absent(true)
    }

    /// An expression that is a `Result`.
    pub fn fallible(code: TokenStream) -> Self {
        Self {
            fails: true,
            ..Self::plain(code)
        }
    }

    /// The same expression, whose value is an `Option` or not.
    pub fn or_absent(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// Whether the value is an `Option`.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// The value (an `Option` where it can be absent), with `?` where the expression can fail.
    pub fn value(&self) -> TokenStream {
        let code = &self.code;
        if self.fails {
            quote!(#code?)
        } else {
            code.to_token_stream()
        }
    }

    /// The expression as a `Result`.
    pub fn result(&self) -> TokenStream {
        let code = &self.code;
        if self.fails {
            code.to_token_stream()
        } else {
            quote!(Ok(#code))
        }
    }

    /// The value as an `Option`.
    pub fn some(&self) -> TokenStream {
        let value = self.value();
        if self.optional {
            value
        } else {
            quote!(Some(#value))
        }
    }

    /// The value put through a function that cannot fail, inside the `Option` where there is one.
    pub fn map(&self, function: impl ToTokens) -> Self {
        let value = self.value();
        if self.optional {
            Self::option(quote!(#value.map(#function)))
        } else {
            Self::plain(quote!(#function(#value)))
        }
    }

    /// The value put through a function that can fail, inside the `Option` where there is one.
    pub fn try_map(&self, function: impl ToTokens) -> Self {
        let value = self.value();
        if self.optional {
            Self::fallible(quote!(#value.map(#function).transpose())).or_absent(true)
        } else {
            Self::fallible(quote!(#function(#value)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tokens: TokenStream) -> String {
        tokens.to_string().replace(' ', "")
    }

    #[test]
    fn an_expression_that_can_fail_is_a_result_or_a_value_with_a_question_mark() {
        let read = Expr::fallible(quote!(read(view)));
        assert_eq!(text(read.result()), "read(view)");
        assert_eq!(text(read.value()), "read(view)?");
        assert_eq!(text(Expr::plain(quote!(1)).result()), "Ok(1)");
    }

    #[test]
    fn functions_go_inside_the_option() {
        let read = Expr::option(quote!(view.side()));
        assert_eq!(text(read.map(quote!(side)).value()), "view.side().map(side)");
        assert_eq!(
            text(read.try_map(quote!(side)).value()),
            "view.side().map(side).transpose()?"
        );
        assert_eq!(
            text(Expr::plain(quote!(view.side())).try_map(quote!(side)).value()),
            "side(view.side())?"
        );
    }

    #[test]
    fn an_option_is_not_wrapped_twice() {
        assert_eq!(text(Expr::option(quote!(x)).some()), "x");
        assert_eq!(text(Expr::plain(quote!(x)).some()), "Some(x)");
    }
}
