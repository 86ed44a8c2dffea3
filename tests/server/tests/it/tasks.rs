//! The task verification API, served.

use std::sync::Arc;
use std::time::Duration;

use binance_wire_server_tests::{send, serve};
use binance_wire_task_verification::Nullable;
use binance_wire_task_verification::models::{
    TaskCompletionRequest, TaskStatuses, TaskVerdict, VerifyTaskRequest,
};
use binance_wire_task_verification::server::{Refusal, SettingsError, TaskVerification, router, server};
use tokio::sync::Notify;

const TASKS: [(&str, bool); 2] = [("deposit", true), ("withdraw", false)];

/// Knows two tasks.
struct Campaign;

impl TaskVerification for Campaign {
    async fn task_completion(&self, request: TaskCompletionRequest) -> Result<TaskStatuses, Refusal> {
        match request.wallet_address.as_str() {
            "0xabc" => {}
            "0xbusy" => return Err(Refusal::overloaded(Duration::from_millis(1500))),
            "0xbroken" => return Err(Refusal::failed("the database is down")),
            _ => return Err(Refusal::invalid("no such wallet")),
        }
        let asked = request.task.unwrap_or_default();
        let wanted = |task: &str| asked.is_empty() || asked.iter().any(|asked| *asked == task);
        Ok(TASKS.into_iter().filter(|(task, _)| wanted(task)).collect())
    }
}

/// Answers the other form too.
struct Verifying;

impl TaskVerification for Verifying {
    async fn task_completion(&self, _: TaskCompletionRequest) -> Result<TaskStatuses, Refusal> {
        Ok(TaskStatuses::default())
    }

