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
    account: Code,
    order: Code,
    trade: Code,
    /// The types of orders and trades of an account with several sections.
    unions: Vec<Union>,
    sections: Option<Literals>,
    /// The sections whose open orders are fetched symbol by symbol.
    by_symbol: Vec<usize>,
    by_cursor: bool,
    /// The arms of what an event says.
    changes: Vec<Code>,
    account_time: Code,
    order_state: Code,
    trade_state: Code,
    /// The arms of what is fetched.
    fetches: Vec<Code>,
}

/// How the stream underneath is opened.
#[derive(Debug, Serialize)]
struct Opens {
    /// The request that starts it, where anything can be chosen.
    request: Option<String>,
}

#[derive(Debug, Serialize)]
struct Literals {
    count: u8,
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
            account: self.account_type(snapshot)?.into(),
            order: order.into(),
            trade: trade.into(),
            unions,
            sections: several.then_some(Literals {
                count: u8::try_from(sections.len()).ok()?,
            }),
            by_symbol: (0..sections.len())
                .filter(|index| self.by_symbol(&sections[*index]))
                .collect(),
            by_cursor: sections.iter().any(|section| section.trade_id.is_some()),
            changes: changes.collect::<Option<_>>()?,
            account_time: self.account_time(snapshot)?.into(),
            order_state: self.states(sections, &order_union, quote!(order), |section| {
                self.order_state(section)
            })?,
            trade_state: self.states(sections, &trade_union, quote!(trade), |section| {
                self.trade_state(section)
            })?,
            fetches: self.fetches(snapshot, &order_union, &trade_union)?,
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

