//! Offers the task verification API with axum, and asks it as Binance would.
//!
//!     cargo run -p binance-wire-products-tests --example task_server

use binance_wire_server_tests::{send, serve};
use binance_wire_task_verification::models::{TaskCompletionRequest, TaskStatuses};
use binance_wire_task_verification::server::{Refusal, TaskVerification, router, server};

/// Which wallets have done what; a database, elsewhere.
struct Campaign;

const TASKS: [(&str, bool); 2] = [("deposit", true), ("trade", false)];

impl TaskVerification for Campaign {
    async fn task_completion(&self, request: TaskCompletionRequest) -> Result<TaskStatuses, Refusal> {
        if request.wallet_address != "0xabc" {
            return Err(Refusal::invalid("no such wallet"));
        }
        let wanted = request.task.unwrap_or_default();
        let asked = |task: &str| wanted.is_empty() || wanted.iter().any(|wanted| *wanted == task);
        Ok(TASKS.into_iter().filter(|(task, _)| asked(task)).collect())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `router` gives an `axum::Router`: nest it in yours, and serve that as you do.
    let address = serve(router(server(Campaign).prefix("/binance").build()?)).await;
    for query in [
        "walletAddress=0xabc",
        "walletAddress=0xabc&task=%5B%22trade%22%5D",
        "walletAddress=0xdef",
        "task=%5B%5D",
    ] {
        let line = format!("GET /binance/v1/task/completion?{query}");
        let answer = send(address, &line, &[], "").await;
        println!("{query}: {} {}", answer.status, answer.body);
    }
    Ok(())
}
