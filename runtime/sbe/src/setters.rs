//! Setters of owned messages.

/// Declares the setters of a struct's fields, one line each: `value` sets an option, `into` does so after a conversion,
/// and
/// `entries` sets the entries of a group.
///
/// ```
/// #[derive(Default)]
/// pub struct Order {
///     pub quantity: Option<i64>,
///     pub symbol: Option<String>,
///     pub legs: Vec<i64>,
/// }
///
/// binance_wire_sbe::setters! {
///     Order {
///         /// Sets the quantity.
///         value quantity: i64,
///         /// Sets the symbol.
///         into symbol: String,
///         /// Sets the legs.
///         entries legs: Vec<i64>,
///     }
/// }
///
/// let order = Order::default().quantity(1).symbol("BTCUSDT").legs(vec![2]);
/// assert_eq!(order.quantity, Some(1));
/// assert_eq!(order.symbol.as_deref(), Some("BTCUSDT"));
/// assert_eq!(order.legs, [2]);
/// ```
#[macro_export]
macro_rules! setters {
    ($owner:ident { $($(#[$meta:meta])* $how:ident $name:ident : $ty:ty,)* }) => {
        impl $owner {
            $($crate::setters!(@setter [$(#[$meta])*] $how $name: $ty);)*
        }
    };
    (@setter [$($meta:tt)*] value $name:ident : $ty:ty) => {
        $($meta)*
        #[must_use]
        pub fn $name(mut self, value: $ty) -> Self {
            self.$name = Some(value);
            self
        }
    };
    (@setter [$($meta:tt)*] into $name:ident : $ty:ty) => {
        $($meta)*
        #[must_use]
        pub fn $name(mut self, value: impl Into<$ty>) -> Self {
            self.$name = Some(value.into());
            self
        }
    };
    (@setter [$($meta:tt)*] entries $name:ident : $ty:ty) => {
        $($meta)*
        #[must_use]
        pub fn $name(mut self, value: $ty) -> Self {
            self.$name = value;
            self
        }
    };
}
