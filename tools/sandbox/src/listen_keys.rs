//! Listen keys, as futures and margin have them: an account has one at a time, which admits a stream connection to its events.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::AccountId;
use crate::error::Refusal;
use crate::http::Response;
use crate::record::ReceivedRequest;
use crate::rest::refused;
use crate::state::{Role, State};

/// Where keys are made, kept alive and ended.
pub(crate) const PATH: &str = "/fapi/v1/listenKey";
/// An hour.
const LIFE_US: i64 = 3_600_000_000;

#[derive(Clone, Debug)]
struct Key {
    text: String,
    expires_us: i64,
}

/// The keys of all accounts.
#[derive(Clone, Debug)]
pub(crate) struct ListenKeys {
    keys: BTreeMap<AccountId, Key>,
    made: u64,
    pub(crate) life_us: i64,
}

impl Default for ListenKeys {
    fn default() -> ListenKeys {
        ListenKeys {
            keys: BTreeMap::new(),
            made: 0,
            life_us: LIFE_US,
        }
    }
}

impl ListenKeys {
    /// The key of an account, as long as it is good.
    pub(crate) fn of(&self, account: AccountId, now_us: i64) -> Option<&str> {
        let key = self.keys.get(&account).filter(|key| now_us < key.expires_us)?;
        Some(&key.text)
    }

    /// Forgets all keys. New ones are like none that was there.
    pub(crate) fn reset(&mut self) {
        self.keys.clear();
    }

    /// The accounts that have a key.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        self.keys.keys().copied().collect()
    }

    fn keep_alive(&mut self, account: AccountId, now_us: i64) -> Option<String> {
        let key = self
            .keys
            .get_mut(&account)
            .filter(|key| now_us < key.expires_us)?;
        key.expires_us = now_us.saturating_add(self.life_us);
        Some(key.text.clone())
    }

    fn start(&mut self, account: AccountId, now_us: i64) -> String {
        if let Some(text) = self.keep_alive(account, now_us) {
            return text;
        }
        self.made += 1;
        let text = format!("TESTDATA{:056}", self.made);
        let key = Key {
            text: text.clone(),
            expires_us: now_us.saturating_add(self.life_us),
        };
        self.keys.insert(account, key);
        text
    }

    /// Takes out the keys whose time is over.
    fn expire(&mut self, now_us: i64) -> Vec<String> {
        let mut expired = Vec::new();
        self.keys.retain(|_, key| {
            let good = now_us < key.expires_us;
            if !good {
                expired.push(key.text.clone());
            }
            good
        });
        expired
    }

    /// Takes out the key of an account.
    fn end(&mut self, account: AccountId) -> Option<String> {
        self.keys.remove(&account).map(|key| key.text)
    }
}

/// Answers a request at [`PATH`].
pub(crate) fn respond(state: &mut State, request: &ReceivedRequest) -> Response {
    let now_us = state.clock.now_us();
    match carry_out(state, request, now_us) {
        Ok(answer) => Response::json(200, &answer),
        Err(refusal) => refused(&refusal, false, now_us),
    }
}

fn carry_out(state: &mut State, request: &ReceivedRequest, now_us: i64) -> Result<Value, Refusal> {
    let key = request.header("x-mbx-apikey").and_then(|key| state.keys.get(key));
    let account = key.ok_or_else(Refusal::rejected_key)?.account;
    let none = || Refusal::new(-1125, "This listenKey does not exist.");
    match request.method.as_str() {
        "POST" => Ok(json!({ "listenKey": state.listen_keys.start(account, now_us) })),
        "PUT" => {
            let key = state.listen_keys.keep_alive(account, now_us).ok_or_else(none)?;
            Ok(json!({ "listenKey": key }))
        }
        "DELETE" => {
            state.listen_keys.end(account).ok_or_else(none)?;
            Ok(json!({}))
        }
        _ => Err(Refusal::new(-1020, "This operation is not supported.").status(405)),
    }
}

impl State {
    /// Ends the keys whose time is over, and says so to those who listen.
    pub(crate) fn expire_listen_keys(&mut self) {
        let now_us = self.clock.now_us();
        for key in self.listen_keys.expire(now_us) {
            self.announce_end(&key, now_us);
        }
    }

    /// Ends the key of an account before its time; whether it had one.
    pub(crate) fn end_listen_key(&mut self, account: AccountId) -> bool {
        let now_us = self.clock.now_us();
        let ended = self.listen_keys.end(account);
        if let Some(key) = &ended {
            self.announce_end(key, now_us);
        }
        ended.is_some()
    }

    fn announce_end(&self, key: &str, now_us: i64) {
        for connection in self.connections.values() {
            if let Role::Streams(subscriptions) = &connection.role
                && subscriptions.contains(key)
            {
                let time = connection.unit.of(now_us);
                let event = json!({ "e": "listenKeyExpired", "E": time, "listenKey": key });
                connection.send(subscriptions.wrap(key, &event));
            }
        }
    }
}
