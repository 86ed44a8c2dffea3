//! User data with snapshots → what reads its events, and what fetches the state of the account.

use binance_wire_model::api::{
    AccountSnapshot, Call, EventMeaning, Field, Operation, OrderEvent, OrderSection, SectionChoice, Type,
    TypeKind,
};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde::Serialize;

use super::Context;
use super::lookup::{field_name, members};
use super::types::variant_name;
use crate::lower::rust::{Code, RustType, ident};
use crate::names;

/// The most trades of a page.
const PAGE: i64 = 1000;

/// What a product needs for user data with snapshots.
#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    /// The function that opens it, and that of `streams` underneath; without the latter it is the WebSocket API.
    function: String,
    opens: Option<Opens>,
    /// Names of the stream and of the source.
    stream: String,
    source: String,
    events: RustType,
    account: Account,
    order: Code,
    trade: Code,
    /// The types of orders and trades of an account with several sections.
    unions: Vec<Union>,
    /// The sections whose open orders are fetched symbol by symbol.
    by_symbol: Vec<usize>,
    by_cursor: bool,
    /// The requests for balances and positions.
    requests: Vec<Code>,
    account_time: Option<Code>,
    changes: Vec<Row>,
    sections: Vec<Section>,
}

/// How the stream underneath is opened.
#[derive(Debug, Serialize)]
struct Opens {
    /// The request that starts it, where anything can be chosen.
    request: Option<String>,
}

/// The type of the answers with balances and positions: that of the only one, or a tuple.
#[derive(Debug, Serialize)]
struct Account {
    one: Option<RustType>,
    several: Vec<RustType>,
}

/// The row of an event.
#[derive(Debug, Serialize)]
struct Row {
    variant: String,
    /// What the event is called; with an underscore where nothing reads it.
    binding: &'static str,
    meaning: &'static str,
    cells: Vec<Cell>,
}

/// A named expression of a row.
#[derive(Debug, Serialize)]
struct Cell {
    head: String,
    value: Code,
}

/// How orders and trades of a section are read and requested.
#[derive(Debug, Serialize)]
struct Section {
    number: usize,
    /// The variants of the unions, where there are any.
    wrap: Option<Wrap>,
    order: Vec<Cell>,
    trade: Vec<Cell>,
    open_symbol: &'static str,
    open: Code,
    query: Code,
    trades: Code,
}

#[derive(Debug, Serialize)]
struct Wrap {
    order: Code,
    trade: Code,
}

fn cell(name: &str, value: TokenStream) -> Cell {
    Cell {
        head: format!("{name}:"),
        value: value.into(),
    }
}

/// One type for orders or trades of several sections.
#[derive(Debug, Serialize)]
struct Union {
    name: String,
    doc: &'static str,
    variants: Vec<Variant>,
}

#[derive(Debug, Serialize)]
struct Variant {
    name: String,
    doc: String,
    of: RustType,
}

/// A member that is read.
struct Member<'p> {
    name: proc_macro2::Ident,
    field: &'p Field,
}

