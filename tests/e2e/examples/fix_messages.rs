//! Builds and reads FIX messages: a signed logon, an order, and the report on it. Sessions are up to the caller.
//!
//!     cargo run -p binance-wire-e2e --example fix_messages

use std::time::SystemTime;

use binance_wire_sandbox::keys;
use binance_wire_signing::fix::Logon;
use binance_wire_spot::fix::{Checks, FixTimestamp, oe, text};
use binance_wire_spot::{Credentials, Timestamp, dec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = FixTimestamp::from_micros(Timestamp::from(SystemTime::now()).as_micros());
    let mut out = Vec::new();

    // A logon signs its own header. On the real test network this goes to fix-oe.testnet.binance.vision:9000, over TLS,
    // with a key of your own.
    let credentials = Credentials::ed25519(keys::ED25519_API_KEY, keys::ED25519_PRIVATE_KEY_PEM)?;
    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "EXAMPLE",
        target_comp_id: "SPOT",
        msg_seq_num: 1,
        sending_time: now,
    });
    let mut signature = String::new();
    let signed = Logon {
        sender_comp_id: "EXAMPLE",
        target_comp_id: "SPOT",
        msg_seq_num: "1",
        sending_time: &now.to_string(),
    };
    signed.sign(&credentials, &mut signature)?;
    let logon = oe::Logon::new(oe::LogonRequired {
        encrypt_method: oe::EncryptMethod::None,
        heart_bt_int: 30,
        raw_data: signature.as_bytes(),
        reset_seq_num_flag: true,
        username: credentials.api_key(),
        message_handling: oe::MessageHandling::Sequential,
    });
    println!("{}\n", text::to_pipes(oe::encode(&header, &logon, &mut out)?));

    let header = oe::Header::new(oe::HeaderRequired {
        sender_comp_id: "EXAMPLE",
        target_comp_id: "SPOT",
        msg_seq_num: 2,
        sending_time: now,
    });
    let order = oe::NewOrderSingle::new("example-1", oe::OrdType::Limit, oe::Side::Buy, "BTCUSDT")
        .order_qty(dec!(0.01))
        .price(dec!(51000))
        .time_in_force(oe::TimeInForce::GoodTillCancel);
    println!("{}\n", text::to_pipes(oe::encode(&header, &order, &mut out)?));

    // What comes back; BodyLength and CheckSum are checked.
    let bytes = text::from_pipes(
        "8=FIX.4.4|9=330|35=8|34=2|49=SPOT|52=20240611-09:01:46.228950|56=qNXO12fH|11=1718096506197867067|\
         14=0.00000000|17=144|32=0.00000000|37=76|38=5.00000000|39=0|40=2|44=10.00000000|54=1|55=ABCDEF|59=4|\
         60=20240611-09:01:46.228000|150=0|151=5.00000000|636=Y|1057=Y|25001=1|25017=0.00000000|\
         25018=20240611-09:01:46.228000|25023=20240611-09:01:46.228000|10=095|",
    );
    let frame = oe::decode(&bytes, Checks::On)?;
    match frame.message {
        oe::Message::ExecutionReport(report) => println!(
            "order {:?} of {}: {:?}, {:?} of {:?} left at {:?}",
            report.cl_ord_id,
            report.symbol,
            report.ord_status,
            report.leaves_qty,
            report.order_qty,
            report.price,
        ),
        other => println!("{other:?}"),
    }
    let mut json = String::new();
    oe::to_json(&bytes, Checks::On, &mut json)?;
    println!("{json}");
    Ok(())
}
