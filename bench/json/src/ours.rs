//! What our WebSocket API client does with a frame between the socket and the subscription.

use binance_wire_core::{DecodeError, Reader, json};
use binance_wire_spot::models::UserDataEvent;

/// The text of the event in a frame of user data: the envelope is read once, the event delimited.
pub fn event_text(frame: &str) -> Result<&str, DecodeError> {
    let mut reader = Reader::new(frame);
    let mut event = "";
    reader.begin_object()?;
    while let Some(key) = reader.next_key()? {
        match key.as_bytes() {
            b"event" => event = reader.raw_value()?,
            _ => reader.skip_value()?,
        }
    }
    reader.finish()?;
    Ok(event)
}

/// The passes that the client makes, one after the other: delimit the event, see whether it concerns the connection
/// itself, decode it.
pub fn user_data_event(frame: &str) -> Result<UserDataEvent, DecodeError> {
    let event = event_text(frame)?;
    let kind = Reader::new(event).peek_text_field("e")?;
    std::hint::black_box(matches!(
        kind.as_deref(),
        Some("serverShutdown" | "eventStreamTerminated")
    ));
    json::from_str(event)
}
