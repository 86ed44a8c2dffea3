//! Macro calls: most have expressions between commas, and what has not is read in pieces, or at least by its names.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Pat, Token};

use super::How;
use super::index::plain;
use super::types::Ty;
use super::walk::Walker;

impl Walker<'_> {
    /// A macro call; gives the type of what it expands to, where that is a known one.
    pub(super) fn macro_call(&mut self, call: &syn::Macro) -> Ty {
        let name = call
            .path
            .segments
            .last()
            .map(|segment| plain(&segment.ident))
            .unwrap_or_default();
        let tokens = call.tokens.clone();
        if name == "include" {
            self.unseen.include(self.file().to_owned(), &call.path);
        }
        if !is_well_known(&name) {
            self.unseen.macro_call(&name);
            self.names_alone(tokens.clone());
        }
        if matches!(name.as_str(), "matches" | "assert_matches")
            && let Ok((value, pattern)) = matched.parse2(tokens.clone())
        {
            let ty = self.expression(&value);
            self.scoped(|walker| walker.pattern(&pattern, &ty));
            return Ty::Other;
        }
        if let Ok(arguments) = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
            let types: Vec<Ty> = arguments.iter().map(|argument| self.argument(argument)).collect();
            return expansion(&name, types);
        }
        if let Ok((value, count)) = repeated.parse2(tokens.clone()) {
            let ty = self.expression(&value);
            self.expression(&count);
            return Ty::list(ty);
        }
        self.pieces(tokens);
        expansion(&name, Vec::new())
    }

    /// Names that stand alone in a macro of the project's own, or of a crate that is not known: it may make the access to a
    /// member of them. What is a variable here is none.
    fn names_alone(&mut self, tokens: TokenStream) {
        let watch = self.watch;
        let mut joined = false;
        let mut trees = tokens.into_iter().peekable();
        while let Some(tree) = trees.next() {
            let after = std::mem::replace(
                &mut joined,
                matches!(&tree, TokenTree::Punct(punct) if matches!(punct.as_char(), '.' | ':')),
            );
            match tree {
                TokenTree::Group(group) => self.names_alone(group.stream()),
                TokenTree::Ident(ident) if !after => {
                    let name = plain(&ident);
                    let path = matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                    if !path && self.local(&name).is_none() {
                        self.possible(watch.field_names.get(&name), ident.span(), How::Accesses);
                        self.possible(watch.method_names.get(&name), ident.span(), How::Calls);
                        self.possible(watch.variants_alone.get(&name), ident.span(), How::Names);
                    }
                    if self
                        .index
                        .resolve(self.module, std::slice::from_ref(&name))
                        .is_empty()
                    {
                        self.possible(watch.last_names.get(&name), ident.span(), How::Names);
                    }
                }
                _ => {}
            }
        }
    }

    /// An argument of a macro; `name = value` names no variable.
    fn argument(&mut self, argument: &Expr) -> Ty {
        match argument {
            Expr::Assign(assign) => self.expression(&assign.right),
            other => self.expression(other),
        }
    }

    /// Tokens that are no list of expressions: pieces between commas and arrows, each read as well as it can be.
    fn pieces(&mut self, tokens: TokenStream) {
        if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
            self.scoped(|walker| walker.statements(&statements));
            return;
        }
        self.scopes.push(Default::default());
        for (piece, before_arrow) in split(tokens) {
            // `Some(item) = events.next() => …`, as in `select!`.
            if before_arrow && let Ok((pattern, value)) = binding.parse2(piece.clone()) {
                let ty = match self.expression(&value) {
                    Ty::Future(inner) => *inner,
                    other => other,
                };
                self.pattern(&pattern, &ty);
                continue;
            }
            self.piece(piece);
        }
        self.scopes.pop();
    }

    fn piece(&mut self, piece: TokenStream) {
        if piece.is_empty() {
            return;
        }
        let expression = syn::parse2::<Expr>(piece.clone());
        match expression {
            Ok(Expr::Verbatim(_)) | Err(_) => {}
            Ok(expression) => {
                self.argument(&expression);
                return;
            }
        }
        // `?order.price` and `%order.price`, as in `tracing`.
        let mut rest = piece.clone().into_iter();
        if let Some(TokenTree::Punct(punct)) = rest.next()
            && matches!(punct.as_char(), '?' | '%')
        {
            return self.piece(rest.collect());
        }
        // `order = %report.order_id`
        let trees: Vec<TokenTree> = piece.into_iter().collect();
        if let Some(at) = trees.iter().position(
            |tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '=' && punct.spacing() == proc_macro2::Spacing::Alone),
        ) {
            return self.piece(trees.into_iter().skip(at + 1).collect());
        }
        // Braces and the like may hold what can be read, even where what is around them cannot.
        let mut loose = Vec::new();
        for tree in trees {
            match tree {
                TokenTree::Group(group) if group.delimiter() != Delimiter::None => {
                    self.tokens_by_name(std::mem::take(&mut loose).into_iter().collect());
                    self.pieces(group.stream());
                }
                other => loose.push(other),
            }
        }
        self.tokens_by_name(loose.into_iter().collect());
    }

    /// Tokens of which no more can be told than the names in them.
    pub(super) fn tokens_by_name(&mut self, tokens: TokenStream) {
        let watch = self.watch;
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, tree) in trees.iter().enumerate() {
            match tree {
                TokenTree::Group(group) => {
                    // `Order { price, .. }`
                    let of_type = matches!(
                        at.checked_sub(1).and_then(|at| trees.get(at)),
                        Some(TokenTree::Ident(owner)) if plain(owner).starts_with(char::is_uppercase)
                    );
                    if of_type && group.delimiter() == Delimiter::Brace {
                        self.names_alone(group.stream());
                    }
                    self.tokens_by_name(group.stream());
                }
                TokenTree::Literal(literal) => {
                    self.literal(&syn::Lit::new(literal.clone()));
                }
                TokenTree::Ident(ident) => {
                    let name = plain(ident);
                    let before = |back: usize, mark: char| {
                        at.checked_sub(back).and_then(|at| trees.get(at)).is_some_and(
                            |tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark),
                        )
                    };
                    if before(1, '.') && !before(2, '.') {
                        self.possible(watch.field_names.get(&name), ident.span(), How::Accesses);
                        self.possible(watch.method_names.get(&name), ident.span(), How::Calls);
                    } else if before(1, ':') && before(2, ':') {
                        let owner = match at.checked_sub(3).and_then(|at| trees.get(at)) {
                            // `$set::Filled` may be of any value set.
                            Some(TokenTree::Ident(owner)) if !before(4, '$') => Some(plain(owner)),
                            _ => None,
                        };
                        let variants = match owner {
                            Some(owner) => watch.variant_names.get(&(owner, name.clone())),
                            None => watch.variants_alone.get(&name),
                        };
                        self.possible(variants, ident.span(), How::Names);
                        self.possible(watch.last_names.get(&name), ident.span(), How::Names);
                    } else {
                        let meant = self.index.resolve(self.module, std::slice::from_ref(&name));
                        for def in &meant {
                            if let Some(id) = self.index.as_type(def) {
                                self.possible(watch.types.get(&id), ident.span(), How::Names);
                            }
                        }
                        if meant.is_empty() && !before(1, '$') {
                            self.possible(watch.last_names.get(&name), ident.span(), How::Names);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// `value, pattern` and what may follow.
fn matched(input: ParseStream<'_>) -> syn::Result<(Expr, Pat)> {
    let value = input.parse()?;
    input.parse::<Token![,]>()?;
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    let pattern = if input.peek(Token![if]) {
        let if_token = input.parse()?;
        let guard: Box<Expr> = input.parse()?;
        Pat::Guard(syn::PatGuard {
            attrs: Vec::new(),
            pat: Box::new(pattern),
            if_token,
            guard,
        })
    } else {
        pattern
    };
    // A message may follow, as in other assertions.
    input.parse::<TokenStream>()?;
    Ok((value, pattern))
}

/// `value; count`
fn repeated(input: ParseStream<'_>) -> syn::Result<(Expr, Expr)> {
    let value = input.parse()?;
    input.parse::<Token![;]>()?;
    Ok((value, input.parse()?))
}

/// `pattern = expression`
fn binding(input: ParseStream<'_>) -> syn::Result<(Pat, Expr)> {
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    // `, if condition` is a piece of its own.
    Ok((pattern, value))
}

/// The pieces between commas, semicolons and arrows, each with whether an arrow comes after it.
fn split(tokens: TokenStream) -> Vec<(TokenStream, bool)> {
    let mut pieces = Vec::new();
    let mut piece: Vec<TokenTree> = Vec::new();
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match &tree {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                pieces.push((std::mem::take(&mut piece).into_iter().collect(), false));
            }
            TokenTree::Punct(punct)
                if punct.as_char() == '='
                    && matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '>') =>
            {
                trees.next();
                pieces.push((std::mem::take(&mut piece).into_iter().collect(), true));
            }
            // The body of an arm needs no comma after it.
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace
                    && piece.is_empty()
                    && pieces.last().is_some_and(|(_, arrow)| *arrow) =>
            {
                pieces.push((tree.into(), false));
            }
            _ => piece.push(tree),
        }
    }
    pieces.push((piece.into_iter().collect(), false));
    pieces
}

/// Whether a macro is one of the standard library, or of a crate that most programs use, and takes expressions: none of them
/// makes the name of a member of an argument.
fn is_well_known(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "anyhow",
        "assert",
        "assert_eq",
        "assert_matches",
        "assert_ne",
        "bail",
        "concat",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "dec",
        "ensure",
        "env",
        "eprint",
        "eprintln",
        "error",
        "event",
        "file",
        "format",
        "format_args",
        "include_str",
        "info",
        "join",
        "json",
        "line",
        "matches",
        "panic",
        "pin",
        "print",
        "println",
        "select",
        "smallvec",
        "span",
        "stringify",
        "thread_local",
        "todo",
        "trace",
        "try_join",
        "unimplemented",
        "unreachable",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    NAMES.contains(&name)
}

/// The type of what a well-known macro gives.
fn expansion(name: &str, arguments: Vec<Ty>) -> Ty {
    let awaited = |arguments: Vec<Ty>| {
        arguments.into_iter().map(|ty| match ty {
            Ty::Future(inner) => *inner,
            _ => Ty::Unknown,
        })
    };
    match name {
        "vec" | "smallvec" => Ty::list(arguments.into_iter().fold(Ty::Unknown, Ty::merge)),
        "dbg" => arguments.into_iter().next().unwrap_or(Ty::Other),
        "join" => Ty::Tuple(awaited(arguments).collect()),
        "try_join" => {
            let values = awaited(arguments).map(|ty| match ty {
                Ty::Result(value, _) => *value,
                _ => Ty::Unknown,
            });
            Ty::result(Ty::Tuple(values.collect()), Ty::Unknown)
        }
        "format" | "dec" | "json" | "concat" | "env" | "line" | "file" | "include_str" | "println"
        | "print" | "eprintln" | "eprint" | "write" | "writeln" | "stringify" => Ty::Other,
        _ => Ty::Unknown,
    }
}
