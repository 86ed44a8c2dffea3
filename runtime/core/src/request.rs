//! Requests, declared by one table each.

/// Declares a request: the struct, `new` with its required parameters, the setters of its optional ones (on the
/// request and on a `Call` of it), and the traits by which a transport sends it.
///
/// Each parameter is one row: its field, its type and its name on the wire, and, where the type alone does not say how
/// it is sent, a function of [`parameter`](crate::parameter) behind `as`. Rows are sent in their order. `from` names a
/// struct of the required parameters, which `new` takes in place of positional arguments.
///
/// `constructors` are functions for what people do with the operation, with the parameters that they take; `from` names
/// a struct as for `new`. `rules` are what a request must obey (see [`rules`](crate::rules)): the rule in words, the
/// exchange's code, conditions behind `if`, and the demand. `limits` are those of single parameters, and `entries` are
/// rules of the objects that a parameter carries. `pages` says where the elements of a page are, if not in the answer
/// itself, and in which ways the request pages (see [`paging`](crate::paging)): what a page begins at and the parameter that says it, the limit with its
/// default and maximum (0 where one is not known), the longest span in milliseconds, and the time or id of an element.
///
/// `identity` says by what the exchange knows what a mutation makes or changes, and `by` the query that finds it.
///
/// The macro is for the crates of products: it expects a `Call` and the name of the product in their module `call`.
///
/// ```
/// # mod call {
/// #     pub const PRODUCT: &str = "spot";
/// #     pub struct Call<T, O> { pub transport: T, pub request: O }
/// # }
/// use binance_wire_core::parameter::millis;
/// use binance_wire_core::{Credit, Operation, RawJson, RestOperation, Text, Timestamp};
///
/// binance_wire_core::request! {
///     /// Recent trades.
///     pub struct Trades -> RawJson {
///         required {
///             /// Trading pair.
///             symbol: Text = "symbol",
///         }
///         optional {
///             /// The first of them.
///             start_time: Timestamp = "startTime" as millis,
///         }
///     }
///
///     constructors {
///         /// What was traded from a moment on.
///         since(symbol: Text, start_time: Timestamp) = Self::new(symbol).start_time(start_time);
///     }
///     rules {
///         "`symbol` must not be UNKNOWN." code -1121 => not("symbol", ["UNKNOWN"]);
///     }
///
///     credit |_| Credit::ip(5);
///
///     rest Get "/api/v3/trades" {
///         id: "trades",
///     }
/// }
///
/// # fn main() {
/// let trades = Trades::new("BTCUSDT").start_time(Timestamp::from_millis(1));
/// assert_eq!(trades.symbol, "BTCUSDT");
/// assert_eq!(Trades::PATH, "/api/v3/trades");
/// assert!(Trades::new("BTCUSDT").check().is_ok());
/// let refused = Trades::new("UNKNOWN").check().unwrap_err();
/// assert_eq!(refused.parameters, ["symbol"]);
/// # }
/// ```
#[allow(
    clippy::crate_in_macro_def,
    reason = "`Call` is the product's own, so that its setters can be inherent methods"
)]
#[macro_export]
macro_rules! request {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(from $named:ident)? -> $response:ty {
            $(optional {
                $($(#[$a_meta:meta])* $a:ident: $($a_type:ident)::+ $(<$a_of:ty>)? = $a_wire:literal $(as $a_with:expr)?,)*
            })?
            $(required {
                $($(#[$r_meta:meta])* $r:ident: $($r_type:ident)::+ $(<$r_of:ty>)? = $r_wire:literal $(as $r_with:expr)?,)*
            } $(optional {
                $($(#[$o_meta:meta])* $o:ident: $($o_type:ident)::+ $(<$o_of:ty>)? = $o_wire:literal $(as $o_with:expr)?,)*
            })?)*
            $($(#[$free_meta:meta])* free $free:ident,)?
        }

        $(constructors {
            $($(#[$c_meta:meta])* $c:ident $(from $c_named:ident)? ($($c_arg:ident: $($c_type:ident)::+ $(<$c_of:ty>)?),*) = $c_value:expr;)+
        })?
        $(rules {
            $($rule:literal $(code $rule_code:literal)? $(if $($rule_when:ident $rule_of:tt),+)? => $rule_need:ident $rule_args:tt;)+
        })?
        $(entries $entry:literal {
            $($e_rule:literal $(code $e_code:literal)? $(if $($e_when:ident $e_of:tt),+)? => $e_need:ident $e_args:tt;)+
        })*
        $(limits { $($limit:ident $limit_args:tt),+ })?
        $(pages $element:ty {
            $(rows |$answer:ident| $rows:expr;)?
            $(total |$counted:ident| $total:expr;)?
            $(cursor |$pointed:ident| $cursor:expr;)?
            $(id |$known:ident| $id:expr;)?
            $(by $by:ident($from:ident $(, to = $to:ident)? $(, limit = $page:ident($page_default:literal, $page_most:literal))? $(, first = $first:literal)? $(, span = $span:literal)? $(, key = |$keyed:ident| $key:expr)?);)+
        })?
        credit |$credit_of:pat_param| $credit:expr;
        $(identity { $($identity_field:ident: $identity_value:expr),+ $(,)? } $(by $query:path)?;)?
        $(sbe $sbe:path;)?
        $(rest $method:ident $path:literal $(= [$($piece:tt)+])? {
            $($rest_field:ident: $rest_value:expr,)*
        }
        $(headers { $($header:ident = $header_wire:literal $(as $header_with:expr)?,)+ })?)?
        $(ws_api $ws_method:literal { $($ws_field:ident: $ws_value:expr,)* })?
    ) => {
        $(#[$meta])*
        $(
            #[doc = "\n# Rules\n"]
            $(#[doc = concat!("- ", $rule, $(" (", $rule_code, ")",)?)])+
        )?
        $($(#[doc = concat!("- Of each of `", $entry, "`: ", $e_rule, $(" (", $e_code, ")",)?)])+)*
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct $name {
            $($($(#[$a_meta])* pub $a: ::core::option::Option<$($a_type)::+ $(<$a_of>)?>,)*)?
            $($($(#[$r_meta])* pub $r: $($r_type)::+ $(<$r_of>)?,)*
            $($($(#[$o_meta])* pub $o: ::core::option::Option<$($o_type)::+ $(<$o_of>)?>,)*)?)*
            $(
                /// Parameters by name, in the order in which they are sent.
                pub $free: $crate::FreeParameters,
            )?
        }

        $crate::fields!($name { $($($a)*)? $($($r)* $($($o)*)?)* $($free)? });

        $crate::request! {
            @new $name $($named)?
            { $($([$(#[$r_meta])*] $r ($($r_type)::+ $(<$r_of>)?))*)* }
            { $($($a)*)? $($($($o)*)?)* }
            { $($free)? }
        }

        impl $name {
            $($($crate::request!(@setter [$(#[$a_meta])* #[must_use]] self, self.$a, $a: $($a_type)::+ $(<$a_of>)?);)*)?
            $($($($crate::request!(@setter [$(#[$o_meta])* #[must_use]] self, self.$o, $o: $($o_type)::+ $(<$o_of>)?);)*)?)*
            $($crate::request!(@free [$(#[$free_meta])* #[must_use]] self, self.$free);)?
        }

        $($(
            $crate::request! {
                @constructor $name $c $($c_named)? [$(#[$c_meta])*]
                ($($c_arg ($($c_type)::+ $(<$c_of>)?))*) $c_value
            }
        )+)?

        impl<T> crate::call::Call<T, $name> {
            $($($crate::request!(@setter [$(#[$a_meta])*] self, self.request.$a, $a: $($a_type)::+ $(<$a_of>)?);)*)?
            $($($($crate::request!(@setter [$(#[$o_meta])*] self, self.request.$o, $o: $($o_type)::+ $(<$o_of>)?);)*)?)*
            $($crate::request!(@free [$(#[$free_meta])*] self, self.request.$free);)?
        }

        $crate::impl_serde_request! {
            $name
            {
                $($(nullable $a: ::core::option::Option<$($a_type)::+ $(<$a_of>)?> = $a_wire,)*)?
                $(
                    $(required $r: $($r_type)::+ $(<$r_of>)? = $r_wire,)*
                    $($(nullable $o: ::core::option::Option<$($o_type)::+ $(<$o_of>)?> = $o_wire,)*)?
                )*
            }
            { $($free)? }
        }

        impl $crate::Operation for $name {
            type Response = $response;

            $(
                #[cfg(feature = "sbe")]
                const SBE: ::core::option::Option<
                    fn(&[u8]) -> ::core::result::Result<Self::Response, $crate::DecodeError>,
                > = ::core::option::Option::Some($sbe);
            )?

            $(const IDENTITY: $crate::Identity = $crate::Identity {
                $($identity_field: $identity_value,)+
                ..$crate::Identity::NONE
            };)?

            $crate::request! {
                @rules
                { $($({ $rule $(code $rule_code)? $(if $($rule_when $rule_of),+)? => $rule_need $rule_args })+)? }
                { $($({ @need $limit $limit_args })+)? }
                { $($entry { $({ $e_rule $(code $e_code)? $(if $($e_when $e_of),+)? => $e_need $e_args })+ })* }
            }

            fn write_params(&self, sink: &mut dyn $crate::ParamSink) {
                let _ = &sink;
                $($(
                    if let ::core::option::Option::Some(value) = &self.$a {
                        $crate::Parameter::write(&$($a_with)? (value), $a_wire, sink);
                    }
                )*)?
                $(
                    $($crate::Parameter::write(&$($r_with)? (&self.$r), $r_wire, sink);)*
                    $($(
                        if let ::core::option::Option::Some(value) = &self.$o {
                            $crate::Parameter::write(&$($o_with)? (value), $o_wire, sink);
                        }
                    )*)?
                )*
                $(self.$free.write(sink);)?
            }

            fn credit(&self) -> $crate::Credit {
                let $credit_of = self;
                $credit
            }

        }

        $($(
            impl $crate::Reconcile for $name {
                type Query = $query;
            }
        )?)?

        $(
            impl $crate::Paged for $name {
                type Item = $element;

                const WAYS: &'static [$crate::paging::Way<Self>] = &[$($crate::paging::Way {
                    by: $crate::paging::PagedBy::$by,
                    fields: |request| $crate::paging::Fields {
                        from: &mut request.$from,
                        to: $crate::request!(@field request $($to)?),
                        limit: $crate::request!(@field request $($page)?),
                    },
                    default_limit: 0 $(+ $page_default)?,
                    max_limit: 0 $(+ $page_most)?,
                    span: 0 $(+ $span)?,
                    first: 0 $(+ $first)?,
                    key: $crate::request!(@key $(|$keyed| $key)?),
                }),+];

                fn rows(response: Self::Response) -> ::core::option::Option<$crate::List<Self::Item>> {
                    $crate::paging::PageRows::rows($crate::request!(@rows response $(|$answer| $rows)?))
                }

                $(
                    fn total(response: &Self::Response) -> ::core::option::Option<i64> {
                        let $counted = response;
                        $crate::paging::PageValue::number(&$total)
                    }
                )?

                $(
                    fn cursor(response: &Self::Response) -> ::core::option::Option<$crate::Text> {
                        let $pointed = response;
                        $crate::paging::PageValue::text(&$cursor)
                    }
                )?

                $(
                    fn id(item: &Self::Item) -> ::core::option::Option<i64> {
                        let $known = item;
                        $crate::paging::PageValue::number(&$id)
                    }
                )?
            }
        )?

        $(
            impl $crate::RestOperation for $name {
                const INFO: $crate::OperationInfo = $crate::OperationInfo {
                    product: crate::call::PRODUCT,
                    $($rest_field: $rest_value,)*
                    ..$crate::OperationInfo::DEFAULT
                };
                const METHOD: $crate::HttpMethod = $crate::HttpMethod::$method;
                const PATH: &'static str = $path;

                $(
                    fn path(&self) -> ::std::borrow::Cow<'static, str> {
                        let mut path = ::std::string::String::with_capacity(64);
                        $($crate::request!(@piece self, path, $piece);)+
                        path.into()
                    }
                )?

                $(
                    fn write_headers(&self, sink: &mut dyn $crate::ParamSink) {
                        $($crate::Parameter::write(&$($header_with)? (&self.$header), $header_wire, sink);)+
                    }
                )?
            }
        )?

        $(
            impl $crate::WsApiOperation for $name {
                const INFO: $crate::OperationInfo = $crate::OperationInfo {
                    product: crate::call::PRODUCT,
                    $($ws_field: $ws_value,)*
                    ..$crate::OperationInfo::DEFAULT
                };
                const METHOD: &'static str = $ws_method;
            }
        )?
    };

    (@new $name:ident
        { $([$($meta:tt)*] $required:ident ($($ty:tt)+))* }
        { $($optional:ident)* }
        { $($free:ident)? }
    ) => {
        impl $name {
            /// The request with its required parameters.
            pub fn new($($required: $crate::request!(@taken $($ty)+)),*) -> Self {
                Self {
                    $($required: $crate::request!(@into $required, $($ty)+),)*
                    $($optional: ::core::option::Option::None,)*
                    $($free: ::core::default::Default::default(),)?
                }
            }
        }
    };
    (@new $name:ident $named:ident
        { $([$($meta:tt)*] $required:ident ($($ty:tt)+))* }
        { $($optional:ident)* }
        { $($free:ident)? }
    ) => {
        #[doc = concat!(" The required parameters of [`", stringify!($name), "`].")]
        #[derive(Clone)]
        pub struct $named {
            $($($meta)* pub $required: $($ty)+,)*
        }

        $crate::fields!($named { $($required)* });

        impl $name {
            /// The request with its required parameters.
            pub fn new(required: $named) -> Self {
                let $named { $($required,)* } = required;
                Self {
                    $($required,)*
                    $($optional: ::core::option::Option::None,)*
                    $($free: ::core::default::Default::default(),)?
                }
            }
        }
    };

    (@rules {} {} {}) => {};
    (@rules { $({ $($rule:tt)+ })* } { $({ $($limit:tt)+ })* } { $($entry:literal { $({ $($of:tt)+ })+ })* }) => {
        const RULES: $crate::Rules = $crate::Rules::new(
            $crate::request!(@list $(($crate::rule!($($rule)+)))*),
            $crate::request!(@list $(($crate::rule!($($limit)+)))*),
            $crate::request!(@list $((($entry, &[$($crate::rule!($($of)+)),+])))*),
        );
    };

    // A list; an empty one is a constant, which costs nothing to compile.
    (@list) => { $crate::rules::none() };
    (@list $(($item:expr))+) => { &[$($item),+] };

    (@constructor $name:ident $constructor:ident [$($meta:tt)*] ($($arg:ident ($($ty:tt)+))*) $value:expr) => {
        impl $name {
            $($meta)*
            pub fn $constructor($($arg: $crate::request!(@taken $($ty)+)),*) -> Self {
                $(let $arg = $crate::request!(@into $arg, $($ty)+);)*
                $value
            }
        }
    };
    (@constructor $name:ident $constructor:ident $named:ident [$($meta:tt)*]
        ($($arg:ident ($($ty:tt)+))*) $value:expr
    ) => {
        #[doc = concat!(" The arguments of [`", stringify!($name), "::", stringify!($constructor), "`].")]
        #[derive(Clone)]
        pub struct $named {
            $(
                #[doc = concat!(" [`", stringify!($arg), "`](field@", stringify!($name), "::", stringify!($arg), ").")]
                pub $arg: $($ty)+,
            )*
        }

        $crate::fields!($named { $($arg)* });

        impl $name {
            $($meta)*
            pub fn $constructor(arguments: $named) -> Self {
                let $named { $($arg,)* } = arguments;
                $value
            }
        }
    };

    (@setter [$($meta:tt)*] $self:ident, $place:expr, $name:ident: Text) => {
        $($meta)*
        pub fn $name(mut $self, value: impl Into<Text>) -> Self {
            $place = ::core::option::Option::Some(value.into());
            $self
        }
    };
    (@setter [$($meta:tt)*] $self:ident, $place:expr, $name:ident: Decimal) => {
        $($meta)*
        pub fn $name(mut $self, value: impl Into<Decimal>) -> Self {
            $place = ::core::option::Option::Some(value.into());
            $self
        }
    };
    (@setter [$($meta:tt)*] $self:ident, $place:expr, $name:ident: Vec<$of:ty>) => {
        $($meta)*
        pub fn $name(mut $self, values: impl IntoIterator<Item = impl Into<$of>>) -> Self {
            $place = ::core::option::Option::Some(values.into_iter().map(Into::into).collect());
            $self
        }
    };
    (@setter [$($meta:tt)*] $self:ident, $place:expr, $name:ident: $ty:ty) => {
        $($meta)*
        pub fn $name(mut $self, value: $ty) -> Self {
            $place = ::core::option::Option::Some(value);
            $self
        }
    };

    (@free [$($meta:tt)*] $self:ident, $place:expr) => {
        $($meta)*
        pub fn parameter(
            mut $self,
            name: impl Into<$crate::Text>,
            value: impl Into<$crate::ParamValue>,
        ) -> Self {
            $place.push(name, value);
            $self
        }
    };

    (@field $request:ident) => { ::core::option::Option::None };
    (@field $request:ident $field:ident) => { ::core::option::Option::Some(&mut $request.$field) };

    (@rows $response:ident) => { $response };
    (@rows $response:ident |$answer:ident| $rows:expr) => {{
        let $answer = $response;
        $rows
    }};

    (@key) => { ::core::option::Option::None };
    (@key |$keyed:ident| $key:expr) => {
        ::core::option::Option::Some(|$keyed| $crate::paging::PageValue::number(&$key))
    };

    (@taken Text) => { impl Into<Text> };
    (@taken Decimal) => { impl Into<Decimal> };
    (@taken Vec<$of:ty>) => { impl IntoIterator<Item = impl Into<$of>> };
    (@taken $ty:ty) => { $ty };

    (@into $value:ident, Text) => { $value.into() };
    (@into $value:ident, Decimal) => { $value.into() };
    (@into $value:ident, Vec<$of:ty>) => { $value.into_iter().map(Into::into).collect() };
    (@into $value:ident, $ty:ty) => { $value };

    (@piece $self:ident, $path:ident, $literal:literal) => { $path.push_str($literal) };
    (@piece $self:ident, $path:ident, {$name:ident}) => {
        $crate::push_path_segment(&mut $path, &$self.$name)
    };
}
