//! The settings of a store.

use std::fmt;
use std::time::Duration;

use binance_wire_core::Error;
use redis::aio::ConnectionManagerConfig;

use crate::RedisStore;

/// The time that a request waits for Redis, unless another is set.
const TIMEOUT: Duration = Duration::from_millis(100);
/// The longest wait between two attempts to connect again.
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// The settings of a [`RedisStore`].
#[derive(Clone)]
#[must_use = "a builder does nothing before `build`"]
pub struct RedisStoreBuilder {
    url: String,
    prefix: String,
    timeout: Duration,
}

impl RedisStoreBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            prefix: "binance-wire".to_owned(),
            timeout: TIMEOUT,
        }
    }

    /// Sets what all keys begin with: the same for all processes that share a budget. `binance-wire` unless set.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a request waits for Redis before the limiter goes on without it. 100 ms unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The store. No connection is made yet; it is kept by a task, so that this must be called within a Tokio runtime with
    /// its I/O and time drivers on.
    ///
    /// # Errors
    /// [`Error::Unusable`] where the address is not one of Redis.
    pub fn build(self) -> Result<RedisStore, Error> {
        // What is wrong with an address is said without the address, which may have a password in it.
        let unusable =
            |error: redis::RedisError| Error::Unusable(format!("the address of Redis: {:?}", error.kind()));
        let client = redis::Client::open(self.url.as_str()).map_err(unusable)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout))
            .set_max_delay(LONGEST_DELAY)
            .set_number_of_retries(1);
        let connection =
            redis::aio::ConnectionManager::new_lazy_with_config(client, config).map_err(unusable)?;
        Ok(RedisStore::start(connection, self.prefix, self.timeout))
    }
}

impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
