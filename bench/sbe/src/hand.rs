//! The least code that reads a DepthResponse of schema 3 and checks what must be checked.

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
