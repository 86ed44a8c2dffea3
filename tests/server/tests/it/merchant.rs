//! The merchant side of Connect Prime, served: refunds happen once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use binance_wire_connect_prime::models::{
    MerchantTransaction, MerchantTransactionRequired, RefundReport, RefundRequest, RefundStatusRequest,
    TransactionDirection, TransactionReport, TransactionStatus, TransactionStatusRequest,
    TransactionsRequest, TransferReport, TransferRequest, TransferStatusRequest,
};
use binance_wire_connect_prime::server::{ConnectPrime, Refusal, ServerBuilder, router, server};
use binance_wire_connect_prime::{Timestamp, dec};
use binance_wire_server_tests::{Answer, send, serve, written};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;

/// Counts what it has paid.
#[derive(Default)]
struct Books {
    refunds: AtomicUsize,
    asked: Notify,
    go: Notify,
}

struct Merchant(Arc<Books>);

impl ConnectPrime for Merchant {
    async fn transaction_status(
        &self,
        request: TransactionStatusRequest,
    ) -> Result<TransactionReport, Refusal> {
        let mut report = TransactionReport::new(TransactionStatus::Completed);
        report.client_order_id = request.client_order_id;
        Ok(report)
    }

    async fn refund(&self, request: RefundRequest) -> Result<RefundReport, Refusal> {
        let order = request.client_order_id.as_str();
        if order.starts_with("slow") {
            self.0.asked.notify_one();
            self.0.go.notified().await;
        }
        let count = self.0.refunds.fetch_add(1, Ordering::SeqCst) + 1;
        match order {
            "unknown" => Err(Refusal::invalid("no such order").with_code("100404")),
            "lost" => Err(Refusal::outcome_unknown("the bank did not answer")),
            "panics" => panic!("a handler that panics"),
            _ => Ok(RefundReport::new(
                format!("refund-{count}"),
                TransactionStatus::Pending,
            )),
        }
    }

    async fn refund_status(&self, _: RefundStatusRequest) -> Result<RefundReport, Refusal> {
        Ok(RefundReport::new("refund-1", TransactionStatus::Completed))
    }

    async fn transfer(&self, request: TransferRequest) -> Result<TransferReport, Refusal> {
        Ok(TransferReport::new(
            format!("paid {}", request.fiat_amount),
            TransactionStatus::Completed,
        ))
    }

    async fn transfer_status(&self, _: TransferStatusRequest) -> Result<TransferReport, Refusal> {
        Ok(TransferReport::new("transfer-1", TransactionStatus::Failed))
    }

    async fn transactions(&self, request: TransactionsRequest) -> Result<Vec<MerchantTransaction>, Refusal> {
        let time = request.start_time.unwrap_or(Timestamp::from_millis(1));
        Ok(vec![MerchantTransaction::new(MerchantTransactionRequired {
            transaction_id: "t-1".into(),
            fiat_currency: "EUR".into(),
            fiat_amount: dec!(100.00),
            direction: TransactionDirection::In,
            created_at: time,
        })])
    }
}

fn merchant() -> (Arc<Books>, ServerBuilder) {
    let books = Arc::new(Books::default());
    (Arc::clone(&books), server(Merchant(books)).prefix("/prime"))
}

async fn started(settings: ServerBuilder) -> std::net::SocketAddr {
    serve(router(settings.build().expect("settings"))).await
}

