//! Text that may be a value, a member or a parameter as the exchange writes it: in literals, in what is looked up in JSON by
//! its name, and in what serde is told to call the project's own fields and variants.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Fields, Item, Lit};

use super::How;
use super::index::plain;
use super::walk::Walker;

/// A shorter text than this is a member's name only where it is used as one: `event["e"]`.
const TELLING: usize = 3;

impl Walker<'_> {
    /// What it is compared with or passed to may say more.
    pub(super) fn literal(&mut self, literal: &Lit) {
        let Some(text) = written(literal) else { return };
        let span = literal.span();
        let watch = self.watch;
        self.possible(watch.spellings.get(&text), span, How::Spells);
        if text.starts_with('/') {
            // A pointer into JSON: `/data/executedQty`.
            for part in text.split('/') {
                self.possible(watch.wires.get(part), span, How::Spells);
            }
        } else if text.len() >= TELLING {
            self.possible(watch.wires.get(&text), span, How::Spells);
        }
    }

    /// A text by which a member is looked up.
    pub(super) fn member_text(&mut self, expression: &Expr) {
        if let Expr::Lit(literal) = expression
            && let Some(text) = written(&literal.lit)
        {
            let watch = self.watch;
            self.possible(watch.wires.get(&text), literal.lit.span(), How::Spells);
        }
    }

    /// Methods that take the name of a member, or a part of a value: `json.get("e")`, `text.starts_with("EXPIRED")`.
    pub(super) fn text_method(&mut self, call: &syn::ExprMethodCall) {
        let Some(argument) = call.args.first() else { return };
        let name = plain(&call.method);
        if matches!(
            name.as_str(),
            "get" | "get_mut" | "remove" | "contains_key" | "take"
        ) {
            self.member_text(argument);
            return;
        }
        let Expr::Lit(literal) = argument else { return };
        let Some(part) = written(&literal.lit).filter(|part| part.len() >= TELLING) else {
            return;
        };
        let fits = |value: &str| match name.as_str() {
            "starts_with" | "strip_prefix" | "trim_start_matches" => value.starts_with(&part),
            "ends_with" | "strip_suffix" | "trim_end_matches" => value.ends_with(&part),
            "contains" | "find" | "rfind" | "split_once" => value.contains(&part),
            "eq_ignore_ascii_case" => value.eq_ignore_ascii_case(&part),
            _ => false,
        };
        let watch = self.watch;
        // The whole of a value is found as a literal.
        let values = watch
            .spellings
            .iter()
            .filter(|(value, _)| **value != part && fits(value));
        for (_, items) in values {
            self.possible(Some(items), literal.lit.span(), How::Spells);
        }
    }

    /// What attributes of a project's own type say that its fields or variants are called elsewhere, and what serde calls those
    /// that have no such attribute.
    pub(super) fn written_names(&mut self, item: &Item) {
        let (attributes, members): (&[Attribute], Vec<Member<'_>>) = match item {
            Item::Struct(item) => (&item.attrs, named(&item.fields)),
            Item::Enum(item) => {
                let mut members = Vec::new();
                for variant in &item.variants {
                    members.push((&variant.ident, variant.attrs.as_slice(), Case::Pascal));
                    members.extend(named(&variant.fields));
                }
                (&item.attrs, members)
            }
            _ => return,
        };
        let mut rule = None;
        let mut is_serde = false;
        for attribute in attributes
            .iter()
            .filter(|attribute| !attribute.path().is_ident("doc"))
        {
            let tokens = tokens_of(attribute);
            rule = rule.or_else(|| rename_all(tokens.clone()));
            is_serde |= mentions(tokens.clone(), &["Serialize", "Deserialize"]);
            self.texts(tokens);
        }
        for (ident, attributes, case) in members {
            let mut renamed = false;
            for attribute in attributes
                .iter()
                .filter(|attribute| !attribute.path().is_ident("doc"))
            {
                let tokens = tokens_of(attribute);
                renamed |= mentions(tokens.clone(), &["rename"]);
                self.texts(tokens);
            }
            if is_serde && !renamed {
                let name = case.written(&plain(ident), rule.as_deref());
                let watch = self.watch;
                let names = match case {
                    Case::Snake => &watch.wires,
                    Case::Pascal => &watch.spellings,
                };
                self.possible(names.get(&name), ident.span(), How::Spells);
            }
        }
    }

    /// All text in an attribute.
    fn texts(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => self.texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let span = literal.span();
                    if let Some(text) = written(&Lit::new(literal)) {
                        let watch = self.watch;
                        self.possible(watch.spellings.get(&text), span, How::Spells);
                        self.possible(watch.wires.get(&text), span, How::Spells);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The text of a literal.
fn written(literal: &Lit) -> Option<String> {
    match literal {
        Lit::Str(text) => Some(text.value()),
        Lit::ByteStr(bytes) => String::from_utf8(bytes.value()).ok(),
        _ => None,
    }
}

fn tokens_of(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

/// Whether one of some words is among tokens.
fn mentions(tokens: TokenStream, words: &[&str]) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => mentions(group.stream(), words),
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
        _ => false,
    })
}

