//! SBE messages of Spot, written by hand: they depend on no codec that is measured.

use crate::payloads::side;

/// A message: header, block, what follows.
fn message(template: u16, schema: u16, block: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [block.len() as u16, template, schema, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(block);
    bytes.extend(rest);
    bytes
}

/// Numbers of 64 bits, then the exponents of prices and quantities.
fn block(numbers: &[i64]) -> Vec<u8> {
    let mut bytes = longs(numbers);
    bytes.extend([-8_i8 as u8; 2]);
    bytes
}

fn longs(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn symbol() -> Vec<u8> {
    [b"\x07".as_slice(), b"BTCUSDT"].concat()
}

/// `DepthResponse` of the REST and WebSocket APIs.
pub fn depth(levels: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    for side in [side(1, levels, true), side(2, levels, false)] {
        rest.extend(16_u16.to_le_bytes());
        rest.extend((side.len() as u32).to_le_bytes());
        rest.extend(
            side.iter()
                .flat_map(|level| longs(&[level.price, level.quantity])),
        );
    }
    message(200, 3, &block(&[71_234_567_890]), &rest)
}

/// `TradesStreamEvent` with one trade.
pub fn trade() -> Vec<u8> {
    let mut rest = Vec::new();
    rest.extend(25_u16.to_le_bytes());
    rest.extend(1_u32.to_le_bytes());
    rest.extend(longs(&[5_764_231_877, 6_012_345_000_000, 1_518_000]));
    rest.push(1);
    rest.extend(symbol());
    let times = block(&[1_767_273_411_043_000, 1_767_273_411_042_000]);
    message(10_000, 1, &times, &rest)
}

/// `BestBidAskStreamEvent`.
pub fn best_bid_ask() -> Vec<u8> {
    let mut head = block(&[1_767_273_411_043_000, 72_519_047_331]);
    head.extend(longs(&[
        6_012_345_000_000,
        120_431_000,
        6_012_346_000_000,
        8_214_000,
    ]));
    message(10_001, 1, &head, &symbol())
}

/// `DepthDiffStreamEvent` with so many changes a side.
pub fn depth_diff(changes: usize) -> Vec<u8> {
    let mut rest = Vec::new();
    for side in [side(11, changes, true), side(12, changes, false)] {
        rest.extend(16_u16.to_le_bytes());
        rest.extend((side.len() as u16).to_le_bytes());
        rest.extend(
            side.iter()
                .flat_map(|level| longs(&[level.price, level.quantity])),
        );
    }
    rest.extend(symbol());
    let head = block(&[1_767_273_411_043_000, 71_234_567_801, 71_234_567_890]);
    message(10_003, 1, &head, &rest)
}