    fn account_type(&self, snapshot: &AccountSnapshot) -> Option<TokenStream> {
        let answers: Option<Vec<RustType>> = snapshot
            .account
            .iter()
            .map(|id| Some(RustType::from(&self.operation(id)?.response)))
            .collect();
        let answers = answers?;
        match &answers[..] {
            [one] => Some(quote!(#one)),
            several => Some(quote!((#(#several),*))),
        }
    }

    /// The latest of the times of the account.
    fn account_time(&self, snapshot: &AccountSnapshot) -> Option<TokenStream> {
        if snapshot.times.is_empty() {
            return Some(quote! {
                let _ = account;
                None
            });
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
        Some(quote!(#times.max()))
    }

    /// An arm of what an event says.
    fn change(&self, events: &Type, tag: &str, meaning: &EventMeaning) -> Option<Code> {
        let (union, target) = match self.product.resolve(events) {
            Type::Named(name) => match &self.product.types.get(name)?.kind {
                TypeKind::Union { variants, .. } => (name, Type::Named(variants.get(tag)?.clone())),
                _ => return None,
            },
            _ => return None,
        };
        let union = RustType::from(&Type::Named(union.clone()));
        let variant = ident(&variant_name(tag));
        let mut binding = quote!(event);
        let body = match meaning {
            EventMeaning::Account { time } => {
                let time = match time {
                    Some(time) => self.copied(&target, time, &quote!(event)),
                    None => {
                        binding = quote!(_);
                        quote!(None)
                    }
                };
                quote!(Change::Account(#time))
            }
            EventMeaning::Order(order) => {
                let (lead, base, ty, key) = self.order_key(&target, order)?;
                let status = self.named(&ty, "X")?.word(&base);
                let (filled, time) = (self.copied(&ty, "z", &base), self.copied(&ty, "T", &base));
                let (trade, quantity) = (self.copied(&ty, "t", &base), self.copied(&ty, "l", &base));
                quote!({
                    #lead
                    Change::order(OrderState::new(#key, #status, #filled, #time), #trade, #quantity)
                })
            }
            EventMeaning::Fill(order) => {
                let (lead, base, ty, key) = self.order_key(&target, order)?;
                let trade = self.copied(&ty, "t", &base);
                quote!({
                    #lead
                    let Some(trade_id) = #trade else { return Change::Other };
                    Change::Preview(#key, trade_id)
                })
            }
        };
        Some(quote!(#union::#variant(#binding) => #body).into())
    }

    /// What finds the order of an event: statements, the order, its type and its key.
    fn order_key(
        &self,
        event: &Type,
        order: &OrderEvent,
    ) -> Option<(TokenStream, TokenStream, Type, TokenStream)> {
        let mut lead = TokenStream::new();
        let section = match &order.section {
            SectionChoice::Always(section) => {
                let section = literal(*section);
                quote!(#section)
            }
            SectionChoice::By { member, values } => {
                let word = self.named(event, member)?.word(&quote!(event));
                let arms = values.iter().map(|(value, section)| {
                    let section = literal(*section);
                    quote!(#value => #section,)
                });
                lead.extend(quote! {
                    let section = match #word {
                        #(#arms)*
                        _ => return Change::Other,
                    };
                });
                quote!(section)
            }
        };
        let (base, ty) = match &order.at {
            None => (quote!(event), event.clone()),
            Some(at) => {
                let member = self.named(event, at)?;
                let name = &member.name;
                lead.extend(match member.optional() {
                    true => quote!(let Some(order) = &event.#name else { return Change::Other };),
                    false => quote!(let order = &event.#name;),
                });
                (quote!(order), member.field.ty.clone())
            }
        };
        let (symbol, id) = (self.named(&ty, "s")?, self.named(&ty, "i")?);
        let (symbol_name, id_name) = (&symbol.name, &id.name);
        let mut read = |name: &proc_macro2::Ident, optional: bool, value: TokenStream, local: TokenStream| {
            match optional {
                true => {
                    lead.extend(quote!(let Some(#local) = #value else { return Change::Other };));
                    local
                }
                false => {
                    let _ = name;
                    value
                }
            }
        };
        let symbol = read(
            symbol_name,
            symbol.optional(),
            quote!(&#base.#symbol_name),
            quote!(symbol),
        );
        let id = read(id_name, id.optional(), quote!(#base.#id_name), quote!(id));
        Some((lead, base, ty, quote!(OrderKey::new(#section, #symbol, #id))))
    }

    fn order_state(&self, section: &OrderSection) -> Option<TokenStream> {
        let ty = self.element(&section.open)?;
        let base = quote!(order);
        let (symbol, id) = (self.named(ty, "symbol")?.name, self.named(ty, "orderId")?.name);
        let status = self.named(ty, "status")?.word(&base);
        let (filled, time) = (
            self.copied(ty, "executedQty", &base),
            self.copied(ty, "updateTime", &base),
        );
        Some(quote! {
            OrderState::new(OrderKey::new(section, &order.#symbol, order.#id), #status, #filled, #time)
        })
    }

    fn trade_state(&self, section: &OrderSection) -> Option<TokenStream> {
        let ty = self.element(&section.trades)?;
        let base = quote!(trade);
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
        let time = self.copied(ty, "time", &base);
        Some(quote! {
            TradeState {
                order: OrderKey::new(section, &trade.#symbol, trade.#order),
                fill: Fill { trade_id: trade.#trade_id, quantity: #quantity },
                cursor: trade.#cursor,
                time: #time,
            }
        })
    }

    /// The state of a value of each section.
    fn states(
        &self,
        sections: &[OrderSection],
        union: &str,
        value: TokenStream,
        state: impl Fn(&OrderSection) -> Option<TokenStream>,
    ) -> Option<Code> {
        if let [only] = sections {
            return Some(state(only)?.into());
        }
        let union = ident(union);
        let arms: Option<Vec<TokenStream>> = sections
            .iter()
            .map(|section| {
                let variant = ident(&names::pascal(&section.name));
                let state = state(section)?;
                Some(quote!(#union::#variant(#value) => #state,))
            })
            .collect();
        let arms = arms?;
        Some(quote!(match #value { #(#arms)* }).into())
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

    fn fetches(&self, snapshot: &AccountSnapshot, orders: &str, trades: &str) -> Option<Vec<Code>> {
        let accounts: Option<Vec<TokenStream>> = snapshot
            .account
            .iter()
            .map(|id| {
                let request = self.request_with(id, &[])?;
                Some(quote!(client.send(&#request).await?))
            })
            .collect();
        let account = match &accounts?[..] {
            [one] => one.clone(),
            several => quote!((#(#several),*)),
        };
        let mut arms: Vec<Code> = vec![quote!(Fetch::Account => Ok(Fetched::Account(#account)),).into()];
        let several = snapshot.sections.len() > 1;
        for (index, section) in snapshot.sections.iter().enumerate() {
            let number = literal(index);
            let (pattern, guard) = match several {
                true => (quote!(section: #number), quote!(if key.section == #number)),
                false => (quote!(section: _), TokenStream::new()),
            };
            let wrap = |union: &str| match several {
                true => {
                    let (union, variant) = (ident(union), ident(&names::pascal(&section.name)));
                    quote!(#union::#variant)
                }
                false => quote!(std::convert::identity),
            };
            let (wrap_order, wrap_trade) = (wrap(orders), wrap(trades));
            let open = match self.by_symbol(section) {
                true => {
                    self.request_with(&section.open, &[("symbol", quote!(symbol.unwrap_or_default()))])?
                }
                false => self.request_with(&section.open, &[])?,
            };
            let symbol = match self.by_symbol(section) {
                true => quote!(symbol),
                false => quote!(symbol: _),
            };
            arms.push(
                quote!(Fetch::OpenOrders { #pattern, #symbol } => Fetched::orders(client.send(&#open).await?, #wrap_order),)
                    .into(),
            );
            let query = self.request_with(
                &section.query,
                &[("symbol", quote!(key.symbol)), ("orderId", quote!(key.id))],
            )?;
            let wrapped = match several {
                true => quote!(.map(#wrap_order)),
                false => TokenStream::new(),
            };
            arms.push(
                quote!(Fetch::Order(key) #guard => Fetched::order(client.send(&#query).await #wrapped),)
                    .into(),
            );
            let page = Literal::i64_unsuffixed(PAGE);
            let request = self.request_with(
                &section.trades,
                &[("symbol", quote!(symbol)), ("limit", quote!(#page))],
            )?;
            arms.push(
                quote!(Fetch::Trades { #pattern, symbol, from } => {
                    let mut request = #request;
                    request.from_id = from;
                    Fetched::trades(client.send(&request).await?, #wrap_trade)
                })
                .into(),
            );
        }
        if several {
            arms.push(quote!(_ => Err(Error::Unusable("the account has no such section".into())),).into());
        }
        Some(arms)
    }
}

fn literal(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}
