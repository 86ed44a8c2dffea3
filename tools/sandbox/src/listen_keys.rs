//! Listen keys, as futures and margin have them: an account has one at a time, which admits a stream connection to its events.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::AccountId;
use crate::error::Refusal;
use crate::http::Response;
use crate::record::ReceivedRequest;
use crate::rest::refused;
use crate::state::{State, listeners};

/// Where keys of USDⓈ-M are made, kept alive and ended.
const PATH: &str = "/fapi/v1/listenKey";
/// The same of COIN-M.
const COIN_PATH: &str = "/dapi/v1/listenKey";

/// Whether keys are made at a path.
pub(crate) fn is_at(path: &str) -> bool {
    matches!(path, PATH | COIN_PATH)
}
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
    /// What keys begin with.
    prefix: &'static str,
    pub(crate) life_us: i64,
}

impl Default for ListenKeys {
    fn default() -> ListenKeys {
        ListenKeys {
            keys: BTreeMap::new(),
            made: 0,
            prefix: "TESTDATA",
            life_us: LIFE_US,
        }
    }
}

impl ListenKeys {
    /// Keys that no other product has.
    pub(crate) fn of_coin() -> ListenKeys {
        ListenKeys {
            prefix: "COINDATA",
            ..ListenKeys::default()
        }
    }

    /// The key of an account, as long as it is good.
    pub(crate) fn of(&self, account: AccountId, now_us: i64) -> Option<&str> {
        let key = self.keys.get(&account).filter(|key| now_us < key.expires_us)?;
        Some(&key.text)
    }

    /// The same, but that no account has a key. New ones are like none that was there.
    pub(crate) fn without_keys(mut self) -> ListenKeys {
        self.keys.clear();
        self
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
        let text = format!("{}{:056}", self.prefix, self.made);
        let key = Key {
            text: text.clone(),
            expires_us: now_us.saturating_add(self.life_us),
        };
        self.keys.insert(account, key);
        text
    }

    /// Does with the key of an account what is asked.
    pub(crate) fn carry_out(&mut self, used: Use, account: AccountId, now_us: i64) -> Result<Value, Refusal> {
        let none = || Refusal::new(-1125, "This listenKey does not exist.");
        match used {
            Use::Start => Ok(json!({ "listenKey": self.start(account, now_us) })),
            Use::KeepAlive => {
                let key = self.keep_alive(account, now_us).ok_or_else(none)?;
                Ok(json!({ "listenKey": key }))
            }
            Use::End => {
                self.end(account).ok_or_else(none)?;
                Ok(json!({}))
            }
        }
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

/// What is asked of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    Start,
    KeepAlive,
    End,
}

/// Answers a request at a path of keys.
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
    let keys = match request.path.as_str() {
        COIN_PATH => &mut state.coin_keys,
        _ => &mut state.listen_keys,
    };
    let used = match request.method.as_str() {
        "POST" => Use::Start,
        "PUT" => Use::KeepAlive,
        "DELETE" => Use::End,
        _ => return Err(Refusal::new(-1020, "This operation is not supported.").status(405)),
    };
    keys.carry_out(used, account, now_us)
}

impl State {
    /// Ends the keys whose time is over, and says so to those who listen.
    pub(crate) fn expire_listen_keys(&mut self) {
        let now_us = self.clock.now_us();
        let expired = self.listen_keys.expire(now_us);
        for key in expired.into_iter().chain(self.coin_keys.expire(now_us)) {
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

    /// Ends the keys of all accounts and products.
    pub(crate) fn end_listen_keys(&mut self) {
        let now_us = self.clock.now_us();
        let keys = [&mut self.listen_keys, &mut self.coin_keys];
        let ended = keys.map(|of_product| std::mem::take(&mut of_product.keys));
        for key in ended.into_iter().flat_map(BTreeMap::into_values) {
            self.announce_end(&key.text, now_us);
        }
    }

    fn announce_end(&self, key: &str, now_us: i64) {
        for (_, connection, subscriptions) in listeners(&self.connections) {
            if subscriptions.contains(key) {
                let time = connection.unit.of(now_us);
                let event = json!({ "e": "listenKeyExpired", "E": time, "listenKey": key });
                connection.send(subscriptions.wrap(key, &event));
            }
        }
    }
}
