//! Little-endian numbers out of blocks.
//!
//! The plain readers are for generated accessors, which hold a block as an array of known length and pass a
//! constant offset inside it: inlined, no check remains. Outside the block they give zero. The `since_` readers
//! are for fields that a later version has appended; outside the block they give `None`.

macro_rules! readers {
    ($($name:ident $since:ident $type:ty, $size:literal;)*) => {$(
        #[doc = concat!("The `", stringify!($type), "` at `offset`, which the caller knows to be inside the block.")]
        #[inline(always)]
        pub fn $name(block: &[u8], offset: usize) -> $type {
            debug_assert!(block.len().saturating_sub(offset) >= $size);
            match block.get(offset..offset + $size).and_then(|bytes| bytes.first_chunk::<$size>()) {
                Some(bytes) => <$type>::from_le_bytes(*bytes),
                None => <$type>::from_le_bytes([0; $size]),
            }
        }

        #[doc = concat!("The `", stringify!($type), "` at `offset`, or `None` where the block ends before it does.")]
        #[inline]
        pub fn $since(block: &[u8], offset: usize) -> Option<$type> {
            let bytes = block.get(offset..)?.first_chunk::<$size>()?;
            Some(<$type>::from_le_bytes(*bytes))
        }
    )*};
}

readers! {
    u8 since_u8 u8, 1;
    u16 since_u16 u16, 2;
    u32 since_u32 u32, 4;
    u64 since_u64 u64, 8;
    i8 since_i8 i8, 1;
    i16 since_i16 i16, 2;
    i32 since_i32 i32, 4;
    i64 since_i64 i64, 8;
    i128 since_i128 i128, 16;
    f32 since_f32 f32, 4;
    f64 since_f64 f64, 8;
}
