//! Types as far as they matter for finding members of our types: what is borrowed, boxed, shared or locked is the
//! thing itself; what holds several is a list.

use std::collections::HashMap;

use syn::{GenericArgument, PathArguments, Type, TypeParamBound};

use super::index::{Def, Function, Index, ModuleId, TypeId, plain, segments};

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ty {
    /// It cannot be told; it may be one of ours.
    Unknown,
    /// Certainly none of ours.
    Other,
    /// A struct or enum of our crates or of the project.
    Named(TypeId, Vec<Ty>),
    Option(Box<Ty>),
    Result(Box<Ty>, Box<Ty>),
    /// Anything that yields values of one type: vectors, slices, iterators, streams, channels.
    List(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    Tuple(Vec<Ty>),
    Future(Box<Ty>),
}

impl Ty {
    pub(super) fn option(inner: Ty) -> Ty {
        Ty::Option(Box::new(inner))
    }

    pub(super) fn list(inner: Ty) -> Ty {
        Ty::List(Box::new(inner))
    }

    pub(super) fn result(value: Ty, error: Ty) -> Ty {
        Ty::Result(Box::new(value), Box::new(error))
    }

    /// What it is to know both of one value.
    pub(super) fn merge(self, other: Ty) -> Ty {
        match (self, other) {
            (Ty::Unknown, other) => other,
            (Ty::Option(a), Ty::Option(b)) => Ty::option(a.merge(*b)),
            (Ty::List(a), Ty::List(b)) => Ty::list(a.merge(*b)),
            (Ty::Future(a), Ty::Future(b)) => Ty::Future(Box::new(a.merge(*b))),
            (Ty::Result(a, e), Ty::Result(b, f)) => Ty::result(a.merge(*b), e.merge(*f)),
            (Ty::Map(k, v), Ty::Map(l, w)) => Ty::Map(Box::new(k.merge(*l)), Box::new(v.merge(*w))),
            (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
                Ty::Tuple(a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect())
            }
            (Ty::Named(a, x), Ty::Named(b, y)) if a == b && x.len() == y.len() => {
                Ty::Named(a, x.into_iter().zip(y).map(|(x, y)| x.merge(y)).collect())
            }
            (this, _) => this,
        }
    }

    /// Whether anything in it may be one of ours.
    fn may_be_ours(&self) -> bool {
        match self {
            Ty::Other => false,
            Ty::Unknown | Ty::Named(..) => true,
            Ty::Option(inner) | Ty::List(inner) | Ty::Future(inner) => inner.may_be_ours(),
            Ty::Result(a, b) | Ty::Map(a, b) => a.may_be_ours() || b.may_be_ours(),
            Ty::Tuple(all) => all.iter().any(Ty::may_be_ours),
        }
    }
}

/// What type parameters and `Self` stand for at some place.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    pub(super) parameters: HashMap<String, Ty>,
    pub(super) this: Option<Ty>,
}

/// Nested deeper than this, types are taken for unknown: aliases may go in circles.
const DEEPEST: usize = 24;

impl Index {
    /// The type that is written in a module.
    pub(super) fn ty(&self, module: ModuleId, written: &Type, meaning: &Meaning) -> Ty {
        self.ty_at(module, written, meaning, 0)
    }

    fn ty_at(&self, module: ModuleId, written: &Type, meaning: &Meaning, depth: usize) -> Ty {
        if depth > DEEPEST {
            return Ty::Unknown;
        }
        let inner = |written: &Type| self.ty_at(module, written, meaning, depth + 1);
        match written {
            Type::Reference(ty) => inner(&ty.elem),
            Type::Paren(ty) => inner(&ty.elem),
            Type::Group(ty) => inner(&ty.elem),
            Type::Ptr(ty) => inner(&ty.elem),
            Type::Slice(ty) => Ty::list(inner(&ty.elem)),
            Type::Array(ty) => Ty::list(inner(&ty.elem)),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Ty::Other,
            Type::Tuple(tuple) => Ty::Tuple(tuple.elems.iter().map(inner).collect()),
            Type::ImplTrait(ty) => self.bounds(module, ty.bounds.iter(), meaning, depth),
            Type::TraitObject(ty) => self.bounds(module, ty.bounds.iter(), meaning, depth),
            Type::Never(_) | Type::Infer(_) => Ty::Unknown,
            Type::Path(path) => self.path_type(module, path, meaning, depth),
            _ => Ty::Unknown,
        }
    }

