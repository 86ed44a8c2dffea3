//! Announcements: topics behind a signed address, and events that are JSON text within JSON.

use binance_wire::{Timestamp, cms};
use binance_wire_products_tests::ws::Server;
use binance_wire_products_tests::{API_KEY, NOW, verified, within};

use cms::streams::{MarketEvent, StreamItem, com_announcement_en};
use serde_json::json;

#[tokio::test]
async fn announcements() {
    let mut server = Server::start().await;
    let url = format!("{}/sapi/wss", server.url);
    let connecting = tokio::spawn(
        cms::streams::builder_at([url], super::credentials())
            .clock(|| Timestamp::from_millis(NOW))
            .streams([com_announcement_en()])
            .connect(),
    );
    let mut peer = server.peer().await;
    assert_eq!(peer.api_key.as_deref(), Some(API_KEY));
    let query = peer.target.strip_prefix("/sapi/wss?").expect("the path");
    let (random, rest) = verified(query).split_once('&').expect("parameters");
    assert!(random.starts_with("random=") && random.len() > 16, "{random}");
    assert_eq!(
        rest,
        format!("recvWindow=5000&timestamp={NOW}&topic=com_announcement_en")
    );
    let connected = within("connecting", connecting).await.expect("no panic");
    let (_client, mut messages) = connected.expect("connected");

    let sample = binance_wire_products_tests::samples::payload("cms", "com_announcement_en");
    let frame = json!({"type": "DATA", "topic": "com_announcement_en", "data": sample});
    peer.text(frame.to_string()).await;
    let Some(StreamItem::Event(message)) = within("an event", messages.next()).await else {
        panic!("no event");
    };
    let MarketEvent::Announcement(announcement) = message.event else {
        panic!("{message:?}");
    };
    assert_eq!(announcement.catalog_id, Some(161));
    assert_eq!(announcement.catalog_name.as_deref(), Some("Delisting"));
    assert_eq!(
        announcement.publish_date,
        Some(Timestamp::from_millis(1_753_257_631_403))
    );

    // A member of another type within the text: the place is that in the event.
    let frame = json!({"type": "DATA", "topic": "com_announcement_en", "data": r#"{"catalogId":{"a":1}}"#});
    peer.text(frame.to_string()).await;
    let Some(StreamItem::Undecodable { error, .. }) = within("a frame", messages.next()).await else {
        panic!("it cannot be decoded");
    };
    assert_eq!(error.path(), "$.data.catalogId", "{error}");
}
