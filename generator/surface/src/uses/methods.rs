//! Method calls: those of our types and the project's by their signatures, those of the standard library by what they
//! are known to give.

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall};

use super::How;
use super::index::{TypeId, plain};
use super::types::Ty;
use super::walk::Walker;

impl Walker<'_> {
    pub(super) fn method_call(&mut self, call: &ExprMethodCall) -> Ty {
        let receiver = self.expression(&call.receiver);
        self.text_method(call);
        if let Some(arguments) = &call.turbofish {
            self.generic_arguments(&syn::PathArguments::AngleBracketed(arguments.clone()));
        }
        let name = plain(&call.method);
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let span = call.method.span();
        match &receiver {
            Ty::Named(id, _) => self.method_of(*id, &receiver, &name, span, &arguments),
            Ty::Unknown => {
                let watch = self.watch;
                self.possible(watch.method_names.get(&name), span, How::Calls);
                let types = self.arguments(&arguments, &[]);
                // These give what they were called on, whatever it is.
                match (name.as_str(), types.into_iter().next()) {
                    ("unwrap_or", Some(ty)) => ty,
                    ("len" | "is_empty" | "is_some" | "is_none" | "is_ok" | "is_err" | "to_string", _) => {
                        Ty::Other
                    }
                    _ => Ty::Unknown,
                }
            }
            _ => {
                let result = self.standard(&receiver, &name, &arguments);
                self.learn_from(call, &receiver, &name, &result.1);
                result.0
            }
        }
    }

    /// Arguments, of which closures are given values of the types.
    fn arguments(&mut self, arguments: &[&Expr], given: &[Ty]) -> Vec<Ty> {
        arguments
            .iter()
            .map(|argument| match argument {
                Expr::Closure(closure) => self.closure(closure, given),
                argument => self.expression(argument),
            })
            .collect()
    }

    fn method_of(&mut self, id: TypeId, receiver: &Ty, name: &str, span: Span, arguments: &[&Expr]) -> Ty {
        let index = self.index;
        // A setter of the request behind a call gives the call.
        let request = index.request_of(receiver).unwrap_or(id);
        if let Some(taken) = index.types[request].setters.get(name) {
            self.member_use(request, name, span, How::Calls);
            let wanted = index.ty(index.types[request].module, taken, &Default::default());
            for argument in arguments {
                self.expression(argument);
                self.spelled(argument, &wanted);
            }
            return receiver.clone();
        }
        if let Some(function) = index.types[id].methods.get(name).and_then(|all| all.first()) {
            self.member_use(id, name, span, How::Calls);
            return self.called(function, Some(receiver), arguments);
        }
        if let Some(target) = self.target_of(id, receiver) {
            return match &target {
                Ty::Named(id, _) => self.method_of(*id, &target, name, span, arguments),
                _ => self.standard(&target, name, arguments).0,
            };
        }
        self.arguments(arguments, &[]);
        match name {
            "clone" | "to_owned" | "as_ref" | "as_mut" | "borrow" | "borrow_mut" | "lock" | "read"
            | "write" | "unwrap" | "expect" | "get_mut" | "into_inner" | "deref" | "by_ref" | "load"
            | "get" => receiver.clone(),
            "eq" | "ne" | "cmp" | "to_string" | "hash" | "fmt" => Ty::Other,
            // A method of a trait, for which a signature is not at hand.
            _ => Ty::Unknown,
        }
    }

    /// A method of the standard library's, or of a crate that extends it. Gives its type, and what the container
    /// must hold if it was called to put something in.
    fn standard(&mut self, receiver: &Ty, name: &str, arguments: &[&Expr]) -> (Ty, Vec<Ty>) {
        let given: Vec<Ty> = match (receiver, name) {
            (Ty::List(inner), "fold" | "try_fold") => vec![Ty::Unknown, (**inner).clone()],
            (Ty::List(inner), "reduce" | "sort_by" | "max_by" | "min_by" | "is_sorted_by") => {
                vec![(**inner).clone(), (**inner).clone()]
            }
            (
                Ty::Result(_, error),
                "map_err" | "or_else" | "unwrap_or_else" | "inspect_err" | "is_err_and",
            ) => {
                vec![(**error).clone()]
            }
            (Ty::List(inner), "windows" | "chunks") => vec![Ty::List(inner.clone())],
            (Ty::Option(inner) | Ty::List(inner) | Ty::Result(inner, _) | Ty::Future(inner), _) => {
                vec![(**inner).clone()]
            }
            (Ty::Map(key, value), "retain") => vec![(**key).clone(), (**value).clone()],
            (Ty::Map(_, value), _) => vec![(**value).clone()],
            (other, _) => vec![other.clone()],
        };
        // The first value of a fold is what its closure is given first.
        let types = match (name, arguments) {
            ("fold" | "try_fold", [first, rest @ ..]) => {
                let first = self.expression(first);
                let given = [first.clone(), given.last().cloned().unwrap_or(Ty::Unknown)];
                let mut types = vec![first];
                types.extend(self.arguments(rest, &given));
                types
            }
            _ => self.arguments(arguments, &given),
        };
        let closure = types.last().cloned().unwrap_or(Ty::Unknown);
        let ty = match receiver {
            Ty::Option(inner) => of_option(inner, receiver, name, closure),
            Ty::Result(value, error) => of_result(value, error, receiver, name, closure),
            Ty::List(inner) => of_list(inner, receiver, name, closure),
            Ty::Map(key, value) => of_map(key, value, receiver, name),
            Ty::Future(inner) => match name {
                "map" => Ty::Future(Box::new(closure)),
                "unwrap" | "now_or_never" => Ty::option((**inner).clone()),
                "boxed" | "fuse" | "boxed_local" | "shared" => receiver.clone(),
                _ => Ty::Unknown,
            },
            Ty::Other => Ty::Other,
            _ => Ty::Unknown,
        };
        (ty, types)
    }

    /// `orders.push(order)` tells what is in `orders`.
    fn learn_from(&mut self, call: &ExprMethodCall, receiver: &Ty, name: &str, types: &[Ty]) {
        let ty = match (name, types) {
            ("push" | "push_back" | "push_front", [inner]) => Ty::list(inner.clone()),
            ("insert", [key, value]) => Ty::Map(Box::new(key.clone()), Box::new(value.clone())),
            ("insert" | "replace", [inner]) => match receiver {
                Ty::List(_) => Ty::list(inner.clone()),
                Ty::Option(_) => Ty::option(inner.clone()),
                _ => return,
            },
            ("extend", [list @ Ty::List(_)]) => list.clone(),
            _ => return,
        };
        self.learn(&call.receiver, ty);
    }
}

