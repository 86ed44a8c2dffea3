//! The least code that reads messages of schemas 3 and 1 and checks what must be checked.

/// Takes `N` bytes off the front.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, others) = rest.split_first_chunk::<N>()?;
    *rest = others;
    Some(taken)
}

/// The sum of all mantissas, and of the last update id.
pub fn walk(message: &[u8]) -> Option<i64> {
    let mut rest = message;
    // Block length, template, schema and version.
    let header = take::<8>(&mut rest)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    if (number(2), number(4)) != (200, 3) {
        return None;
    }
    let (block, others) = rest.split_at_checked(usize::from(number(0)))?;
    rest = others;
    let mut sum = i64::from_le_bytes(*block.first_chunk::<10>()?.first_chunk()?);
    for _ in 0..2 {
        let dimensions = take::<6>(&mut rest)?;
        let length = usize::from(u16::from_le_bytes([dimensions[0], dimensions[1]]));
        let count = u32::from_le_bytes([dimensions[2], dimensions[3], dimensions[4], dimensions[5]]) as usize;
        let (entries, others) = rest.split_at_checked(length.checked_mul(count)?)?;
        rest = others;
        if length < 16 {
            return None;
        }
        for entry in entries.chunks_exact(length) {
            let (price, entry) = entry.split_first_chunk::<8>()?;
            let quantity = entry.first_chunk::<8>()?;
            sum = sum
                .wrapping_add(i64::from_le_bytes(*price))
                .wrapping_add(i64::from_le_bytes(*quantity));
        }
    }
    Some(sum)
}

/// The block of a stream's event and what follows it.
fn event(message: &[u8], template: u16) -> Option<(&[u8], &[u8])> {
    let mut rest = message;
    let header = take::<8>(&mut rest)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    if (number(2), number(4)) != (template, 1) {
        return None;
    }
    rest.split_at_checked(usize::from(number(0)))
}

fn long(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A text with its length in one byte.
fn text(bytes: &[u8]) -> Option<&str> {
    let (length, bytes) = bytes.split_first()?;
    std::str::from_utf8(bytes.get(..usize::from(*length))?).ok()
}

/// The sum of what a BestBidAskStreamEvent has.
pub fn best_bid_ask(message: &[u8]) -> Option<i64> {
    let (block, rest) = event(message, 10_001)?;
    let block: &[u8; 50] = block.first_chunk()?;
    let mut sum = text(rest)?.len() as i64;
    for at in [18, 26, 34, 42] {
        sum = sum.wrapping_add(long(block, at)?);
    }
    Some(sum)
}

/// The sum of what a TradesStreamEvent has.
pub fn trades(message: &[u8]) -> Option<i64> {
    let (block, mut rest) = event(message, 10_000)?;
    block.first_chunk::<18>()?;
    let dimensions = take::<6>(&mut rest)?;
    let length = usize::from(u16::from_le_bytes([dimensions[0], dimensions[1]]));
    let count = u32::from_le_bytes([dimensions[2], dimensions[3], dimensions[4], dimensions[5]]) as usize;
    let (entries, rest) = rest.split_at_checked(length.checked_mul(count)?)?;
    if length < 25 {
        return None;
    }
    let mut sum = text(rest)?.len() as i64;
    for entry in entries.chunks_exact(length) {
        let entry: &[u8; 25] = entry.first_chunk()?;
        sum = sum
            .wrapping_add(long(entry, 0)?)
            .wrapping_add(long(entry, 8)?)
            .wrapping_add(long(entry, 16)?);
    }
    Some(sum)
}

/// The sum of what a DepthDiffStreamEvent has.
pub fn depth_diff(message: &[u8]) -> Option<i64> {
    let (block, mut rest) = event(message, 10_003)?;
    let block: &[u8; 26] = block.first_chunk()?;
    let mut sum = long(block, 16)?;
    for _ in 0..2 {
        let dimensions = take::<4>(&mut rest)?;
        let length = usize::from(u16::from_le_bytes([dimensions[0], dimensions[1]]));
        let count = usize::from(u16::from_le_bytes([dimensions[2], dimensions[3]]));
        let (entries, others) = rest.split_at_checked(length * count)?;
        rest = others;
        if length < 16 {
            return None;
        }
        for entry in entries.chunks_exact(length) {
            let entry: &[u8; 16] = entry.first_chunk()?;
            sum = sum.wrapping_add(long(entry, 0)?).wrapping_add(long(entry, 8)?);
        }
    }
    Some(sum.wrapping_add(text(rest)?.len() as i64))
}