    fn path_type(&self, module: ModuleId, written: &syn::TypePath, meaning: &Meaning, depth: usize) -> Ty {
        let path = segments(&written.path);
        let last = written.path.segments.last();
        let arguments = || match last.map(|segment| &segment.arguments) {
            Some(PathArguments::AngleBracketed(arguments)) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(self.ty_at(module, ty, meaning, depth + 1)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if let Some(qualified) = &written.qself {
            let this = self.ty_at(module, &qualified.ty, meaning, depth + 1);
            return path
                .last()
                .map_or(Ty::Unknown, |name| self.associated(&this, name, depth));
        }
        if let [first, rest @ ..] = path.as_slice() {
            let known = match first.as_str() {
                "Self" => meaning.this.as_ref(),
                name => meaning.parameters.get(name),
            };
            match (known, rest) {
                (Some(known), []) => return known.clone(),
                (Some(known), [name]) => return self.associated(known, name, depth),
                _ => {}
            }
        }
        let found = self.resolve(module, &path);
        for def in &found {
            match def {
                Def::Type(id) if self.types[*id].is_trait => return Ty::Unknown,
                Def::Type(id) => return self.named(*id, arguments()),
                Def::Alias(alias) => {
                    let alias = &self.aliases[*alias];
                    let parameters = alias.parameters.iter().cloned().zip(arguments()).collect();
                    let meaning = Meaning {
                        parameters,
                        this: None,
                    };
                    return self.ty_at(alias.module, &alias.target, &meaning, depth + 1);
                }
                Def::External(path) => {
                    return foreign(path.last().map_or("", String::as_str), arguments());
                }
                _ => {}
            }
        }
        foreign(path.last().map_or("", String::as_str), arguments())
    }

    /// One of ours or of the project, where it is not a mere wrapper that is told better by what it wraps.
    fn named(&self, id: TypeId, arguments: Vec<Ty>) -> Ty {
        let info = &self.types[id];
        match (info.name.as_str(), self.is_ours(id), arguments.as_slice()) {
            ("Nullable", true, [inner]) => Ty::option(inner.clone()),
            ("List", true, [inner]) => Ty::list(inner.clone()),
            _ => Ty::Named(id, arguments),
        }
    }

    /// What a value of some bounds is: an iterator of it, a future of it, or what can be turned into it.
    fn bounds<'a>(
        &self,
        module: ModuleId,
        bounds: impl Iterator<Item = &'a TypeParamBound>,
        meaning: &Meaning,
        depth: usize,
    ) -> Ty {
        for bound in bounds {
            let TypeParamBound::Trait(bound) = bound else {
                continue;
            };
            let Some(last) = bound.path.segments.last() else {
                continue;
            };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                // A trait of the project has methods whose types are known.
                if let Some(id) = self.type_at(module, &segments(&bound.path)) {
                    return Ty::Named(id, Vec::new());
                }
                continue;
            };
            for argument in &arguments.args {
                let (name, ty) = match argument {
                    GenericArgument::Type(ty) => (String::new(), ty),
                    GenericArgument::AssocType(pair) => (plain(&pair.ident), &pair.ty),
                    _ => continue,
                };
                let ty = self.ty_at(module, ty, meaning, depth + 1);
                match (plain(&last.ident).as_str(), name.as_str()) {
                    (_, "Item") => return Ty::list(ty),
                    (_, "Output") => return Ty::Future(Box::new(ty)),
                    (_, "Target") | ("Into" | "AsRef" | "AsMut" | "Borrow" | "BorrowMut", "") => return ty,
                    _ => {}
                }
            }
        }
        Ty::Unknown
    }

    /// An associated type: `O::Response`.
    fn associated(&self, this: &Ty, name: &str, depth: usize) -> Ty {
        match this {
            Ty::Named(id, arguments) => match self.types[*id].associated.get(name) {
                Some((module, written)) => {
                    let meaning = Meaning {
                        parameters: self.type_arguments(*id, arguments),
                        this: Some(this.clone()),
                    };
                    self.ty_at(*module, written, &meaning, depth + 1)
                }
                None => Ty::Unknown,
            },
            Ty::List(inner) if name == "Item" => (**inner).clone(),
            _ => Ty::Unknown,
        }
    }

    pub(super) fn type_arguments(&self, id: TypeId, arguments: &[Ty]) -> HashMap<String, Ty> {
        self.types[id]
            .parameters
            .iter()
            .cloned()
            .zip(arguments.iter().cloned())
            .collect()
    }