fn of_option(inner: &Ty, receiver: &Ty, name: &str, closure: Ty) -> Ty {
    match name {
        "unwrap" | "expect" | "unwrap_or_default" | "insert" | "get_or_insert" | "get_or_insert_with"
        | "unwrap_unchecked" => inner.clone(),
        "unwrap_or" | "unwrap_or_else" => inner.clone().merge(closure),
        "map" => Ty::option(closure),
        "and_then" | "and" => closure,
        "map_or" | "map_or_else" => closure,
        "ok_or" | "ok_or_else" | "context" | "with_context" => Ty::result(inner.clone(), Ty::Unknown),
        "iter" | "iter_mut" | "into_iter" => Ty::list(inner.clone()),
        "flatten" => inner.clone(),
        "zip" => match closure {
            Ty::Option(other) => Ty::option(Ty::Tuple(vec![inner.clone(), *other])),
            _ => Ty::Unknown,
        },
        "is_some" | "is_none" | "is_some_and" | "is_none_or" => Ty::Other,
        "transpose" => match inner {
            Ty::Result(value, error) => Ty::result(Ty::Option(value.clone()), (**error).clone()),
            _ => Ty::Unknown,
        },
        _ => receiver.clone(),
    }
}

fn of_result(value: &Ty, error: &Ty, receiver: &Ty, name: &str, closure: Ty) -> Ty {
    match name {
        "unwrap" | "expect" | "unwrap_or_default" => value.clone(),
        "unwrap_or" | "unwrap_or_else" => value.clone().merge(closure),
        "unwrap_err" | "expect_err" => error.clone(),
        "ok" => Ty::option(value.clone()),
        "err" => Ty::option(error.clone()),
        "map" => Ty::result(closure, error.clone()),
        "map_err" => Ty::result(value.clone(), closure),
        "and_then" => match closure {
            result @ Ty::Result(..) => result,
            _ => Ty::Unknown,
        },
        "context" | "with_context" => Ty::result(value.clone(), Ty::Other),
        "map_or" | "map_or_else" => closure,
        "iter" | "into_iter" => Ty::list(value.clone()),
        "is_ok" | "is_err" | "is_ok_and" | "is_err_and" => Ty::Other,
        "transpose" => match value {
            Ty::Option(inner) => Ty::option(Ty::result((**inner).clone(), error.clone())),
            _ => Ty::Unknown,
        },
        _ => receiver.clone(),
    }
}

