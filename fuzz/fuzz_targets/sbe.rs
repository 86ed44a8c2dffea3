//! SBE decoding: no input panics; what is decoded and encoded again decodes to the same; the view of a message that
//! decodes is JSON.

#![no_main]

use binance_wire_core::json::RawJson;
use binance_wire_sbe::{SbeError, split_frame};
use binance_wire_spot::sbe::{fix, spot, stream};
use libfuzzer_sys::fuzz_target;

fn view(result: Result<String, SbeError>) {
    if let Ok(json) = result {
        let parsed: Result<RawJson, _> = binance_wire_core::json::from_str(&json);
        assert!(parsed.is_ok(), "{json}");
    }
}

/// Decodes a message of these templates, owns it, encodes it, and decodes that again.
macro_rules! round_trips {
    ($module:ident, $bytes:expr, $($variant:ident)*) => {
        match $module::Message::decode($bytes) {
            $(Ok($module::Message::$variant(message)) => {
                if let Ok(owned) = message.into_owned() {
                    let mut again = Vec::new();
                    // Null patterns and exponents of older layouts may not fit today's; that is an error value.
                    if $module::EncodeMessage::encode(&owned, &mut again).is_ok() {
                        let Ok($module::Message::$variant(message)) = $module::Message::decode(&again) else {
                            panic!("what was encoded does not decode");
                        };
                        // NaN is not equal to itself, its text is.
                        assert_eq!(format!("{:?}", message.into_owned()), format!("{:?}", Ok::<_, SbeError>(owned)));
                    }
                }
            })*
            _ => {}
        }
    };
}

fuzz_target!(|bytes: &[u8]| {
    view(spot::json_view(bytes));
    view(stream::json_view(bytes));
    view(fix::json_view(bytes));
    let _ = fix::Message::decode_frame(bytes);
    if let Ok(Some((message, length))) = split_frame(bytes, 1 << 20) {
        assert!(length <= bytes.len() && message.len() < length);
    }
    round_trips!(
        spot, bytes,
        WebSocketResponse ExchangeInfoResponse DepthResponse KlinesResponse Ticker24hFullResponse
        NewOrderFullResponse NewOrderListFullResponse OrderAmendKeepPriorityResponse AccountResponse
        AccountAllocationsResponse ExecutionReportEvent ListStatusEvent
    );
    round_trips!(
        stream, bytes,
        TradesStreamEvent BestBidAskStreamEvent DepthSnapshotStreamEvent DepthDiffStreamEvent
    );
});
