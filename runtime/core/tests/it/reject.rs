//! Reasons in the texts of errors.

use binance_wire_core::ErrorCode;
use binance_wire_core::reject::{CODES_WITH_A_REASON, reject_reason};

binance_wire_core::open_enum! {
    /// Two of the texts.
    pub enum Reason {
        /// With a full stop.
        UnknownOrder = "Unknown order sent.",
        /// Without one.
        Oco = "OCO orders are not supported for this symbol",
    }
}

#[test]
fn texts_of_some_codes_are_reasons() {
    let reason = |code, text| reject_reason::<Reason>(ErrorCode(code), text);
    for code in CODES_WITH_A_REASON {
        assert_eq!(reason(code.0, "Unknown order sent."), Some(Reason::UnknownOrder));
    }
    assert_eq!(reason(-2013, "Unknown order sent."), None);
    // A full stop more or less is no other reason.
    assert_eq!(reason(-2011, "Unknown order sent"), Some(Reason::UnknownOrder));
    let dotted = "OCO orders are not supported for this symbol. ";
    assert_eq!(reason(-1013, dotted), Some(Reason::Oco));
    assert_eq!(
        reason(-2010, "Moon is full."),
        Some(Reason::unlisted("Moon is full."))
    );
}
