//! The subscriptions of one stream connection: what is wanted, what the server has confirmed, and the control
//! messages that lead from one to the other.
//!
//! Pure state: commands, replies and the time go in, frames and outcomes come out. No socket.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use binance_wire_core::{Text, Writer};

use crate::pacer::Pacer;

/// Streams named in one control message; keeps it a few kilobytes long.
const NAMES_PER_MESSAGE: usize = 128;

/// The form in which a server takes control messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// The most streams on one connection.
    pub(crate) max_streams: usize,
    /// The maximum number of messages per second, pongs included; one is left for those.
    pub(crate) messages_per_second: usize,
    /// `{"command":…,"value":"a|b"}` instead of `{"method":…,"params":["a","b"],"id":…}`. The answers do not say
    /// which message they answer.
    pub(crate) topics: bool,
}

impl Manner {
    /// Spot's.
    #[cfg(test)]
    pub(crate) const SPOT: Self = Self {
        max_streams: 1024,
        messages_per_second: 5,
        topics: false,
    };
}

/// Who waits for an outcome; given out by the caller, `None` for what the connection does by itself.
pub(crate) type Token = u64;

/// The purpose of a control message.
#[derive(Debug)]
enum Purpose {
    Subscribe(Vec<Text>),
    Unsubscribe(Vec<Text>),
    List,
}

#[derive(Debug)]
struct Request {
    purpose: Purpose,
    token: Option<Token>,
    /// Whether the same was refused before.
    again: bool,
}

/// The state of a stream on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Wanted, and its SUBSCRIBE is queued or unanswered.
    Asked,
    /// Confirmed by the server.
    Active,
    /// Its UNSUBSCRIBE is queued or unanswered.
    Leaving,
}

/// The server's answer to a control message, as read from its frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// `"result": null`, or any other that carries no list.
    Done,
    /// `"result": ["…"]`.
    Names(Vec<Text>),
    /// An error object.
    Refused {
        /// The stream server's code, a small number that is not one of the API's error codes.
        code: i32,
        /// Its text.
        message: String,
    },
}

/// The outcome of a control message.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) token: Option<Token>,
    pub(crate) answer: Answer,
    /// The streams that the message named.
    pub(crate) names: Vec<Text>,
}

/// More streams than one connection carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyStreams;

/// The state of one connection's subscriptions.
#[derive(Debug)]
pub(crate) struct SubscriptionSet {
    streams: BTreeMap<Text, Standing>,
    queued: VecDeque<Request>,
    /// Sent and not yet answered, oldest first: there are few of them.
    unanswered: VecDeque<(u64, Instant, Request)>,
    next_id: u64,
    patience: Duration,
    manner: Manner,
    pacer: Pacer,
    /// Whether it takes the place of one that the server had confirmed.
    renewing: bool,
}

impl SubscriptionSet {
    /// No streams. `patience` is how long an answer may take, `first_id` the id of the first control message.
    pub(crate) fn new(manner: Manner, patience: Duration, first_id: u64) -> Self {
        let at_once = manner.messages_per_second.saturating_sub(1).max(1);
        Self {
            streams: BTreeMap::new(),
            queued: VecDeque::new(),
            unanswered: VecDeque::new(),
            next_id: first_id,
            patience,
            manner,
            pacer: Pacer::new(at_once, Duration::from_secs(1)),
            renewing: false,
        }
    }

    /// The plan for a new connection that takes the place of this one: it subscribes to every wanted stream again.
    /// `confirmed` are streams that the connection's address names, which need no message.
    pub(crate) fn renewed(&self, confirmed: &[Text]) -> Self {
        let mut next = Self::new(self.manner, self.patience, self.next_id);
        for (name, standing) in &self.streams {
            if *standing == Standing::Leaving {
                continue;
            }
            let on_address = confirmed.contains(name);
            let standing = if on_address {
                Standing::Active
            } else {
                Standing::Asked
            };
            next.streams.insert(name.clone(), standing);
        }
        let asked: Vec<Text> = next.with_standing(Standing::Asked).collect();
        next.queue_chunks(asked, None, Purpose::Subscribe);
        next
    }

    /// Takes the place of one message among those that may be sent in a second, or says when there is one.
    pub(crate) fn pace(&mut self, now: Instant) -> Result<(), Instant> {
        self.pacer.take(now)
    }

