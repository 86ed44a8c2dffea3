//! Envelopes: what they say, what is read out of them, and what is wrong with them.

use binance_wire_core::json::Reading;
use binance_wire_core::payload::{recode_answer, recode_error};
use binance_wire_core::{
    Credit, DecodeError, DecodeErrorKind, Envelope, ErrorCode, FromJson, HttpMethod, LimitScope, Operation,
    OperationInfo, ParamSink, RawJson, Reader, RestOperation, ToJson, Writer,
};

const PARTNER: Envelope = Envelope {
    code: Some("code"),
    ok: &["000000"],
    success: Some("success"),
    message: Some("message"),
    data: Some("data"),
    optional: false,
};

#[derive(Clone, Debug, PartialEq)]
struct Id(i64);

impl FromJson for Id {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut id = None;
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"id" => reader.field(&mut id, "id")?,
                _ => reader.skip_value()?,
            }
        }
        reader.required(id, "id").map(Self)
    }
}

impl ToJson for Id {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("id", &self.0);
        writer.end_object();
    }
}

/// Code, code as text, and message.
type Refused = (i32, Option<String>, String);

/// The result, or why there is none: `Ok(Err(…))` is a refusal.
fn read<T: FromJson>(envelope: &Envelope, body: &str) -> Result<Result<T, Refused>, DecodeError> {
    let opened = envelope.open(body)?;
    match &opened.refusal {
        Some(refusal) => Ok(Err((
            refusal.code.0,
            refusal.code_text.as_deref().map(str::to_owned),
            refusal.message.clone(),
        ))),
        None => opened.decode(body, Reading::new()).map(Ok),
    }
}