impl Member<'_> {
    fn optional(&self) -> bool {
        !self.field.required
    }

    /// A value that is copied, as an `Option`.
    fn copied(&self, base: &TokenStream) -> TokenStream {
        let name = &self.name;
        match self.optional() {
            true => quote!(#base.#name),
            false => quote!(Some(#base.#name)),
        }
    }

    /// A value that is copied, or the end of a closure that returns an `Option`.
    fn certain(&self, base: &TokenStream) -> TokenStream {
        let name = &self.name;
        match self.optional() {
            true => quote!(#base.#name?),
            false => quote!(#base.#name),
        }
    }

    /// As [`certain`](Self::certain), of a value that is borrowed.
    fn borrowed(&self, base: &TokenStream) -> TokenStream {
        let name = &self.name;
        match self.optional() {
            true => quote!(#base.#name.as_ref()?),
            false => quote!(&#base.#name),
        }
    }

    /// A word, empty where there is none.
    fn word(&self, base: &TokenStream) -> TokenStream {
        let name = &self.name;
        match self.optional() {
            true => quote!(#base.#name.as_ref().map_or("", |word| word.as_str())),
            false => quote!(#base.#name.as_str()),
        }
    }
}

impl Context<'_> {
    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        let snapshot = self.product.snapshot.as_ref()?;
        let mut user_data = self.product.user_data.iter();
        let entry = user_data.find(|entry| snapshot.of.as_ref().is_none_or(|of| *of == entry.name));
        let name = entry.map_or("userData", |entry| &entry.name);
        let events = match entry {
            Some(entry) => entry.events.clone(),
            None => Type::Named(self.product.user_data_events.clone()?),
        };
        let opens = match entry {
            Some(entry) => {
                let start = self.operation(&entry.start)?;
                let request = (!start.parameters.is_empty()).then(|| names::type_name(&start.id));
                Some(Opens { request })
            }
            None => None,
        };
        let sections = &snapshot.sections;
        let (order_union, trade_union) = (
            format!("{}Order", names::pascal(name)),
            format!("{}Trade", names::pascal(name)),
        );
        let several = sections.len() > 1;
        let mut unions = Vec::new();
        if several {
            unions.push(self.union(
                &order_union,
                "An order of a section of the account.",
                sections,
                |section| &section.open,
            )?);
            unions.push(self.union(
                &trade_union,
                "A trade of a section of the account.",
                sections,
                |section| &section.trades,
            )?);
        }
        let first = sections.first()?;
        let (order, trade) = match several {
            true => {
                let (order, trade) = (ident(&order_union), ident(&trade_union));
                (quote!(#order), quote!(#trade))
            }
            false => {
                let order = RustType::from(self.element(&first.open)?);
                let trade = RustType::from(self.element(&first.trades)?);
                (quote!(#order), quote!(#trade))
            }
        };
        let changes = snapshot
            .events
            .iter()
            .map(|(tag, meaning)| self.change(&events, tag, meaning));
        Some(Snapshot {
            function: names::snake(name),
            opens,
            stream: names::pascal(name),
            source: format!("{}Source", names::pascal(name)),
            account: self.account_type(snapshot)?,
            order: order.into(),
            trade: trade.into(),
            unions,
            by_symbol: (0..sections.len())
                .filter(|index| self.by_symbol(&sections[*index]))
                .collect(),
            by_cursor: sections.iter().any(|section| section.trade_id.is_some()),
            changes: changes.collect::<Option<_>>()?,
            requests: self.account_requests(snapshot)?,
            account_time: self.account_time(snapshot)?,
            sections: self.order_sections(sections, &order_union, &trade_union)?,
            events: RustType::from(&events),
        })
    }

    /// Whether open orders are only to be had of one symbol at a time.
    fn by_symbol(&self, section: &OrderSection) -> bool {
        let operation = self.operation(&section.open);
        operation.is_some_and(|operation| {
            let symbol = operation
                .parameters
                .iter()
                .find(|parameter| parameter.name == "symbol");
            symbol.is_some_and(|symbol| symbol.required)
        })
    }

    fn operation(&self, id: &str) -> Option<&Operation> {
        let rest = |operation: &&Operation| matches!(operation.call, Call::Rest { .. });
        self.product
            .operations
            .iter()
            .filter(rest)
            .find(|operation| operation.id == id)
    }

    /// The type of the elements of an answer, or of the answer.
    fn element(&self, id: &str) -> Option<&Type> {
        match self.product.resolve(&self.operation(id)?.response) {
            Type::Array(element) => Some(element),
            _ => Some(&self.operation(id)?.response),
        }
    }

    fn named(&self, ty: &Type, wire: &str) -> Option<Member<'_>> {
        let field = members(self.product, ty)?
            .iter()
            .find(|field| field.name == wire)?;
        let name = ident(&field_name(field));
        Some(Member { name, field })
    }

    /// A copied member as an `Option`, `None` where the type lacks it.
    fn copied(&self, ty: &Type, wire: &str, base: &TokenStream) -> TokenStream {
        self.named(ty, wire)
            .map_or(quote!(None), |member| member.copied(base))
    }

    fn union(
        &self,
        name: &str,
        doc: &'static str,
        sections: &[OrderSection],
        of: impl Fn(&OrderSection) -> &String,
    ) -> Option<Union> {
        let variants = sections.iter().map(|section| {
            Some(Variant {
                name: names::pascal(&section.name),
                doc: format!("Of {}.", section.name.to_uppercase()),
                of: RustType::from(self.element(of(section))?),
            })
        });
        Some(Union {
            name: name.to_owned(),
            doc,
            variants: variants.collect::<Option<_>>()?,
        })
    }

    fn account_type(&self, snapshot: &AccountSnapshot) -> Option<Account> {
        let answers: Option<Vec<RustType>> = snapshot
            .account
            .iter()
            .map(|id| Some(RustType::from(&self.operation(id)?.response)))
            .collect();
        let mut several = answers?;
        let one = several.pop_if(|_| snapshot.account.len() == 1);
        Some(Account { one, several })
    }

    fn account_requests(&self, snapshot: &AccountSnapshot) -> Option<Vec<Code>> {
        let requests = snapshot.account.iter();
        requests
            .map(|id| Some(self.request_with(id, &[])?.into()))
            .collect()
    }

    /// The latest of the times of the account, where it has any; the outer `None` where a member is missing.
    #[allow(clippy::option_option, reason = "the inner one is what is looked up")]
    fn account_time(&self, snapshot: &AccountSnapshot) -> Option<Option<Code>> {
        if snapshot.times.is_empty() {
            return Some(None);
        }
        let ty = &self.operation(snapshot.account.first()?)?.response;
        let base = match snapshot.account.len() {
            1 => quote!(account),
            _ => quote!(account.0),
        };
        let mut times = quote!(None.into_iter());
        for path in &snapshot.times {
            let time = match path.split_once('.') {
                None => self.named(ty, path)?.copied(&base),
                Some((list, member)) => {
                    let list = self.named(ty, list)?;
                    let Type::Array(element) = self.product.resolve(&list.field.ty) else {
                        return None;
                    };
                    let time = self.named(element, member)?.copied(&quote!(entry));
                    let name = &list.name;
                    let entries = match list.optional() {
                        true => quote!(#base.#name.iter().flat_map(|list| list.iter())),
                        false => quote!(#base.#name.iter()),
                    };
                    quote!(#entries.filter_map(|entry| #time))
                }
            };
            times = quote!(#times.chain(#time));
        }
        Some(Some(quote!(#times.max()).into()))
    }

    /// The row of what an event says.
    fn change(&self, events: &Type, tag: &str, meaning: &EventMeaning) -> Option<Row> {
        let target = match self.product.resolve(events) {
            Type::Named(name) => match &self.product.types.get(name)?.kind {
                TypeKind::Union { variants, .. } => Type::Named(variants.get(tag)?.clone()),
                _ => return None,
            },
            _ => return None,
        };
        let mut binding = "event";
        let (meaning, cells) = match meaning {
            EventMeaning::Account { time } => {
                let time = match time {
                    Some(time) => self.copied(&target, time, &quote!(event)),
                    None => {
                        binding = "_event";
                        quote!(None)
                    }
                };
                ("account", vec![cell("time", time)])
            }
            EventMeaning::Order(order) => {
                let (mut cells, base, ty) = self.order_key(&target, order)?;
                cells.extend([
                    cell("status", self.named(&ty, "X")?.word(&base)),
                    cell("filled", self.copied(&ty, "z", &base)),
                    cell("time", self.copied(&ty, "T", &base)),
                    cell("trade_id", self.copied(&ty, "t", &base)),
                    cell("quantity", self.copied(&ty, "l", &base)),
                ]);
                ("order", cells)
            }
            EventMeaning::Fill(order) => {
                let (mut cells, base, ty) = self.order_key(&target, order)?;
                cells.push(cell("trade_id", self.copied(&ty, "t", &base)));
                ("preview", cells)
            }
        };
        Some(Row {
            variant: variant_name(tag),
            binding,
            meaning,
            cells,
        })
    }

    /// What identifies the order of an event, the order, and its type.
    fn order_key(&self, event: &Type, order: &OrderEvent) -> Option<(Vec<Cell>, TokenStream, Type)> {
        let section = match &order.section {
            SectionChoice::Always(section) => {
                let section = literal(*section);
                quote!(#section)
            }
            SectionChoice::By { member, values } => {
                let word = self.named(event, member)?.word(&quote!(event));
                let sections = values.iter().map(|(value, section)| {
                    let section = literal(*section);
                    quote!((#value, #section))
                });
                quote!(binance_wire_websocket::account_source::section_of(#word, &[#(#sections),*])?)
            }
        };
        let mut cells = vec![cell("section", section)];
        let (base, ty) = match &order.at {
            None => (quote!(event), event.clone()),
            Some(at) => {
                let member = self.named(event, at)?;
                cells.push(Cell {
                    head: "let order =".to_owned(),
                    value: member.borrowed(&quote!(event)).into(),
                });
                (quote!(order), member.field.ty.clone())
            }
        };
        let (symbol, id) = (self.named(&ty, "s")?, self.named(&ty, "i")?);
        cells.push(cell("symbol", symbol.borrowed(&base)));
        cells.push(cell("id", id.certain(&base)));
        Some((cells, base, ty))
    }

    fn order_cells(&self, section: &OrderSection) -> Option<Vec<Cell>> {
        let ty = self.element(&section.open)?;
        let base = quote!(order);
        let (symbol, id) = (self.named(ty, "symbol")?.name, self.named(ty, "orderId")?.name);
        Some(vec![
            cell("symbol", quote!(&order.#symbol)),
            cell("id", quote!(order.#id)),
            cell("status", self.named(ty, "status")?.word(&base)),
            cell("filled", self.copied(ty, "executedQty", &base)),
            cell("time", self.copied(ty, "updateTime", &base)),
        ])
    }

    fn trade_cells(&self, section: &OrderSection) -> Option<Vec<Cell>> {
        let ty = self.element(&section.trades)?;
        let (symbol, order) = (self.named(ty, "symbol")?.name, self.named(ty, "orderId")?.name);
        let cursor = self.named(ty, "id")?.name;
        let trade_id = match &section.trade_id {
            Some(member) => self.named(ty, member)?.name,
            None => cursor.clone(),
        };
        let quantity = self.named(ty, "qty").or_else(|| self.named(ty, "quantity"))?;
        let name = &quantity.name;
        let quantity = match quantity.optional() {
            true => quote!(trade.#name.unwrap_or_default()),
            false => quote!(trade.#name),
        };
        Some(vec![
            cell("symbol", quote!(&trade.#symbol)),
            cell("order_id", quote!(trade.#order)),
            cell("trade_id", quote!(trade.#trade_id)),
            cell("quantity", quantity),
            cell("cursor", quote!(trade.#cursor)),
            cell("time", self.copied(ty, "time", &quote!(trade))),
        ])
    }

    /// A request with values for some of its parameters.
    fn request_with(&self, id: &str, values: &[(&str, TokenStream)]) -> Option<TokenStream> {
        let operation = self.operation(id)?;
        let name = ident(&names::type_name(id));
        let value = |wire: &str| {
            values
                .iter()
                .find(|(name, _)| *name == wire)
                .map(|(_, value)| value)
        };
        let required: Option<Vec<_>> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .map(|parameter| value(&parameter.name))
            .collect();
        let required = required?;
        let optional = operation
            .parameters
            .iter()
            .filter(|parameter| !parameter.required);
        let setters = optional.filter_map(|parameter| {
            let value = value(&parameter.name)?;
            let setter = ident(&names::snake(&parameter.name));
            Some(quote!(.#setter(#value)))
        });
        Some(quote!(crate::requests::#name::new(#(#required),*) #(#setters)*))
    }

    fn order_sections(&self, sections: &[OrderSection], orders: &str, trades: &str) -> Option<Vec<Section>> {
        let several = sections.len() > 1;
        let section = |(number, section): (usize, &OrderSection)| {
            let wrap = |union: &str| {
                let (union, variant) = (ident(union), ident(&names::pascal(&section.name)));
                Code::from(quote!(#union::#variant))
            };
            let (open_symbol, open) = match self.by_symbol(section) {
                true => ("symbol", &[("symbol", quote!(symbol.unwrap_or_default()))][..]),
                false => ("_", &[][..]),
            };
            let page = Literal::i64_unsuffixed(PAGE);
            Some(Section {
                number,
                wrap: several.then(|| Wrap {
                    order: wrap(orders),
                    trade: wrap(trades),
                }),
                order: self.order_cells(section)?,
                trade: self.trade_cells(section)?,
                open_symbol,
                open: self.request_with(&section.open, open)?.into(),
                query: self
                    .request_with(
                        &section.query,
                        &[("symbol", quote!(key.symbol)), ("orderId", quote!(key.id))],
                    )?
                    .into(),
                trades: self
                    .request_with(
                        &section.trades,
                        &[("symbol", quote!(symbol)), ("limit", quote!(#page))],
                    )?
                    .into(),
            })
        };
        sections.iter().enumerate().map(section).collect()
    }
}

fn literal(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}
