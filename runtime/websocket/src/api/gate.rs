//! What stands between a request and its sending: the limiter, and the exchange's clock.

use std::ops::Range;
use std::time::Duration;

use binance_wire_core::{Credit, Error, OperationInfo, ParamSink, Timestamp};
use binance_wire_limits::{Permit, ServerClock, wire};

use super::client::{Answer, ApiClient};
use super::connection::RawResponse;
use super::outcome::Subject;

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
        credit: Option<Credit>,
        write_params: &(dyn Fn(&mut dyn ParamSink) + Sync),
    ) -> Result<Answer, Error> {
        let info = subject.info;
        let has_time = |_: &&ServerClock| info.signed && !self.shared.product.time_method.is_empty();
        let Some(clock) = self.shared.server_clock.as_ref().filter(has_time) else {
            return self.exchange(subject, credit.as_ref(), write_params).await;
        };
        let probe = || {
            let this = self.clone();
            move || {
                let this = this.clone();
                async move { this.ask_time().await }
            }
        };
        let reading = clock.prepare(probe()).await;
        let again = (!info.mutation).then(|| subject.clone());
        let result = self.exchange(subject, credit.as_ref(), write_params).await;
        let code = result.as_ref().err().and_then(Error::code);
        // The exchange refused it, so that nothing was done; but what changes something is sent once.
        match (clock.is_corrected(code, reading, probe()).await, again) {
            (true, Some(subject)) => self.exchange(subject, credit.as_ref(), write_params).await,
            _ => result,
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
        let answer = self.exchange(subject, Some(&credit), &|_| {}).await?;
        let time = answer
            .response
            .text
            .get(answer.result)
            .and_then(wire::read_server_time);
        time.ok_or_else(wire::no_server_time)
    }
}
