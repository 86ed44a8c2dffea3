//! A Redis of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use binance_wire_limits_redis::{RedisStore, RedisStoreBuilder};

/// A server on a Unix socket, without a port and without files; it ends with this.
pub(crate) struct Redis {
    folder: tempfile::TempDir,
    process: Child,
}

impl Redis {
    /// Starts one; `None`, with a word on it, where it is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(process) = launch(folder.path()) else {
            eprintln!("redis-server is not installed: this test is passed over");
            return None;
        };
        let redis = Self { folder, process };
        redis.answers().await;
        Some(redis)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    pub(crate) fn store(&self) -> RedisStoreBuilder {
        // Tests run beside others, on machines that may be slow.
        RedisStore::builder(self.url()).timeout(Duration::from_secs(5))
    }

    async fn answers(&self) {
        while tokio::net::UnixStream::connect(self.socket()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        let _ = std::fs::remove_file(self.socket());
    }

    pub(crate) async fn start_again(&mut self) {
        self.process = launch(self.folder.path()).expect("it is installed");
        self.answers().await;
    }

    /// The value of every counter that there is, and for how long it is kept.
    pub(crate) async fn counters(&self) -> Vec<(String, i64, i64)> {
        let client = redis::Client::open(self.url()).expect("an address");
        let mut connection = client
            .get_multiplexed_async_connection()
            .await
            .expect("a connection");
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("*")
            .query_async(&mut connection)
            .await
            .expect("keys");
        let mut found = Vec::new();
        for key in keys {
            let value: i64 = redis::cmd("GET")
                .arg(&key)
                .query_async(&mut connection)
                .await
                .expect("a value");
            let life: i64 = redis::cmd("PTTL")
                .arg(&key)
                .query_async(&mut connection)
                .await
                .expect("a life");
            found.push((key, value, life));
        }
        found.sort();
        found
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(folder: &Path) -> Option<Child> {
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(folder.join("socket"))
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}
