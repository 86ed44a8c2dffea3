//! Messages of the FIX API as the exchange sends them, the same bytes in every run.

use crate::payloads::{decimal, side};

/// A message of this body, framed.
fn framed(body: &[&str]) -> Vec<u8> {
    let body: String = body.iter().flat_map(|field| [*field, "\u{1}"]).collect();
    let mut message = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
    let sum = message.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    message.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    message
}

/// An execution report of a new order.
pub fn new_report() -> Vec<u8> {
    framed(&[
        "35=8",
        "49=SPOT",
        "56=BENCH",
        "34=2",
        "52=20260101-13:16:51.043912",
        "17=144",
        "11=1718096506197867067",
        "37=50412345678",
        "38=0.01518000",
        "40=2",
        "54=1",
        "55=BTCUSDT",
        "44=60123.45000000",
        "59=1",
        "60=20260101-13:16:51.043000",
        "25018=20260101-13:16:51.043000",
        "150=0",
        "14=0.00000000",
        "151=0.01518000",
        "25017=0.00000000",
        "1057=Y",
        "32=0.00000000",
        "39=0",
        "636=Y",
        "25023=20260101-13:16:51.043000",
        "25001=1",
    ])
}

/// An execution report of a trade.
pub fn trade_report() -> Vec<u8> {
    framed(&[
        "35=8",
        "49=SPOT",
        "56=BENCH",
        "34=3",
        "52=20260101-13:16:51.043912",
        "17=145",
        "11=1718096506197867067",
        "37=50412345678",
        "38=0.01518000",
        "40=2",
        "54=1",
        "55=BTCUSDT",
        "44=60123.45000000",
        "59=1",
        "60=20260101-13:16:51.043000",
        "25018=20260101-13:16:51.043000",
        "150=F",
        "14=0.01518000",
        "151=0.00000000",
        "25017=912.67397100",
        "1057=N",
        "1003=5764231877",
        "31=60123.45000000",
        "32=0.01518000",
        "39=2",
        "636=N",
        "25023=20260101-13:16:51.043000",
        "136=1",
        "137=0.00000912",
        "138=BNB",
        "139=4",
        "25001=1",
    ])
}

/// Changes of a book, so many of them.
pub fn market_data(changes: usize) -> Vec<u8> {
    let mut fields: Vec<String> = [
        "35=X",
        "49=SPOT",
        "56=BENCH",
        "34=16",
        "52=20260101-13:16:51.043912",
        "262=DEPTH_3",
    ]
    .map(str::to_owned)
    .into();
    fields.push(format!("268={changes}"));
    let (bids, asks) = (
        side(11, changes / 2, true),
        side(12, changes - changes / 2, false),
    );
    let sides = bids
        .iter()
        .map(|level| (0, level))
        .chain(asks.iter().map(|level| (1, level)));
    for (place, (kind, level)) in sides.enumerate() {
        fields.extend([
            format!("279={}", place % 2),
            format!("269={kind}"),
            format!("270={}", decimal(level.price)),
            format!("271={}", decimal(level.quantity)),
        ]);
        if place == 0 {
            fields.extend(["55=BTCUSDT", "25043=70000000123", "25044=70000000456"].map(str::to_owned));
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    framed(&fields)
}
