//! What stands between a request and its sending: the limiter, and the exchange's clock.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use binance_wire_core::{Again, Credit, Error, OperationInfo, ParamSink, Timestamp};
use binance_wire_limits::{Permit, ServerClock, wire};

use super::client::{Answer, ApiClient, When};
use super::connection::RawResponse;
use super::outcome::Subject;
use crate::clock::now;
use crate::metric;

impl ApiClient {
    /// Waits until a request may be sent.
    pub(super) async fn admit(
        &self,
        info: &OperationInfo,
        credit: Option<&Credit>,
        patience: Duration,
    ) -> Result<Permit, Error> {
        match (&self.lane, credit) {
            (Some(lane), Some(credit)) => lane.admit(info, credit, false, patience).await,
            _ => Ok(Permit::unlimited()),
        }
    }

    /// Takes what a request cost, and what its answer says of the limits.
    pub(super) fn settle(
        &self,
        info: &OperationInfo,
        permit: Permit,
        response: &RawResponse,
        result: &Result<Range<usize>, Error>,
    ) {
        let Some(lane) = self.lane.as_ref().filter(|_| permit.is_limited()) else {
            return permit.succeeded(&[]);
        };
        let RawResponse { text, envelope } = response;
        let part = |span: &Range<usize>| text.get(span.clone()).unwrap_or_default();
        let (stated, usage) = envelope
            .rate_limits
            .as_ref()
            .map(|span| wire::read_list(part(span)))
            .unwrap_or_default();
        if !stated.is_empty() {
            lane.learn(&stated, false);
        }
        match result {
            Ok(span) => {
                permit.succeeded(&usage);
                let stated = match info.id {
                    "exchangeInfo" => wire::read_exchange_info(part(span)),
                    _ => Vec::new(),
                };
                if !stated.is_empty() {
                    lane.learn(&stated, true);
                }
            }
            Err(error) => permit.failed(error, &usage),
        }
    }

    /// Sends a request with the exchange's time in it, where that is used: asks for it first where it is not known, and
    /// once more where the exchange finds the time wrong.
    pub(super) async fn exchange_in_time(
        &self,
        subject: Subject,
        when: When,
        credit: Option<Credit>,
        write_params: &(dyn Fn(&mut dyn ParamSink) + Sync),
    ) -> Result<Answer, Error> {
        let info = subject.info;
        let credit = credit.as_ref();
        let has_time = |_: &&ServerClock| info.signed && !self.shared.product.time_method.is_empty();
        let Some(clock) = self.shared.server_clock.as_ref().filter(has_time) else {
            return self
                .exchange_repeatedly(subject, when, credit, write_params)
                .await;
        };
        let prepared = clock.prepare(self.probe(), !self.is_to_fail_fast());
        let reading = match when.send_by {
            None => prepared.await,
            Some(by) => tokio::time::timeout_at(by.into(), prepared)
                .await
                .map_err(|_| subject.not_sent("the exchange's time was not known in time"))?,
        };
        let again = (!info.mutation).then(|| subject.clone());
        let result = self
            .exchange_repeatedly(subject, when, credit, write_params)
            .await;
        let code = result.as_ref().err().and_then(Error::code);
        // The exchange refused it, so that nothing was done; but what changes something is sent once.
        match (clock.is_corrected(code, reading, self.probe()).await, again) {
            (true, Some(subject)) => {
                self.exchange_repeatedly(subject, when, credit, write_params)
                    .await
            }
            _ => result,
        }
    }

    /// Does what the session is asked for in the exchange's time, where that is used, and once more where the exchange
    /// finds the time wrong: a logon changes nothing.
    pub(super) async fn in_time<F>(&self, ask: impl Fn() -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let has_time = |_: &&ServerClock| !self.shared.product.time_method.is_empty();
        let Some(clock) = self.shared.server_clock.as_ref().filter(has_time) else {
            return ask().await;
        };
        let reading = clock.prepare(self.probe(), true).await;
        let result = ask().await;
        let code = result.as_ref().err().and_then(Error::code);
        match clock.is_corrected(code, reading, self.probe()).await {
            true => ask().await,
            false => result,
        }
    }

    /// Asks for the exchange's time, any number of times.
    fn probe(
        &self,
    ) -> impl Fn() -> Pin<Box<dyn Future<Output = Result<Timestamp, Error>> + Send>> + Send + use<> {
        let this = self.clone();
        move || {
            let this = this.clone();
            Box::pin(async move { this.ask_time().await })
        }
    }

    /// Sends a request, and a read again while it fails for what may pass, as the client is set.
    async fn exchange_repeatedly(
        &self,
        mut subject: Subject,
        when: When,
        credit: Option<&Credit>,
        write_params: &(dyn Fn(&mut dyn ParamSink) + Sync),
    ) -> Result<Answer, Error> {
        let info = subject.info;
        let repeatable = !info.mutation && !self.is_to_fail_fast();
        let mut repetitions = self.shared.read_retries.start(when.started, repeatable);
        loop {
            // What is sent once is not copied.
            let next = repeatable.then(|| subject.clone());
            let result = self.exchange(subject, when.send_by, credit, write_params).await;
            let passing = match &result {
                Ok(_) => {
                    repetitions.succeeded();
                    return result;
                }
                Err(Error::Transport(_)) => !self.is_closed(),
                Err(error) => matches!(error, Error::Server { .. }),
            };
            let Some(next) = next.filter(|_| passing) else {
                return result;
            };
            let wait = match repetitions.again(now(), when.send_by, fastrand::f64()) {
                Again::After(wait) => wait,
                Again::No => return result,
                Again::BudgetUsedUp => {
                    metric::unrepeated(info);
                    tracing::debug!("the read failed and is not repeated: the retry budget is used up");
                    return result;
                }
            };
            metric::repeated(info);
            tracing::debug!(
                wait_ms = wait.as_millis() as u64,
                "the read failed and is repeated"
            );
            tokio::time::sleep(wait).await;
            subject = next;
        }
    }

    async fn ask_time(&self) -> Result<Timestamp, Error> {
        let subject = Subject {
            method: self.shared.product.time_method,
            info: &wire::TIME,
            orders: Vec::new(),
            sent: None,
        };
        let credit = Credit::ip(1);
        let answer = self.exchange(subject, None, Some(&credit), &|_| {}).await?;
        let time = answer
            .response
            .text
            .get(answer.result)
            .and_then(wire::read_server_time);
        time.ok_or_else(wire::no_server_time)
    }
}
