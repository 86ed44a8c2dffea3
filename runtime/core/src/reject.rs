//! The reason of a refused order, which the exchange says in the text of an error.

use crate::{ApiError, Error, ErrorCode, ValueSet};

/// Errors whose text is the reason: of the matching engine (-1010, -2010, -2011, -2038), and of what is checked before
/// it, filters above all (-1013).
pub const CODES_WITH_A_REASON: [ErrorCode; 5] = [
    ErrorCode(-1010),
    ErrorCode(-1013),
    ErrorCode(-2010),
    ErrorCode(-2011),
    ErrorCode(-2038),
];

/// The reason that a text states under a code: for errors that come in other forms than [`ApiError`], such as the two
/// halves of a cancel-replace, or `ErrorCode` and `Text` of a FIX message.
///
/// `R` is the value set `RejectReason` of a product. A text that it does not list is kept in `Unrecognized`; `None`
/// where the text of such a code is no reason.
pub fn reject_reason<R: ValueSet>(code: ErrorCode, text: &str) -> Option<R> {
    if !CODES_WITH_A_REASON.contains(&code) {
        return None;
    }
    // The documentation and the transports do not agree on the full stop.
    let text = text.trim();
    let same = |known: &&&str| known.trim_end_matches('.') == text.trim_end_matches('.');
    Some(R::from_wire(R::KNOWN.iter().find(same).unwrap_or(&text)))
}

impl ApiError {
    /// The reason why an order, a cancellation or an amendment was refused, as a value of the product's `RejectReason`:
    /// `error.reject_reason::<RejectReason>()`, where what is done with it does not say so.
    ///
    /// ```
    /// # binance_wire_core::open_enum! {
    /// #     /// Why an order was refused.
    /// #     pub enum RejectReason {
    /// #         /// The balance.
    /// #         AccountHasInsufficientBalanceForRequestedAction = "Account has insufficient balance for requested action.",
    /// #         /// The lot size.
    /// #         FilterFailureLotSize = "Filter failure: LOT_SIZE",
    /// #     }
    /// # }
    /// # let mut topped_up = false;
    /// # let error = binance_wire_core::ApiError {
    /// #     status: 400,
    /// #     code: binance_wire_core::ErrorCode(-2010),
    /// #     code_text: None,
    /// #     message: "Account has insufficient balance for requested action.".to_owned(),
    /// #     data: None,
    /// #     code_name: None,
    /// #     call: None,
    /// # };
    /// match error.reject_reason() {
    ///     Some(RejectReason::AccountHasInsufficientBalanceForRequestedAction) => topped_up = true,
    ///     Some(RejectReason::FilterFailureLotSize) => eprintln!("round the quantity"),
    ///     Some(other) => eprintln!("refused: {other}"),
    ///     None => eprintln!("no reason in a text that Spot documents: look at the code"),
    /// }
    /// # assert!(topped_up);
    /// println!("{:?}", error.reject_reason::<RejectReason>());
    /// ```
    pub fn reject_reason<R: ValueSet>(&self) -> Option<R> {
        reject_reason(self.code, &self.message)
    }
}

impl Error {
    /// As [`ApiError::reject_reason`], of the exchange's error. Where nothing else says which value set it is, name it:
    /// `error.reject_reason::<RejectReason>()`.
    pub fn reject_reason<R: ValueSet>(&self) -> Option<R> {
        self.api()?.reject_reason()
    }
}