    /// The meaning of parameters inside of a function, by their bounds.
    pub(super) fn inside(&self, module: ModuleId, generics: &syn::Generics, meaning: &mut Meaning) {
        for parameter in generics.type_params() {
            let ty = self.bounds(module, parameter.bounds.iter(), meaning, 0);
            meaning.parameters.insert(plain(&parameter.ident), ty);
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let syn::WherePredicate::Type(predicate) = predicate
                && let Type::Path(path) = &predicate.bounded_ty
                && let Some(ident) = path.path.get_ident()
            {
                let ty = self.bounds(module, predicate.bounds.iter(), meaning, 0);
                if ty != Ty::Unknown {
                    meaning.parameters.insert(plain(ident), ty);
                }
            }
        }
    }

    /// What the parameters of a function's types mean where it is called on `this`.
    pub(super) fn called(&self, function: &Function, this: Option<&Ty>) -> Meaning {
        let mut meaning = Meaning {
            parameters: HashMap::new(),
            this: this.cloned(),
        };
        if let Some((generics, self_type)) = &function.outer {
            for parameter in generics.type_params() {
                meaning.parameters.insert(plain(&parameter.ident), Ty::Unknown);
            }
            if let (Type::Path(path), Some(Ty::Named(_, arguments))) = (self_type, this)
                && let Some(last) = path.path.segments.last()
                && let PathArguments::AngleBracketed(written) = &last.arguments
            {
                let written = written.args.iter().filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                });
                for (written, ty) in written.zip(arguments) {
                    bind(written, ty, &mut meaning);
                }
            }
        }
        // What the bounds say holds until an argument says more.
        self.inside(function.module, &function.generics, &mut meaning);
        meaning
    }

    /// What a call gives.
    pub(super) fn output(&self, function: &Function, meaning: &Meaning) -> Ty {
        let ty = function
            .output
            .as_ref()
            .map_or(Ty::Other, |ty| self.ty(function.module, ty, meaning));
        if function.is_async {
            Ty::Future(Box::new(ty))
        } else {
            ty
        }
    }
}

/// Learns from an argument what a parameter of the type stands for.
pub(super) fn bind(written: &Type, ty: &Ty, meaning: &mut Meaning) {
    match written {
        Type::Reference(reference) => bind(&reference.elem, ty, meaning),
        Type::Path(path) => {
            if let Some(ident) = path.path.get_ident()
                && let Some(known) = meaning.parameters.get_mut(&plain(ident))
                && *ty != Ty::Unknown
            {
                *known = ty.clone();
            }
        }
        _ => {}
    }
}

/// A type of a crate that is not known here, by its name.
fn foreign(name: &str, arguments: Vec<Ty>) -> Ty {
    let ours = arguments.iter().any(Ty::may_be_ours);
    let mut arguments = arguments.into_iter();
    let first = arguments.next();
    let second = arguments.next();
    match (name, first, second) {
        ("Option", Some(inner), _) => Ty::option(inner),
        ("Result", Some(value), error) => Ty::result(value, error.unwrap_or(Ty::Other)),
        (
            "Vec" | "VecDeque" | "HashSet" | "BTreeSet" | "IndexSet" | "BinaryHeap" | "LinkedList"
            | "SmallVec" | "ArrayVec" | "Receiver" | "UnboundedReceiver" | "IntoIter" | "Iter" | "Peekable"
            | "ReceiverStream" | "BoxStream",
            Some(inner),
            _,
        ) => Ty::list(inner),
        (
            "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" | "FxHashMap" | "AHashMap",
            Some(key),
            Some(value),
        ) => Ty::Map(Box::new(key), Box::new(value)),
        (
            "Box" | "Arc" | "Rc" | "Mutex" | "RwLock" | "RefCell" | "Cell" | "OnceCell" | "OnceLock"
            | "LazyLock" | "Cow" | "Pin" | "Weak" | "MutexGuard" | "RwLockReadGuard" | "RwLockWriteGuard"
            | "Ref" | "RefMut" | "ManuallyDrop" | "Reverse" | "Saturating" | "Watch",
            Some(inner),
            _,
        ) => inner,
        ("BoxFuture" | "Ready", Some(inner), _) => Ty::Future(Box::new(inner)),
        ("JoinHandle" | "Timeout", Some(inner), _) => Ty::Future(Box::new(Ty::result(inner, Ty::Other))),
        _ if ours => Ty::Unknown,
        _ => Ty::Other,
    }
}