#[test]
fn success_gives_the_result_wherever_its_members_stand() {
    for body in [
        r#"{"success":true,"code":"000000","data":{"id":7},"message":null}"#,
        r#"{"data":{"id":7},"message":"fine","code":"000000","messageDetail":[1],"success":true}"#,
        r#" { "code" : "000000" , "data" : { "id" : 7 } } "#,
        r#"{"success":"true","data":{"id":7}}"#,
        r#"{"success":true,"code":null,"data":{"id":7}}"#,
        r#"{"success":true,"code":0,"data":{"id":7}}"#,
    ] {
        assert_eq!(read(&PARTNER, body), Ok(Ok(Id(7))), "{body}");
    }
    let opened = PARTNER
        .open(r#"{"success":true,"message":"fine","data":null}"#)
        .expect("an envelope");
    assert_eq!(opened.message.as_deref(), Some("fine"));
}

#[test]
fn a_refusal_keeps_code_and_message() {
    let refused = |code, text: Option<&str>, message: &str| {
        Ok(Err((code, text.map(str::to_owned), message.to_owned())))
    };
    for (body, expected) in [
        (
            r#"{"success":false,"code":"1130306","data":null,"message":"ORDER_NOT_FOUND"}"#,
            refused(1_130_306, Some("1130306"), "ORDER_NOT_FOUND"),
        ),
        (
            r#"{"success":true,"code":"000002","message":"busy"}"#,
            refused(2, Some("000002"), "busy"),
        ),
        (
            r#"{"success":false,"code":"000000","data":{"id":7}}"#,
            refused(0, Some("000000"), "no message"),
        ),
        (
            r#"{"success":false,"code":-1102,"message":"bad"}"#,
            refused(-1102, None, "bad"),
        ),
        (
            r#"{"success":false,"message":"no code"}"#,
            refused(0, None, "no code"),
        ),
        (
            r#"{"code":"invalid_payload","message":{"why":1}}"#,
            refused(0, Some("invalid_payload"), r#"{"why":1}"#),
        ),
        (
            r#"{"code":99999999999,"message":""}"#,
            refused(0, Some("99999999999"), "no message"),
        ),
    ] {
        assert_eq!(read::<Id>(&PARTNER, body), expected, "{body}");
    }
    let body = r#" {"success":false,"code":"1130306","message":"ORDER_NOT_FOUND","extra":1} "#;
    let refusal = PARTNER.open(body).expect("an envelope").refusal.expect("refused");
    let error = refusal.into_error(200, body);
    assert_eq!(error.code, ErrorCode(1_130_306));
    assert_eq!(error.to_string(), "ORDER_NOT_FOUND (code 1130306, status 200)");
    assert_eq!(
        error.data.map(|data| data.as_str().to_owned()).as_deref(),
        Some(body.trim())
    );
}

#[test]
fn what_is_no_envelope_is_an_error_that_names_the_place() {
    for (body, kind, path) in [
        ("[]", DecodeErrorKind::WrongType("an object"), "$"),
        ("{}", DecodeErrorKind::MissingField("success"), "$"),
        (
            r#"{"success":null,"data":{}}"#,
            DecodeErrorKind::MissingField("success"),
            "$",
        ),
        (
            r#"{"success":1,"code":"000000"}"#,
            DecodeErrorKind::WrongType("a boolean"),
            "$.success",
        ),
        (
            r#"{"success":"yes"}"#,
            DecodeErrorKind::WrongType("a boolean"),
            "$.success",
        ),
        (
            r#"{"code":["000000"]}"#,
            DecodeErrorKind::WrongType("a code: an integer or text"),
            "$.code",
        ),
        (
            r#"{"success":true,"success":true}"#,
            DecodeErrorKind::DuplicateField("success"),
            "$",
        ),
        (
            r#"{"success":true,"data":null}"#,
            DecodeErrorKind::UnexpectedNull,
            "$.data",
        ),
        (r#"{"success":true}"#, DecodeErrorKind::MissingField("data"), "$"),
        (
            r#"{"success":true,"data":[]}"#,
            DecodeErrorKind::WrongType("an object"),
            "$.data",
        ),
        (
            r#"{"success":true,"data":{"id":"x"}}"#,
            DecodeErrorKind::WrongType("an integer"),
            "$.data.id",
        ),
        (r#"{"success":true} x"#, DecodeErrorKind::TrailingInput, "$"),
    ] {
        let error = read::<Id>(&PARTNER, body).expect_err(body);
        assert_eq!(error.path(), path, "{body}");
        assert_eq!(error.kind(), &kind, "{body}");
        assert!(error.offset() <= body.len());
    }
}

#[test]
fn an_operation_without_a_result_needs_no_data() {
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"data":null}"#,
        r#"{"success":true,"data":{}}"#,
    ] {
        assert_eq!(read::<()>(&PARTNER, body), Ok(Ok(())), "{body}");
    }
    assert!(read::<()>(&PARTNER, r#"{"success":true,"data":7}"#).is_err());
}

#[test]
fn an_optional_envelope_is_one_where_all_of_it_is_there() {
    let optional = Envelope {
        optional: true,
        ..PARTNER
    };
    // The result has a `success` of its own.
    let bare = r#"{"success":false,"id":7}"#;
    assert_eq!(read(&optional, bare), Ok(Ok(Id(7))));
    assert_eq!(read(&optional, "[1]"), Ok(Ok(vec![1_i64])));
    let enveloped = r#"{"code":"000000","success":true,"data":{"id":7}}"#;
    assert_eq!(read(&optional, enveloped), Ok(Ok(Id(7))));
    let refused = r#"{"code":"1","success":false,"message":"no"}"#;
    assert!(matches!(read::<Id>(&optional, refused), Ok(Err(_))));
}

struct Enveloped;

impl Operation for Enveloped {
    type Response = Id;

    fn write_params(&self, _: &mut dyn ParamSink) {}

    fn credit(&self) -> Credit {
        Credit {
            weight: 1,
            weight_on_success: 1,
            scope: LimitScope::Ip,
            uid_weight: 0,
            unfilled_orders: 0,
        }
    }
}

impl RestOperation for Enveloped {
    const INFO: OperationInfo = OperationInfo {
        envelope: Some(&PARTNER),
        ..OperationInfo::DEFAULT
    };
    const METHOD: HttpMethod = HttpMethod::Post;
    const PATH: &'static str = "/";
}

#[test]
fn a_payload_comes_back_with_its_envelope() {
    let body = r#"{"success":true,"total":3,"data":{"id":7},"message":null,"messageDetail":"x"}"#;
    assert_eq!(
        recode_answer::<Enveloped>(body, Reading::new()).as_deref(),
        Ok(body)
    );
    // What the type does not know is lost, and thereby shows.
    let more = r#"{"success":true,"data":{"id":7,"new":1}}"#;
    assert_eq!(
        recode_answer::<Enveloped>(more, Reading::new()).as_deref(),
        Ok(r#"{"success":true,"data":{"id":7}}"#)
    );
    let refused = r#"{"success":false,"code":"1","message":"no"}"#;
    let error = recode_answer::<Enveloped>(refused, Reading::new()).expect_err("refused");
    assert!(error.to_string().contains("the call was refused: no"), "{error}");
    assert_eq!(
        recode_error::<Enveloped, RawJson>(refused, Reading::new()).as_deref(),
        Ok(refused)
    );
    let plain = r#"{"code":-1102,"msg":"bad"}"#;
    assert_eq!(
        recode_error::<Enveloped, RawJson>(plain, Reading::new()).as_deref(),
        Ok(plain)
    );
    assert!(recode_error::<Enveloped, RawJson>(body, Reading::new()).is_err());
}