fn of_list(inner: &Ty, receiver: &Ty, name: &str, closure: Ty) -> Ty {
    match name {
        "first" | "last" | "get" | "get_mut" | "pop" | "pop_front" | "pop_back" | "peek" | "find" | "max"
        | "min" | "max_by_key" | "min_by_key" | "max_by" | "min_by" | "nth" | "reduce" | "front" | "back"
        | "first_mut" | "last_mut" | "next_back" | "next_if" | "choose" | "next" | "recv" | "try_recv"
        | "blocking_recv" => Ty::option(inner.clone()),
        "swap_remove" | "remove" | "split_off" => inner.clone(),
        "map" | "then" => Ty::list(match closure {
            Ty::Future(inner) if name == "then" => *inner,
            other => other,
        }),
        "flat_map" | "filter_map" | "map_while" | "find_map" | "flatten" => {
            let from = if name == "flatten" { inner.clone() } else { closure };
            let item = match from {
                Ty::List(inner) | Ty::Option(inner) | Ty::Result(inner, _) => *inner,
                _ => Ty::Unknown,
            };
            if name == "find_map" {
                Ty::option(item)
            } else {
                Ty::list(item)
            }
        }
        "enumerate" => Ty::list(Ty::Tuple(vec![Ty::Other, inner.clone()])),
        "zip" => match closure {
            Ty::List(other) => Ty::list(Ty::Tuple(vec![inner.clone(), *other])),
            _ => Ty::Unknown,
        },
        // Those of lists in answers.
        "complete" => Ty::result(receiver.clone(), Ty::Other),
        "into_parts" => Ty::Tuple(vec![receiver.clone(), Ty::Other]),
        "unreadable" => Ty::Other,
        "chunks" | "windows" | "chunks_exact" => Ty::list(receiver.clone()),
        "fold" => closure,
        "len" | "is_empty" | "count" | "position" | "any" | "all" | "contains" | "sum" | "product"
        | "join" | "for_each" => Ty::Other,
        "split_first" | "split_last" => Ty::option(Ty::Tuple(vec![inner.clone(), receiver.clone()])),
        "partition" | "split_at" => Ty::Tuple(vec![receiver.clone(), receiver.clone()]),
        // What is collected may be anything that holds the same things; a `let` with a type says more.
        "collect" | "try_collect" => match inner {
            Ty::Result(value, error) => Ty::result(Ty::List(value.clone()), (**error).clone()),
            _ => receiver.clone(),
        },
        _ => receiver.clone(),
    }
}

fn of_map(key: &Ty, value: &Ty, receiver: &Ty, name: &str) -> Ty {
    match name {
        "get" | "get_mut" | "remove" | "insert" => Ty::option(value.clone()),
        "or_insert" | "or_insert_with" | "or_default" => value.clone(),
        "values" | "values_mut" | "into_values" => Ty::list(value.clone()),
        "keys" | "into_keys" => Ty::list(key.clone()),
        "iter" | "iter_mut" | "into_iter" | "drain" => Ty::list(Ty::Tuple(vec![key.clone(), value.clone()])),
        "get_key_value" | "first_key_value" | "last_key_value" | "pop_first" | "pop_last" => {
            Ty::option(Ty::Tuple(vec![key.clone(), value.clone()]))
        }
        "len" | "is_empty" | "contains_key" => Ty::Other,
        _ => receiver.clone(),
    }
}