async fn refund(to: std::net::SocketAddr, order: &str) -> Answer {
    send(
        to,
        "POST /prime/refund",
        &[],
        &format!(r#"{{"clientOrderId":"{order}"}}"#),
    )
    .await
}

#[tokio::test]
async fn a_refund_happens_once() {
    let (books, settings) = merchant();
    let to = started(settings).await;
    let expected = r#"{"success":true,"code":"000000","data":{"refundId":"refund-1","status":"PENDING"}}"#;
    for _ in 0..2 {
        let answer = refund(to, "a").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    }
    // The same arguments in other words.
    let answer = send(
        to,
        "POST /prime/refund",
        &[],
        "{ \"more\": 1, \"clientOrderId\" : \"\\u0061\" }",
    )
    .await;
    assert_eq!(answer.body, expected);
    assert_eq!(books.refunds.load(Ordering::SeqCst), 1);
    assert!(refund(to, "b").await.body.contains("refund-2"));
}

#[tokio::test]
async fn refunds_at_the_same_time_happen_once() {
    let (books, settings) = merchant();
    let to = started(settings).await;
    let first = tokio::spawn(async move { refund(to, "slow").await });
    books.asked.notified().await;
    let answer = refund(to, "slow").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    books.go.notify_one();
    assert!(first.await.expect("an answer").body.contains("refund-1"));
    assert!(refund(to, "slow").await.body.contains("refund-1"));
    assert_eq!(books.refunds.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn neither_the_time_limit_nor_a_caller_who_hangs_up_stops_a_refund() {
    let (books, settings) = merchant();
    let to = started(settings.time_limit(Duration::from_millis(20))).await;
    assert_eq!(refund(to, "slow-1").await.status, 503, "it took too long");
    books.asked.notified().await;
    books.go.notify_one();
    let answer = answered(to, "slow-1").await;
    assert!(answer.body.contains("refund-1"), "{answer:?}");

    let mut stream = tokio::net::TcpStream::connect(to).await.expect("a connection");
    let request = written("POST /prime/refund", &[], r#"{"clientOrderId":"slow-2"}"#);
    stream.write_all(request.as_bytes()).await.expect("sent");
    books.asked.notified().await;
    drop(stream);
    books.go.notify_one();
    let answer = answered(to, "slow-2").await;
    assert!(answer.body.contains("refund-2"), "{answer:?}");
    assert_eq!(books.refunds.load(Ordering::SeqCst), 2);
}

/// Asks until the refund that is under way has ended.
async fn answered(to: std::net::SocketAddr, order: &str) -> Answer {
    loop {
        let answer = refund(to, order).await;
        if answer.status != 503 {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_refused_may_come_again_and_what_is_unknown_may_not() {
    let (books, settings) = merchant();
    let to = started(settings).await;
    for count in 1..=2 {
        let answer = refund(to, "unknown").await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.body,
            r#"{"success":false,"code":"100404","message":"no such order","data":null}"#
        );
        assert_eq!(books.refunds.load(Ordering::SeqCst), count);
    }
    for order in ["lost", "panics"] {
        let before = books.refunds.load(Ordering::SeqCst);
        assert_eq!(refund(to, order).await.status, 500);
        assert_eq!(
            refund(to, order).await.status,
            503,
            "nobody knows, so it is not done again"
        );
        assert_eq!(books.refunds.load(Ordering::SeqCst), before + 1);
    }
}

#[tokio::test]
async fn a_key_with_other_arguments_is_refused() {
    let (_, settings) = merchant();
    let to = started(settings).await;
    let pay = async |amount: &str| {
        let body = format!(r#"{{"clientOrderId":"a","fiatCurrency":"EUR","fiatAmount":"{amount}"}}"#);
        send(to, "POST /prime/transfer", &[], &body).await
    };
    assert!(pay("10.50").await.body.contains("paid 10.50"));
    assert!(pay("10.50").await.body.contains("paid 10.50"));
    assert_eq!(pay("10.51").await.status, 409);
}

#[tokio::test]
async fn the_other_operations() {
    let (_, settings) = merchant();
    let to = started(settings.path("transactions", "/books").max_body(64)).await;
    for (line, status, body) in [
        (
            "GET /prime/transaction/status?clientOrderId=a",
            200,
            r#"{"success":true,"code":"000000","data":{"status":"COMPLETED","clientOrderId":"a"}}"#,
        ),
        (
            "GET /prime/transaction/status?clientOrderId=",
            400,
            r#"{"success":false,"code":"400000","message":"at least one of clientOrderId, transactionId must be sent","data":null}"#,
        ),
        (
            "GET /prime/refund/status?refundId=refund-1",
            200,
            r#"{"success":true,"code":"000000","data":{"refundId":"refund-1","status":"COMPLETED"}}"#,
        ),
        (
            "GET /prime/transfer/status?clientOrderId=a",
            200,
            r#"{"success":true,"code":"000000","data":{"transferId":"transfer-1","status":"FAILED"}}"#,
        ),
        (
            "GET /prime/books?startTime=1700000000000",
            200,
            r#"{"success":true,"code":"000000","data":[{"transactionId":"t-1","fiatCurrency":"EUR","fiatAmount":"100.00","direction":"IN","createdAt":1700000000000}]}"#,
        ),
    ] {
        let answer = send(to, line, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{line}");
    }
    assert_eq!(
        send(to, "GET /prime/books?startTime=soon", &[], "").await.status,
        400
    );
    for body in ["", "[]", "{", "{\"clientOrderId\":\"\"}", "{\"clientOrderId\":1}"] {
        assert_eq!(
            send(to, "POST /prime/refund", &[], body).await.status,
            400,
            "{body}"
        );
    }
    assert_eq!(refund(to, &"a".repeat(64)).await.status, 413);
}

#[tokio::test]
async fn only_who_has_the_token_is_let_in() {
    let (books, settings) = merchant();
    let to = started(settings.bearer_token("secret")).await;
    let call = async |authorization: Option<&str>| {
        let headers = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
        let headers: Vec<_> = headers.into_iter().collect();
        send(to, "POST /prime/refund", &headers, r#"{"clientOrderId":"a"}"#).await
    };
    for wrong in [
        None,
        Some("Bearer secre"),
        Some("Bearer secret2"),
        Some("Basic secret"),
        Some("Bearer"),
    ] {
        let answer = call(wrong).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, Some("Bearer")),
            "{wrong:?}"
        );
    }
    assert_eq!(books.refunds.load(Ordering::SeqCst), 0);
    assert_eq!(call(Some("bearer secret")).await.status, 200);
}
