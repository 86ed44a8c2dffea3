//! The SBE schemas of the generated crates.

use binance_wire::spot::sbe;
use binance_wire_sbe::split_frame;

/// A generated schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Schema {
    /// The REST and WebSocket APIs
    Spot,
    /// Market data streams
    Stream,
    /// FIX in SBE
    Fix,
}

impl Schema {
    /// The JSON text of one message with its header; in FIX SBE the framing may be there or not.
    ///
    /// # Errors
    /// Bytes that are not one message of this schema; what and where.
    pub fn json(self, message: &[u8]) -> Result<String, String> {
        let view = match self {
            Self::Spot => sbe::spot::json_view(message),
            Self::Stream => sbe::stream::json_view(message),
            Self::Fix => sbe::fix::json_view(message),
        };
        view.map_err(|error| error.to_string())
    }

    /// The length of the first message in `bytes`, which hold one or more. Without framing there is one message.
    pub fn first_length(self, bytes: &[u8]) -> usize {
        match self {
            Self::Fix => match split_frame(bytes, usize::MAX) {
                Ok(Some((_, length))) => length,
                // Cut short, or without framing: there is no telling where another message would start.
                Ok(None) | Err(_) => bytes.len(),
            },
            Self::Spot | Self::Stream => bytes.len(),
        }
    }
}
