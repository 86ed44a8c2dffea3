//! Two processes and an exchange that counts what they send.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use binance_wire_limits::{StoreLoss, WhenFull};
use binance_wire_limits_redis::RedisStore;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::Barrier;

use super::server::Redis;
use super::*;

/// What a worker is told by its environment: the address of the exchange, and that of Redis, which may be empty.
const EXCHANGE: &str = "LIMITS_TEST_EXCHANGE";
const REDIS: &str = "LIMITS_TEST_REDIS";
/// The calls of one process. Two of them need three windows.
const CALLS: usize = 30;

/// Not a test but what the two processes run.
#[tokio::test]
async fn worker() {
    let Ok(exchange) = std::env::var(EXCHANGE) else {
        return;
    };
    let redis = std::env::var(REDIS).expect("an address, or nothing");
    let stream = TcpStream::connect(exchange).await.expect("the exchange");
    stream.set_nodelay(true).expect("a socket");
    let (answers, mut requests) = stream.into_split();
    let mut answers = BufReader::new(answers).lines();
    // The exchange's clock is this machine's.
    let mut limiter = builder(Timestamp::from_micros(
        Timestamp::from(std::time::SystemTime::now()).as_micros(),
    ))
    .when_full(WhenFull::Wait(LONG));
    if !redis.is_empty() {
        let store = RedisStore::builder(redis).timeout(LONG).build().expect("a store");
        limiter = limiter.store(store).on_store_loss(StoreLoss::Refuse);
    }
    let limiter = limiter.build();
    let lane = lane(&limiter, &SECOND);
    // Both begin at once.
    requests.write_all(b"ready\n").await.expect("sent");
    answers.next_line().await.expect("an answer");
    for _ in 0..CALLS {
        let permit = match read(&lane, 1).await {
            Ok(permit) => permit,
            Err(error) => panic!("{error}"),
        };
        requests.write_all(b"call\n").await.expect("sent");
        answers.next_line().await.expect("an answer");
        permit.succeeded(&[]);
    }
}

/// Runs two processes against an exchange, and returns what it counted in each second.
async fn run(redis: &str) -> BTreeMap<u64, usize> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let counts = Arc::new(Mutex::new(BTreeMap::new()));
    let both = Arc::new(Barrier::new(2));
    let counted = counts.clone();
    let exchange = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (counts, both) = (counted.clone(), both.clone());
            stream.set_nodelay(true).expect("a socket");
            tokio::spawn(async move {
                let (requests, mut answers) = stream.into_split();
                let mut requests = BufReader::new(requests).lines();
                while let Ok(Some(line)) = requests.next_line().await {
                    if line == "ready" {
                        both.wait().await;
                    } else {
                        let now = std::time::SystemTime::now();
                        let now = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
                        *counts.lock().expect("no panic").entry(now.as_secs()).or_default() += 1;
                    }
                    let _ = answers.write_all(b"done\n").await;
                }
            });
        }
    });
    let spawn = || {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "processes::worker", "--nocapture"])
            .env(EXCHANGE, &address)
            .env(REDIS, redis)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a process")
    };
    let (mut one, mut two) = (spawn(), spawn());
    let (one, two) = tokio::join!(one.wait(), two.wait());
    assert!(one.expect("it ended").success() && two.expect("it ended").success());
    exchange.abort();
    let counts = counts.lock().expect("no panic").clone();
    assert_eq!(counts.values().sum::<usize>(), 2 * CALLS);
    counts
}

#[tokio::test]
async fn two_processes_never_exceed_one_budget() {
    let Some(redis) = Redis::start().await else { return };
    let shared = run(&redis.url()).await;
    assert!(shared.values().all(|count| *count <= 20), "{shared:?}");
    // Each for itself, they would.
    let alone = run("").await;
    assert!(alone.values().any(|count| *count > 20), "{alone:?}");
}