    /// A message is sent in any case.
    pub(crate) fn has_sent(&mut self, now: Instant) {
        self.pacer.note(now);
    }

    fn with_standing(&self, wanted: Standing) -> impl Iterator<Item = Text> + '_ {
        self.streams
            .iter()
            .filter(move |(_, standing)| **standing == wanted)
            .map(|(name, _)| name.clone())
    }

    /// The outcome comes with the answer to the last message, so the token goes there.
    fn queue_chunks(&mut self, names: Vec<Text>, token: Option<Token>, purpose: fn(Vec<Text>) -> Purpose) {
        let chunks = names.chunks(NAMES_PER_MESSAGE);
        let last = chunks.len().saturating_sub(1);
        for (index, chunk) in chunks.enumerate() {
            let token = if index == last { token } else { None };
            self.queued.push_back(Request {
                purpose: purpose(chunk.to_vec()),
                token,
                again: false,
            });
        }
    }

    /// Wants `names`. `Ok(false)`: all of them are active already, no outcome will follow.
    pub(crate) fn subscribe(&mut self, names: &[Text], token: Option<Token>) -> Result<bool, TooManyStreams> {
        let mut new: Vec<Text> = Vec::new();
        for name in names {
            let known = matches!(self.streams.get(name), Some(Standing::Asked | Standing::Active));
            if !known && !new.contains(name) {
                new.push(name.clone());
            }
        }
        let staying = self
            .streams
            .values()
            .filter(|standing| **standing != Standing::Leaving)
            .count();
        if staying + new.len() > self.manner.max_streams {
            return Err(TooManyStreams);
        }
        if new.is_empty() {
            return Ok(false);
        }
        for name in &new {
            self.streams.insert(name.clone(), Standing::Asked);
        }
        self.queue_chunks(new, token, Purpose::Subscribe);
        Ok(true)
    }

    /// Wants `names` no longer. `false`: none of them was subscribed, no outcome will follow.
    pub(crate) fn unsubscribe(&mut self, names: &[Text], token: Option<Token>) -> bool {
        let mut gone = Vec::new();
        for name in names {
            if let Some(standing @ (Standing::Asked | Standing::Active)) = self.streams.get_mut(name) {
                *standing = Standing::Leaving;
                gone.push(name.clone());
            }
        }
        if gone.is_empty() {
            return false;
        }
        self.queue_chunks(gone, token, Purpose::Unsubscribe);
        true
    }

    /// Asks the server what is subscribed.
    pub(crate) fn list(&mut self, token: Token) {
        self.queued.push_back(Request {
            purpose: Purpose::List,
            token: Some(token),
            again: false,
        });
    }

    /// The next frame to send, or the moment at which there may be one; `None` where nothing is queued.
    pub(crate) fn poll_send(&mut self, now: Instant) -> Option<Result<String, Instant>> {
        self.queued.front()?;
        if self.manner.topics && !self.unanswered.is_empty() {
            // Only the one message that waits can be answered; its answer comes first.
            return None;
        }
        if let Err(at) = self.pacer.take(now) {
            return Some(Err(at));
        }
        let request = self.queued.pop_front()?;
        let id = self.next_id;
        self.next_id += 1;
        let (method, names): (_, &[Text]) = match &request.purpose {
            Purpose::Subscribe(names) => ("SUBSCRIBE", names),
            Purpose::Unsubscribe(names) => ("UNSUBSCRIBE", names),
            Purpose::List => ("LIST_SUBSCRIPTIONS", &[]),
        };
        let mut frame = Writer::new();
        frame.begin_object();
        if self.manner.topics {
            frame.key("command");
            frame.str(method);
            frame.key("value");
            frame.str(&names.join("|"));
        } else {
            frame.key("method");
            frame.str(method);
            if !names.is_empty() {
                frame.key("params");
                frame.begin_array();
                for name in names {
                    frame.str(name);
                }
                frame.end_array();
            }
            frame.key("id");
            frame.u64(id);
        }
        frame.end_object();
        self.unanswered.push_back((id, now + self.patience, request));
        Some(Ok(frame.into_string()))
    }

    /// Takes the server's answer. Without an id (the server leaves it out of some errors) it can only be the
    /// answer to the one message that waits for one.
    pub(crate) fn answered(&mut self, id: Option<u64>, answer: Answer) -> Option<Outcome> {
        let index = match id {
            Some(id) => self.unanswered.iter().position(|(sent, ..)| *sent == id)?,
            None if self.unanswered.len() == 1 => 0,
            None => return None,
        };
        let (_, _, request) = self.unanswered.remove(index)?;
        let refused = matches!(answer, Answer::Refused { .. });
        if self.ask_again(&request, &answer) {
            // The answers to what is asked instead are the outcome.
            return Some(Outcome {
                token: None,
                answer: Answer::Done,
                names: Vec::new(),
            });
        }
        let names = match request.purpose {
            Purpose::Subscribe(names) => {
                for name in &names {
                    // A stream that was asked to leave meanwhile stays so.
                    if self.streams.get(name) == Some(&Standing::Asked) {
                        if refused {
                            self.streams.remove(name);
                        } else {
                            self.streams.insert(name.clone(), Standing::Active);
                        }
                    }
                }
                names
            }
            Purpose::Unsubscribe(names) => {
                for name in &names {
                    if self.streams.get(name) == Some(&Standing::Leaving) {
                        if refused {
                            self.streams.insert(name.clone(), Standing::Active);
                        } else {
                            self.streams.remove(name);
                        }
                    }
                }
                names
            }
            Purpose::List => Vec::new(),
        };
        Some(Outcome {
            token: request.token,
            answer,
            names,
        })
    }

    /// Divides a refused message until it is known which of its streams are refused, where the connection subscribes by
    /// itself: one bad stream must not take those along that share its message. Returns whether it asks again.
    fn ask_again(&mut self, request: &Request, answer: &Answer) -> bool {
        let (Answer::Refused { code, .. }, Purpose::Subscribe(names)) = (answer, &request.purpose) else {
            return false;
        };
        if !self.renewing || request.token.is_some() {
            return false;
        }
        // The server's own codes, small numbers, are about the message. Negative ones are the exchange's, such as -1003 (too
        // many requests), and may pass.
        let passing = *code < 0 && !request.again;
        if names.len() < 2 && !passing {
            return false;
        }
        for half in names.chunks(names.len().div_ceil(2)) {
            self.queued.push_back(Request {
                purpose: Purpose::Subscribe(half.to_vec()),
                token: None,
                again: names.len() == 1,
            });
        }
        true
    }

    /// Whether an answer is overdue.
    pub(crate) fn overdue(&self, now: Instant) -> bool {
        self.unanswered.iter().any(|(_, deadline, _)| now >= *deadline)
    }

    /// When [`overdue`](Self::overdue) can next become true.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.unanswered.iter().map(|(_, deadline, _)| *deadline).min()
    }

    /// The connection is read again after a while in which no answer could come.
    pub(crate) fn resume(&mut self, now: Instant) {
        for (_, deadline, _) in &mut self.unanswered {
            *deadline = (*deadline).max(now + self.patience);
        }
    }

    /// Whether nothing is left to send or to be answered.
    pub(crate) fn settled(&self) -> bool {
        self.queued.is_empty() && self.unanswered.is_empty()
    }

    /// Everyone who waits for an outcome that this connection will not give any more.
    pub(crate) fn abandoned(&self) -> Vec<Token> {
        let queued = self.queued.iter().filter_map(|request| request.token);
        queued
            .chain(self.unanswered.iter().filter_map(|(_, _, request)| request.token))
            .collect()
    }

    /// From now on nobody waits for the connection to be set up: what is refused is found out stream by stream.
    pub(crate) fn set_renewing(&mut self) {
        self.renewing = true;
    }

    /// The streams that are wanted, sorted by name.
    pub(crate) fn wanted(&self) -> Vec<Text> {
        self.streams
            .iter()
            .filter(|(_, standing)| **standing != Standing::Leaving)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn names(names: &[&str]) -> Vec<Text> {
        names.iter().map(|name| Text::from(*name)).collect()
    }

    fn send(set: &mut SubscriptionSet, now: Instant) -> String {
        match set.poll_send(now) {
            Some(Ok(frame)) => frame,
            other => panic!("nothing to send: {other:?}"),
        }
    }

    #[test]
    fn subscribing_and_leaving_live() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        assert_eq!(
            set.subscribe(&names(&["a@trade", "b@trade", "a@trade"]), Some(7)),
            Ok(true)
        );
        assert_eq!(
            send(&mut set, now),
            r#"{"method":"SUBSCRIBE","params":["a@trade","b@trade"],"id":1}"#
        );
        assert!(set.poll_send(now).is_none());
        assert!(!set.settled());
        assert_eq!(set.answered(Some(2), Answer::Done), None);
        let outcome = set.answered(Some(1), Answer::Done).unwrap();
        assert_eq!((outcome.token, outcome.names.len()), (Some(7), 2));
        assert!(set.settled());
        assert_eq!(set.subscribe(&names(&["a@trade"]), Some(8)), Ok(false));
        assert!(set.unsubscribe(&names(&["a@trade", "never"]), Some(9)));
        assert_eq!(set.wanted(), names(&["b@trade"]));
        assert_eq!(
            send(&mut set, now),
            r#"{"method":"UNSUBSCRIBE","params":["a@trade"],"id":2}"#
        );
        assert_eq!(set.answered(Some(2), Answer::Done).unwrap().token, Some(9));
        assert!(!set.unsubscribe(&names(&["a@trade"]), None));
        set.list(4);
        assert_eq!(send(&mut set, now), r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#);
        let outcome = set.answered(Some(3), Answer::Names(names(&["b@trade"]))).unwrap();
        assert_eq!(outcome.answer, Answer::Names(names(&["b@trade"])));
    }

    #[test]
    fn a_refusal_takes_the_streams_back() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        set.subscribe(&names(&["bad"]), Some(1)).unwrap();
        send(&mut set, now);
        let refused = Answer::Refused {
            code: 2,
            message: "Invalid request".into(),
        };
        // Without an id it belongs to the only message that waits.
        let outcome = set.answered(None, refused.clone()).unwrap();
        assert_eq!((outcome.token, outcome.answer), (Some(1), refused.clone()));
        assert!(set.wanted().is_empty());
        set.subscribe(&names(&["x"]), Some(2)).unwrap();
        set.subscribe(&names(&["y"]), Some(3)).unwrap();
        send(&mut set, now);
        send(&mut set, now);
        assert_eq!(
            set.answered(None, refused),
            None,
            "with two waiting it cannot be told whose it is"
        );
    }

    #[test]
    fn of_a_refused_message_on_the_way_back_only_the_bad_streams_are_given_up() {
        let all: Vec<Text> = (0..100).map(|n| Text::from(format!("s{n:02}@trade"))).collect();
        let bad = names(&["s07@trade", "s63@trade"]);
        let mut now = Instant::now();
        let mut first = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        first.subscribe(&all, None).unwrap();
        let mut set = first.renewed(&[]);
        set.set_renewing();
        let mut given_up = Vec::new();
        let mut messages = 0;
        while let Some(sent) = set.poll_send(now) {
            let frame = match sent {
                Ok(frame) => frame,
                Err(at) => {
                    now = at;
                    continue;
                }
            };
            messages += 1;
            let answer = match bad.iter().any(|name| frame.contains(name.as_str())) {
                true => Answer::Refused {
                    code: 2,
                    message: "Invalid request".into(),
                },
                false => Answer::Done,
            };
            let outcome = set.answered(None, answer).unwrap();
            if matches!(outcome.answer, Answer::Refused { .. }) {
                given_up.extend(outcome.names);
            }
        }
        given_up.sort_unstable();
        assert_eq!(given_up, bad);
        assert!(set.settled());
        assert_eq!(set.wanted().len(), 98);
        assert!(messages < 40, "{messages} messages for two bad streams");
    }

    #[test]
    fn a_refusal_that_may_pass_is_asked_about_again_once() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        set.set_renewing();
        set.subscribe(&names(&["a"]), None).unwrap();
        let refused = Answer::Refused {
            code: -1003,
            message: "Too many requests".into(),
        };
        send(&mut set, now);
        assert_eq!(
            set.answered(Some(1), refused.clone()).unwrap().answer,
            Answer::Done
        );
        assert!(!set.settled());
        send(&mut set, now);
        assert_eq!(set.answered(Some(2), refused.clone()).unwrap().answer, refused);
        assert!(set.settled() && set.wanted().is_empty());
        // Whoever waits for an answer gets the first one.
        set.subscribe(&names(&["a", "b"]), Some(1)).unwrap();
        send(&mut set, now);
        assert_eq!(set.answered(Some(3), refused.clone()).unwrap().answer, refused);
    }

    #[test]
    fn topics_are_asked_for_one_message_at_a_time() {
        let now = Instant::now();
        let manner = Manner {
            topics: true,
            ..Manner::SPOT
        };
        let mut set = SubscriptionSet::new(manner, PATIENCE, 1);
        set.subscribe(&names(&["a", "b"]), Some(1)).unwrap();
        set.unsubscribe(&names(&["b"]), Some(2));
        assert_eq!(send(&mut set, now), r#"{"command":"SUBSCRIBE","value":"a|b"}"#);
        assert!(set.poll_send(now).is_none(), "the next waits for the answer");
        assert_eq!(set.answered(None, Answer::Done).unwrap().token, Some(1));
        assert_eq!(send(&mut set, now), r#"{"command":"UNSUBSCRIBE","value":"b"}"#);
        assert_eq!(set.answered(None, Answer::Done).unwrap().token, Some(2));
        assert_eq!(set.wanted(), names(&["a"]));
    }

    #[test]
    fn a_connection_carries_1024_streams() {
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        let many: Vec<Text> = (0..1024).map(|n| Text::from(format!("s{n}@trade"))).collect();
        assert_eq!(set.subscribe(&many, None), Ok(true));
        assert_eq!(set.subscribe(&names(&["one@more"]), None), Err(TooManyStreams));
        assert_eq!(set.subscribe(&many[..3], None), Ok(false));
        // Unsubscribing makes room at once: the server handles messages in order.
        set.unsubscribe(&many[..1], None);
        assert_eq!(set.subscribe(&names(&["one@more"]), None), Ok(true));
    }

    #[test]
    fn control_messages_keep_under_five_a_second() {
        let start = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        for n in 0..10 {
            set.subscribe(&[Text::from(format!("s{n}"))], None).unwrap();
        }
        let mut now = start;
        let mut sent = 0;
        while let Some(next) = set.poll_send(now) {
            match next {
                Ok(_) => sent += 1,
                Err(at) => {
                    assert_eq!(sent % 4, 0);
                    now = at;
                }
            }
        }
        assert_eq!(sent, 10);
        assert_eq!(now, start + Duration::from_secs(2));
    }

    #[test]
    fn a_new_connection_asks_for_everything_wanted_in_chunks() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        let many: Vec<Text> = (0..300).map(|n| Text::from(format!("s{n:03}"))).collect();
        set.subscribe(&many, None).unwrap();
        set.unsubscribe(&many[..1], Some(5));
        while let Some(Ok(_)) = set.poll_send(now) {}
        assert_eq!(set.abandoned(), [5]);
        let mut next = set.renewed(&many[1..2]);
        assert_eq!(next.wanted().len(), 299);
        let mut asked = 0;
        let mut ids = Vec::new();
        while let Some(Ok(frame)) = next.poll_send(now) {
            asked += frame.matches("\"s").count();
            ids.push(ids.len() as u64 + set.next_id);
        }
        assert_eq!((asked, ids.len()), (298, 3));
        for id in ids {
            assert!(next.answered(Some(id), Answer::Done).is_some());
        }
        assert!(next.settled());
    }

    #[test]
    fn an_answer_that_does_not_come_is_noticed() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        set.subscribe(&names(&["a"]), None).unwrap();
        assert_eq!(set.next_deadline(), None);
        send(&mut set, now);
        assert_eq!(set.next_deadline(), Some(now + PATIENCE));
        assert!(!set.overdue(now));
        assert!(set.overdue(now + PATIENCE));
    }

    #[test]
    fn leaving_before_the_confirmation_stays_left() {
        let now = Instant::now();
        let mut set = SubscriptionSet::new(Manner::SPOT, PATIENCE, 1);
        set.subscribe(&names(&["a"]), None).unwrap();
        send(&mut set, now);
        set.unsubscribe(&names(&["a"]), None);
        set.answered(Some(1), Answer::Done);
        assert!(set.wanted().is_empty());
        send(&mut set, now);
        set.answered(Some(2), Answer::Done);
        assert_eq!(set.renewed(&[]).wanted(), names(&[]));
    }
}
