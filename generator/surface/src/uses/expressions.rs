//! Expressions: what they use, and the type that each has as far as it can be told.

use syn::{Expr, Lit, PathArguments, Stmt};

use super::How;
use super::index::{Def, Function, Index, TypeId, plain};
use super::patterns::member;
use super::types::{Ty, bind};
use super::walk::Walker;

impl Index {
    /// The request of a call: `Call<&Client, NewOrder>`.
    pub(super) fn request_of(&self, ty: &Ty) -> Option<TypeId> {
        match ty {
            Ty::Named(id, arguments) if self.is_ours(*id) && self.types[*id].name == "Call" => {
                match arguments.as_slice() {
                    [_, Ty::Named(request, _)] => Some(*request),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Walker<'_> {
    pub(super) fn block(&mut self, block: &syn::Block) -> Ty {
        let module = self.enter_block(block);
        let ty = self.scoped(|walker| walker.statements(&block.stmts));
        self.module = module;
        ty
    }

    /// Gives the type of the last expression, if there is no semicolon after it.
    pub(super) fn statements(&mut self, statements: &[Stmt]) -> Ty {
        let mut last = Ty::Other;
        for statement in statements {
            last = Ty::Other;
            match statement {
                Stmt::Local(local) => {
                    let ty = match &local.init {
                        Some(init) => {
                            let ty = self.expression(&init.expr);
                            if let Some((_, otherwise)) = &init.diverge {
                                self.expression(otherwise);
                            }
                            ty
                        }
                        None => Ty::Unknown,
                    };
                    self.pattern(&local.pat, &ty);
                }
                Stmt::Item(item) => self.item(item),
                Stmt::Expr(expression, semicolon) => {
                    let ty = self.expression(expression);
                    if semicolon.is_none() {
                        last = ty;
                    }
                }
                Stmt::Macro(call) => {
                    let ty = self.macro_call(&call.mac);
                    if call.semi_token.is_none() {
                        last = ty;
                    }
                }
            }
        }
        last
    }

    /// An expression; gives its type.
    pub(super) fn expression(&mut self, expression: &Expr) -> Ty {
        match expression {
            Expr::Path(path) => self.path_expression(path),
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Call(call) => self.call(call),
            Expr::Field(field) => {
                let base = self.expression(&field.base);
                let (name, span) = member(&field.member);
                self.field_access(&base, &name, span)
            }
            Expr::Macro(call) => self.macro_call(&call.mac),
            Expr::Struct(literal) => self.struct_literal(literal),
            Expr::Lit(literal) => {
                self.literal(&literal.lit);
                Ty::Other
            }
            Expr::Reference(inner) => self.expression(&inner.expr),
            Expr::RawAddr(inner) => self.expression(&inner.expr),
            Expr::Paren(inner) => self.expression(&inner.expr),
            Expr::Group(inner) => self.expression(&inner.expr),
            Expr::Unary(inner) => {
                let ty = self.expression(&inner.expr);
                match inner.op {
                    syn::UnOp::Deref(_) => ty,
                    _ => Ty::Other,
                }
            }
            Expr::Await(inner) => match self.expression(&inner.base) {
                Ty::Future(inner) => *inner,
                // What a stream or a channel gives is taken for an option, whether it is waited for or not.
                option @ (Ty::Option(_) | Ty::Other) => option,
                _ => Ty::Unknown,
            },
            Expr::Try(inner) => match self.expression(&inner.expr) {
                Ty::Option(inner) | Ty::Result(inner, _) => *inner,
                _ => Ty::Unknown,
            },
            Expr::Block(block) => self.block(&block.block),
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::Const(block) => self.block(&block.block),
            Expr::Async(block) => Ty::Future(Box::new(self.block(&block.block))),
            Expr::TryBlock(block) => Ty::result(self.block(&block.block), Ty::Unknown),
            Expr::If(condition) => self.scoped(|walker| {
                walker.expression(&condition.cond);
                let ty = walker.block(&condition.then_branch);
                match &condition.else_branch {
                    Some((_, otherwise)) => ty.merge(walker.expression(otherwise)),
                    None => Ty::Other,
                }
            }),
            Expr::Let(binding) => {
                let ty = self.expression(&binding.expr);
                self.pattern(&binding.pat, &ty);
                Ty::Other
            }
            Expr::Match(value) => {
                let ty = self.expression(&value.expr);
                value.arms.iter().fold(Ty::Unknown, |result, arm| {
                    let arm = self.scoped(|walker| {
                        walker.pattern(&arm.pat, &ty);
                        walker.expression(&arm.body)
                    });
                    result.merge(arm)
                })
            }
            Expr::While(repeated) => {
                self.scoped(|walker| {
                    walker.expression(&repeated.cond);
                    walker.block(&repeated.body);
                });
                Ty::Other
            }
            Expr::ForLoop(repeated) => {
                let items = match self.expression(&repeated.expr) {
                    Ty::List(inner) => *inner,
                    Ty::Map(key, value) => Ty::Tuple(vec![*key, *value]),
                    Ty::Option(inner) | Ty::Result(inner, _) => *inner,
                    Ty::Other => Ty::Other,
                    _ => Ty::Unknown,
                };
                self.scoped(|walker| {
                    walker.pattern(&repeated.pat, &items);
                    walker.block(&repeated.body);
                });
                Ty::Other
            }
            Expr::Loop(repeated) => {
                self.block(&repeated.body);
                Ty::Unknown
            }
            Expr::Closure(closure) => {
                self.closure(closure, &[]);
                Ty::Unknown
            }
            Expr::Assign(assign) => {
                let ty = self.expression(&assign.right);
                self.expression(&assign.left);
                self.learn(&assign.left, ty);
                Ty::Other
            }
            Expr::Binary(binary) => {
                let left = self.expression(&binary.left);
                let right = self.expression(&binary.right);
                self.spelled(&binary.left, &right);
                self.spelled(&binary.right, &left);
                Ty::Other
            }
            Expr::Index(index) => {
                let base = self.expression(&index.expr);
                self.expression(&index.index);
                self.member_text(&index.index);
                match (base, &*index.index) {
                    // A part of a list is a list.
                    (list @ Ty::List(_), Expr::Range(_)) => list,
                    (Ty::List(inner) | Ty::Map(_, inner), _) => *inner,
                    (Ty::Other, _) => Ty::Other,
                    _ => Ty::Unknown,
                }
            }
            Expr::Tuple(tuple) if tuple.elems.is_empty() => Ty::Other,
            Expr::Tuple(tuple) => Ty::Tuple(
                tuple
                    .elems
                    .iter()
                    .map(|element| self.expression(element))
                    .collect(),
            ),
            Expr::Array(array) => {
                let types: Vec<Ty> = array
                    .elems
                    .iter()
                    .map(|element| self.expression(element))
                    .collect();
                Ty::list(types.into_iter().fold(Ty::Unknown, Ty::merge))
            }
            Expr::Repeat(repeat) => {
                self.expression(&repeat.len);
                Ty::list(self.expression(&repeat.expr))
            }
            Expr::Cast(cast) => {
                self.expression(&cast.expr);
                self.written_type(&cast.ty)
            }
            Expr::Range(range) => {
                for end in [&range.start, &range.end].into_iter().flatten() {
                    self.expression(end);
                }
                Ty::list(Ty::Other)
            }
            Expr::Return(value) => self.leaves(value.expr.as_deref()),
            Expr::Break(value) => self.leaves(value.expr.as_deref()),
            Expr::Yield(value) => self.leaves(value.expr.as_deref()),
            Expr::Continue(_) => Ty::Unknown,
            Expr::Verbatim(tokens) => {
                self.tokens_by_name(tokens.clone());
                Ty::Unknown
            }
            _ => Ty::Unknown,
        }
    }

    fn leaves(&mut self, value: Option<&Expr>) -> Ty {
        if let Some(value) = value {
            self.expression(value);
        }
        Ty::Unknown
    }

    /// A closure whose parameters have the given types; gives the type of its value.
    pub(super) fn closure(&mut self, closure: &syn::ExprClosure, parameters: &[Ty]) -> Ty {
        self.scoped(|walker| {
            for (at, input) in closure.inputs.iter().enumerate() {
                walker.pattern(input, parameters.get(at).unwrap_or(&Ty::Unknown));
            }
            let body = walker.expression(&closure.body);
            let ty = match &closure.output {
                syn::ReturnType::Type(_, ty) => walker.written_type(ty).merge(body),
                syn::ReturnType::Default => body,
            };
            match closure.asyncness {
                Some(_) => Ty::Future(Box::new(ty)),
                None => ty,
            }
        })
    }

    /// A text that is passed where an enum is wanted, or compared with one.
    pub(super) fn spelled(&mut self, expression: &Expr, wanted: &Ty) {
        // `"FILLED".into()`, `&"FILLED"`
        let mut expression = expression;
        loop {
            expression = match expression {
                Expr::MethodCall(call) if call.method == "into" => &call.receiver,
                Expr::Reference(inner) => &inner.expr,
                Expr::Paren(inner) => &inner.expr,
                _ => break,
            };
        }
        let (Expr::Lit(literal), Ty::Named(id, _)) = (expression, wanted) else {
            return;
        };
        let Lit::Str(text) = &literal.lit else {
            return;
        };
        let value = text.value();
        let variants = &self.index.types[*id].variants;
        if let Some(at) = variants
            .iter()
            .position(|variant| variant.wire.as_ref() == Some(&value))
        {
            let watch = self.watch;
            self.certain(watch.variants.get(&(*id, at)), text.span(), How::Spells);
        }
    }

    fn path_expression(&mut self, path: &syn::ExprPath) -> Ty {
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
            && let Some(ty) = self.local(&plain(ident))
        {
            return ty.clone();
        }
        for def in self.qualified(path.qself.as_ref(), &path.path, How::Names) {
            match def {
                Def::Variant(id, _) => return Ty::Named(id, Vec::new()),
                Def::Constant(id) => {
                    let constant = &self.index.constants[id];
                    return self.index.ty(constant.module, &constant.ty, &Default::default());
                }
                Def::Type(id) => return Ty::Named(id, Vec::new()),
                _ => {}
            }
        }
        match path.path.get_ident().map(plain).as_deref() {
            Some("None") => Ty::option(Ty::Unknown),
            _ => Ty::Unknown,
        }
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> Ty {
        let found = self.path(&literal.path, How::Constructs);
        let ty = found
            .iter()
            .find_map(|def| match def {
                Def::Variant(id, _) => Some(*id),
                def => self.index.as_type(def),
            })
            .map_or(Ty::Unknown, |id| Ty::Named(id, Vec::new()));
        if let Some(id) = found.iter().find_map(|def| self.index.as_type(def))
            && let Some(segment) = literal.path.segments.last()
        {
            let watch = self.watch;
            self.certain(watch.constructors.get(&id), segment.ident.span(), How::Constructs);
        }
        for field in &literal.fields {
            let (name, span) = member(&field.member);
            let wanted = self.field_of(&found, &name, span, &ty, How::Constructs);
            self.expression(&field.expr);
            self.spelled(&field.expr, &wanted);
        }
        if let Some(rest) = &literal.rest {
            self.expression(rest);
        }
        ty
    }

    fn call(&mut self, call: &syn::ExprCall) -> Ty {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let Expr::Path(callee) = &*call.func else {
            let callee = self.expression(&call.func);
            for argument in arguments {
                self.expression(argument);
            }
            return if callee == Ty::Other {
                Ty::Other
            } else {
                Ty::Unknown
            };
        };
        if callee.qself.is_none()
            && let Some(ident) = callee.path.get_ident()
            && self.local(&plain(ident)).is_some()
        {
            for argument in arguments {
                self.expression(argument);
            }
            return Ty::Unknown;
        }
        let found = self.qualified(callee.qself.as_ref(), &callee.path, How::Calls);
        let index = self.index;
        for def in &found {
            match def {
                Def::Function(id) => return self.called(&index.functions[*id], None, &arguments),
                Def::Variant(id, _) | Def::Type(id) => {
                    let types: Vec<Ty> = arguments
                        .iter()
                        .map(|argument| self.expression(argument))
                        .collect();
                    // The parameters of a generic enum are those of its contents, as far as it matters.
                    let parameters = index.types[*id].parameters.len();
                    return Ty::Named(*id, types.into_iter().take(parameters).collect());
                }
                Def::Associated(id, name) => {
                    return self.associated_call(*id, name, &callee.path, &arguments);
                }
                _ => {}
            }
        }
        let real = found.iter().find_map(|def| match def {
            Def::External(path) => Some(path.clone()),
            _ => None,
        });
        let names = real.unwrap_or_else(|| super::index::segments(&callee.path));
        self.foreign_call(&names, &callee.path, &arguments)
    }

    /// `NewOrder::new(…)`, `Client::new_order(&client, …)`, `Wrapper::from(…)`
    fn associated_call(&mut self, id: TypeId, name: &str, path: &syn::Path, arguments: &[&Expr]) -> Ty {
        let index = self.index;
        let count = path.segments.len();
        let written = path.segments.iter().nth(count.saturating_sub(2));
        let mut of = Vec::new();
        if let Some(PathArguments::AngleBracketed(arguments)) = written.map(|segment| &segment.arguments) {
            for argument in &arguments.args {
                if let syn::GenericArgument::Type(ty) = argument {
                    of.push(index.ty(self.module, ty, &self.meaning));
                }
            }
        }
        let mut this = Ty::Named(id, of);
        if let Some(function) = index.types[id].methods.get(name).and_then(|all| all.first()) {
            if !function.has_self {
                return self.called(function, Some(&this), arguments);
            }
            let Some((first, rest)) = arguments.split_first() else {
                return Ty::Unknown;
            };
            this = self.expression(first).merge(this);
            return self.called(function, Some(&this), rest);
        }
        for argument in arguments {
            self.expression(argument);
            self.spelled(argument, &this);
        }
        match name {
            "default" | "clone" | "from" | "new" => this,
            "from_str" | "try_from" | "parse" => Ty::result(this, Ty::Other),
            _ => Ty::Unknown,
        }
    }

    /// A call of a function whose signature is known.
    pub(super) fn called(&mut self, function: &Function, this: Option<&Ty>, arguments: &[&Expr]) -> Ty {
        let index = self.index;
        let mut meaning = index.called(function, this);
        for (at, argument) in arguments.iter().enumerate() {
            let written = function.arguments.get(at);
            let wanted = written.map_or(Ty::Unknown, |ty| index.ty(function.module, ty, &meaning));
            let ty = match argument {
                Expr::Closure(closure) => self.closure(closure, &self.closure_parameters(function, written)),
                argument => self.expression(argument),
            };
            self.spelled(argument, &wanted);
            if let Some(written) = written {
                bind(written, &ty, &mut meaning);
            }
        }
        index.output(function, &meaning)
    }

    /// What a function gives to the closure that it is given: `impl Fn(&Order)`.
    fn closure_parameters(&self, function: &Function, written: Option<&syn::Type>) -> Vec<Ty> {
        let bounds: Vec<&syn::TypeParamBound> = match written {
            Some(syn::Type::ImplTrait(ty)) => ty.bounds.iter().collect(),
            Some(syn::Type::Path(path)) => function
                .generics
                .type_params()
                .filter(|parameter| path.path.is_ident(&parameter.ident))
                .flat_map(|parameter| &parameter.bounds)
                .collect(),
            _ => Vec::new(),
        };
        for bound in bounds {
            if let syn::TypeParamBound::Trait(bound) = bound
                && let Some(last) = bound.path.segments.last()
                && let PathArguments::Parenthesized(signature) = &last.arguments
            {
                let inputs = signature.inputs.iter();
                return inputs
                    .map(|input| self.index.ty(function.module, &input.ty, &Default::default()))
                    .collect();
            }
        }
        Vec::new()
    }

    /// A call of something that is not known here.
    fn foreign_call(&mut self, names: &[String], path: &syn::Path, arguments: &[&Expr]) -> Ty {
        let types: Vec<Ty> = arguments
            .iter()
            .map(|argument| self.expression(argument))
            .collect();
        let mut types = types.into_iter();
        let first = types.next();
        let second = types.next();
        let name = names.last().map_or("", String::as_str);
        let owner = names.len().checked_sub(2).map_or("", |at| names[at].as_str());
        match (owner, name, first) {
            (_, "Some", Some(inner)) => Ty::option(inner),
            (_, "Ok", Some(inner)) => Ty::result(inner, Ty::Unknown),
            (_, "Err", Some(inner)) => Ty::result(Ty::Unknown, inner),
            (
                "Box" | "Arc" | "Rc" | "Mutex" | "RwLock" | "RefCell" | "Cell" | "Cow" | "Pin",
                "new" | "pin" | "clone" | "from",
                Some(inner),
            )
            | ("mem", "take" | "replace", Some(inner))
            | ("" | "future" | "hint", "drop" | "identity" | "ready" | "black_box", Some(inner)) => inner,
            (_, "timeout", Some(_)) => match second {
                Some(Ty::Future(inner)) => Ty::Future(Box::new(Ty::result(*inner, Ty::Other))),
                _ => Ty::Unknown,
            },
            (_, "spawn" | "spawn_local" | "spawn_blocking", Some(Ty::Future(inner))) => {
                Ty::Future(Box::new(Ty::result(*inner, Ty::Other)))
            }
            (
                "Vec" | "List" | "VecDeque" | "HashSet" | "BTreeSet",
                "new" | "with_capacity" | "default",
                _,
            ) => Ty::list(self.turbofish(path)),
            ("HashMap" | "BTreeMap" | "IndexMap" | "DashMap", "new" | "with_capacity" | "default", _) => {
                Ty::Map(Box::new(Ty::Unknown), Box::new(Ty::Unknown))
            }
            // A constructor of a type of another crate.
            (owner, _, None) if owner.starts_with(char::is_uppercase) => Ty::Other,
            ("String" | "Duration" | "Instant" | "PathBuf" | "Url" | "SystemTime", ..) => Ty::Other,
            _ => Ty::Unknown,
        }
    }

    /// The type in `Vec::<Order>::new()`.
    fn turbofish(&self, path: &syn::Path) -> Ty {
        for segment in &path.segments {
            if let PathArguments::AngleBracketed(arguments) = &segment.arguments
                && let Some(syn::GenericArgument::Type(ty)) = arguments.args.first()
            {
                return self.index.ty(self.module, ty, &self.meaning);
            }
        }
        Ty::Unknown
    }
}