    async fn verify_task(&self, request: VerifyTaskRequest) -> Result<TaskVerdict, Refusal> {
        Ok(match request.wallet_address.as_str() {
            "0xabc" => {
                let evidence = binance_wire_task_verification::RawJson::new(r#"{"chain_id":56}"#);
                let evidence = evidence.map_err(|error| Refusal::failed(error.to_string()))?;
                TaskVerdict::new(true, Nullable::Null, Nullable::Value(evidence))
            }
            _ => TaskVerdict::new(false, Nullable::Value("no deposit yet".into()), Nullable::Null),
        })
    }
}

#[tokio::test]
async fn completion() {
    let to = serve(router(server(Campaign).prefix("/api").build().expect("settings"))).await;
    let get = async |target: &str| {
        let answer = send(to, &format!("GET /api/v1/task/completion{target}"), &[], "").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        (answer.status, answer.body)
    };
    for (target, status, body) in [
        (
            "?walletAddress=0xabc&task=%5B%22deposit%22,%20%22withdraw%22%5D",
            200,
            r#"{"code":"000000","message":"success","data":{"deposit":true,"withdraw":false}}"#,
        ),
        (
            "?task=[%22withdraw%22]&walletAddress=0xabc&later=1",
            200,
            r#"{"code":"000000","message":"success","data":{"withdraw":false}}"#,
        ),
        (
            "?walletAddress=0xabc&task=%5B%22other%22%5D",
            200,
            r#"{"code":"000000","message":"success","data":{}}"#,
        ),
        (
            "?walletAddress=0xno",
            400,
            r#"{"code":"000006","message":"no such wallet","data":null}"#,
        ),
        (
            "?walletAddress=0xbroken",
            500,
            r#"{"code":"000007","message":"the database is down","data":null}"#,
        ),
    ] {
        assert_eq!(get(target).await, (status, body.to_owned()), "{target}");
    }
}

#[tokio::test]
async fn all_tasks_where_none_is_named() {
    let to = serve(router(server(Campaign).build().expect("settings"))).await;
    for task in ["", "&task=", "&task=%5B%5D"] {
        let line = format!("GET /v1/task/completion?walletAddress=0xabc{task}");
        let answer = send(to, &line, &[], "").await;
        assert_eq!(answer.status, 200);
        assert!(
            answer
                .body
                .ends_with(r#""data":{"deposit":true,"withdraw":false}}"#),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn malformed_arguments() {
    let to = serve(router(server(Campaign).build().expect("settings"))).await;
    for (query, why) in [
        ("task=%5B%5D", "field `walletAddress` is missing"),
        ("walletAddress=0xabc&task=deposit", "`task` is not JSON"),
        ("walletAddress=0xabc&task=%5B%22deposit%22", "`task` is not JSON"),
        ("walletAddress=0xabc&task=%22deposit%22", "invalid argument"),
        ("walletAddress=0xabc&task=%5B1%5D", "$.task[0]"),
        ("walletAddress=0xabc&walletAddress=0xabc", "sent twice"),
        ("walletAddress=%zz", "not well encoded"),
    ] {
        let answer = send(to, &format!("GET /v1/task/completion?{query}"), &[], "").await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(
            answer.body.starts_with(r#"{"code":"000006","message":""#),
            "{answer:?}"
        );
        assert!(
            answer.body.ends_with(r#","data":null}"#) && answer.body.contains(why),
            "{query}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn other_paths_and_methods() {
    let to = serve(router(server(Campaign).build().expect("settings"))).await;
    let answer = send(to, "POST /v1/task/completion", &[], "{}").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    assert_eq!(send(to, "GET /v1/task", &[], "").await.status, 404);
    // It need not be offered.
    let answer = send(to, "GET /v1/task/verify?walletAddress=0xabc", &[], "").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_handler_that_has_too_much_to_do() {
    let to = serve(router(server(Campaign).build().expect("settings"))).await;
    let answer = send(to, "GET /v1/task/completion?walletAddress=0xbusy", &[], "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")));
    assert_eq!(
        answer.body,
        r#"{"code":"000001","message":"too many requests","data":null}"#
    );
}

/// Says when it was asked, and waits to be let go.
#[derive(Default)]
struct Slow {
    asked: Notify,
    go: Notify,
}

struct Shared(Arc<Slow>);

impl TaskVerification for Shared {
    async fn task_completion(&self, _: TaskCompletionRequest) -> Result<TaskStatuses, Refusal> {
        self.0.asked.notify_one();
        self.0.go.notified().await;
        Ok(TaskStatuses::default())
    }
}

#[tokio::test]
async fn more_at_once_than_may_be() {
    let slow = Arc::new(Slow::default());
    let settings = server(Shared(Arc::clone(&slow))).max_in_progress(1, Duration::from_secs(7));
    // The clock has no say in this test.
    let settings = settings.time_limit(Duration::from_secs(3600));
    let to = serve(router(settings.build().expect("settings"))).await;
    let line = "GET /v1/task/completion?walletAddress=0xabc";
    let first = tokio::spawn(async move { send(to, line, &[], "").await });
    slow.asked.notified().await;
    let answer = send(to, line, &[], "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    slow.go.notify_one();
    assert_eq!(first.await.expect("an answer").status, 200);
    // There is room again.
    slow.go.notify_one();
    assert_eq!(send(to, line, &[], "").await.status, 200);
}

/// Never answers.
struct Stuck;

impl TaskVerification for Stuck {
    async fn task_completion(&self, _: TaskCompletionRequest) -> Result<TaskStatuses, Refusal> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_handler_that_takes_too_long() {
    let settings = server(Stuck).time_limit(Duration::from_millis(20));
    let to = serve(router(settings.build().expect("settings"))).await;
    let answer = send(to, "GET /v1/task/completion?walletAddress=0xabc", &[], "").await;
    assert_eq!(answer.status, 503, "5xx: the outcome is unknown");
    assert_eq!(
        answer.body,
        r#"{"code":"000002","message":"it took too long","data":null}"#
    );
}

#[tokio::test]
async fn the_verify_flow_has_no_envelope() {
    let settings = server(Verifying).prefix("/api").path("verifyTask", "/verify");
    let to = serve(router(settings.build().expect("settings"))).await;
    for (wallet, body) in [
        (
            "0xabc",
            r#"{"completed":true,"reason":null,"evidence":{"chain_id":56}}"#,
        ),
        (
            "0xno",
            r#"{"completed":false,"reason":"no deposit yet","evidence":null}"#,
        ),
    ] {
        let answer = send(to, &format!("GET /api/verify?walletAddress={wallet}"), &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
    }
    assert_eq!(
        send(to, "GET /api/v1/task/verify?walletAddress=a", &[], "")
            .await
            .status,
        404
    );
}

#[test]
fn settings_that_cannot_be() {
    let refused = |settings: binance_wire_task_verification::server::ServerBuilder| {
        settings.build().expect_err("a setting that cannot be")
    };
    for prefix in ["api", "/api/", "/", "//", "/{all}", "/a b", "/*x"] {
        assert_eq!(
            refused(server(Campaign).prefix(prefix)),
            SettingsError::Path(prefix.to_owned())
        );
    }
    assert_eq!(
        refused(server(Campaign).path("taskCompletion", "/x")),
        SettingsError::FixedPath("taskCompletion")
    );
    assert_eq!(
        refused(server(Campaign).path("other", "/x")),
        SettingsError::UnknownOperation("other".to_owned())
    );
    assert_eq!(
        refused(server(Campaign).path("verifyTask", "/v1/task/completion")),
        SettingsError::SamePath("taskCompletion", "verifyTask")
    );
    assert_eq!(
        refused(server(Campaign).bearer_token("")),
        SettingsError::EmptyToken
    );
}