/// The rule of `rename_all = "camelCase"`, or of `rename_all(deserialize = "camelCase")`.
fn rename_all(tokens: TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    trees.iter().enumerate().find_map(|(at, tree)| match tree {
        TokenTree::Ident(ident) if ident == "rename_all" => trees.get(at + 1..)?.iter().find_map(first_text),
        TokenTree::Group(group) => rename_all(group.stream()),
        _ => None,
    })
}

fn first_text(tree: &TokenTree) -> Option<String> {
    match tree {
        TokenTree::Literal(literal) => written(&Lit::new(literal.clone())),
        TokenTree::Group(group) => group.stream().into_iter().find_map(|tree| first_text(&tree)),
        _ => None,
    }
}

/// A field or variant of the project's own, and how its name is written.
type Member<'i> = (&'i syn::Ident, &'i [Attribute], Case);

fn named(fields: &Fields) -> Vec<Member<'_>> {
    fields
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?, field.attrs.as_slice(), Case::Snake)))
        .collect()
}

/// How a name is written in the project: fields in snake case, variants in Pascal case.
#[derive(Clone, Copy)]
enum Case {
    Snake,
    Pascal,
}

impl Case {
    /// What serde writes for a name under a rule of `rename_all`.
    fn written(self, name: &str, rule: Option<&str>) -> String {
        let Some(rule) = rule else {
            return name.to_owned();
        };
        let words: Vec<String> = match self {
            Self::Snake => name.split('_').map(str::to_lowercase).collect(),
            Self::Pascal => {
                let mut words: Vec<String> = Vec::new();
                for c in name.chars() {
                    match words.last_mut() {
                        Some(word) if !c.is_uppercase() => word.push(c),
                        _ => words.push(c.to_lowercase().collect()),
                    }
                }
                words
            }
        };
        let pascal = |words: &[String]| -> String {
            let capital = |word: &String| {
                let mut letters = word.chars();
                let first = letters.next().into_iter().flat_map(char::to_uppercase);
                first.chain(letters.as_str().chars()).collect::<String>()
            };
            words.iter().map(capital).collect()
        };
        match rule {
            "lowercase" => words.concat(),
            "UPPERCASE" if matches!(self, Self::Snake) => words.join("_").to_uppercase(),
            "UPPERCASE" => words.concat().to_uppercase(),
            "PascalCase" => pascal(&words),
            "camelCase" => match words.split_first() {
                Some((first, rest)) => format!("{first}{}", pascal(rest)),
                None => String::new(),
            },
            "snake_case" => words.join("_"),
            "SCREAMING_SNAKE_CASE" => words.join("_").to_uppercase(),
            "kebab-case" => words.join("-"),
            "SCREAMING-KEBAB-CASE" => words.join("-").to_uppercase(),
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn names_are_written_as_serde_writes_them() {
        let field = |rule| Case::Snake.written("executed_qty", Some(rule));
        assert_eq!(field("camelCase"), "executedQty");
        assert_eq!(field("PascalCase"), "ExecutedQty");
        assert_eq!(field("SCREAMING_SNAKE_CASE"), "EXECUTED_QTY");
        assert_eq!(field("kebab-case"), "executed-qty");
        let variant = |rule| Case::Pascal.written("PartiallyFilled", Some(rule));
        assert_eq!(variant("SCREAMING_SNAKE_CASE"), "PARTIALLY_FILLED");
        assert_eq!(variant("UPPERCASE"), "PARTIALLYFILLED");
        assert_eq!(variant("camelCase"), "partiallyFilled");
        assert_eq!(Case::Pascal.written("Filled", None), "Filled");
    }
}
