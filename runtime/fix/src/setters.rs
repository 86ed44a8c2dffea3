//! Setters of messages and groups.

/// Declares the setters of a struct's optional fields, one line each.
///
/// ```
/// #[derive(Default)]
/// pub struct Heartbeat<'a> {
///     pub test_req_id: Option<&'a str>,
/// }
///
/// binance_wire_fix::setters! {
///     Heartbeat {
///         /// Sets TestReqID (112).
///         value test_req_id: &'a str,
///     }
/// }
///
/// assert_eq!(Heartbeat::default().test_req_id("1").test_req_id, Some("1"));
/// ```
#[macro_export]
macro_rules! setters {
    ($owner:ident { $($(#[$meta:meta])* value $name:ident : $ty:ty,)* }) => {
        impl<'a> $owner<'a> {
            $(
                $(#[$meta])*
                #[must_use]
                pub fn $name(mut self, value: $ty) -> Self {
                    self.$name = Some(value);
                    self
                }
            )*
        }
    };
}
