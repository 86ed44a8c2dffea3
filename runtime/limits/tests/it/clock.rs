//! The exchange's clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use binance_wire_core::{Error, Timestamp};
use binance_wire_limits::{ClockEstimate, Need, ServerClock};
use proptest::prelude::*;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn the_shortest_round_trip_counts() {
    let start = Instant::now();
    let mut clock = ClockEstimate::new();
    assert!(clock.at(start).is_none());
    // The exchange is a second ahead of `start`; slow answers that came on one side of it only.
    clock.record(start, start + millis(400), Timestamp::from_millis(1_390));
    clock.record(
        start + millis(500),
        start + millis(504),
        Timestamp::from_millis(1_502),
    );
    clock.record(
        start + millis(600),
        start + millis(900),
        Timestamp::from_millis(1_601),
    );
    let now = clock.at(start + millis(1_000)).unwrap();
    assert_eq!(now.at().as_millis(), 2_000);
    assert!(now.uncertainty() < millis(4), "{now:?}");
}

#[test]
fn an_old_sample_loses_to_a_new_one() {
    let start = Instant::now();
    let mut clock = ClockEstimate::new();
    clock.record(start, start + millis(10), Timestamp::from_millis(5));
    let hour = Duration::from_secs(3_600);
    let drifted = clock.at(start + hour).unwrap().uncertainty();
    assert!(drifted > millis(700), "{drifted:?}");
    clock.record(
        start + hour,
        start + hour + millis(100),
        Timestamp::from_millis(3_600_250),
    );
    let now = clock.at(start + hour + millis(100)).unwrap();
    assert_eq!(now.at().as_millis(), 3_600_300);
    assert!(now.uncertainty() < millis(60));
}

proptest! {
    /// With clocks that drift as much as is assumed, and answers that take any time on the way there and back, the true
    /// time is within the uncertainty.
    #[test]
    fn the_uncertainty_holds(
        offset in 0_i64..2_000_000_000_000,
        drift in -200_i64..=200,
        trips in prop::collection::vec((0_u64..100_000, 0_u64..500_000, 0_u64..500_000), 1..20),
        later in 0_u64..10_000_000,
    ) {
        let start = Instant::now();
        let truth = |micros: u64| offset + i64::try_from(micros).unwrap() * (1_000_000 + drift) / 1_000_000;
        let mut clock = ClockEstimate::new();
        let mut now = 0;
        for (pause, there, back) in trips {
            let sent = now + pause;
            let received = sent + there + back;
            let stated = Timestamp::from_millis(truth(sent + there).div_euclid(1_000));
            clock.record(start + Duration::from_micros(sent), start + Duration::from_micros(received), stated);
            now = received;
        }
        now += later;
        let moment = clock.at(start + Duration::from_micros(now)).unwrap();
        let error = (moment.at().as_micros() - truth(now)).unsigned_abs();
        prop_assert!(Duration::from_micros(error) <= moment.uncertainty() + Duration::from_micros(2));
    }
}

/// An exchange whose clock is `ahead` of the paused clock of the test, with a count of how often it was asked.
struct Exchange {
    start: tokio::time::Instant,
    ahead: i64,
    asked: AtomicUsize,
}

impl Exchange {
    fn new(ahead: i64) -> Self {
        Self {
            start: tokio::time::Instant::now(),
            ahead,
            asked: AtomicUsize::new(0),
        }
    }

    fn now(&self) -> i64 {
        self.ahead + i64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    async fn time(&self) -> Result<Timestamp, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(millis(10)).await;
        let answer = Timestamp::from_millis(self.now());
        tokio::time::sleep(millis(10)).await;
        Ok(answer)
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_kept_up_to_date_by_use() {
    let exchange = Exchange::new(77_000_000);
    let clock = ServerClock::new().resync_after(Duration::from_secs(60));
    assert_eq!(clock.need(), Need::First);
    assert_eq!(clock.moment().uncertainty(), Duration::from_secs(1));
    // Several clients at once: one synchronisation, for which the others wait.
    let (first, second) = tokio::join!(
        clock.synchronize(|| exchange.time()),
        clock.synchronize(|| exchange.time())
    );
    first.and(second).unwrap();
    assert_eq!(
        (clock.synchronizations(), exchange.asked.load(Ordering::Relaxed)),
        (1, 3)
    );
    assert_eq!(clock.need(), Need::None);
    assert!(clock.moment().uncertainty() < millis(12));
    assert!((clock.now().as_millis() - exchange.now()).abs() <= 11);

    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(clock.need(), Need::Soon);
    // Nobody asks while nobody uses it.
    assert_eq!(exchange.asked.load(Ordering::Relaxed), 3);
    clock.synchronize(|| exchange.time()).await.unwrap();
    assert_eq!((clock.synchronizations(), clock.need()), (2, Need::None));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_time_stamp_causes_one_synchronisation() {
    let mut exchange = Exchange::new(5_000_000);
    let clock = ServerClock::new();
    clock.synchronize(|| exchange.time()).await.unwrap();
    // The exchange's clock is put on by half a minute.
    exchange.ahead += 30_000;
    let readings = [clock.read(), clock.read(), clock.read()];
    for reading in readings {
        clock.correct(reading, || exchange.time()).await.unwrap();
    }
    assert_eq!(
        (clock.synchronizations(), exchange.asked.load(Ordering::Relaxed)),
        (2, 6)
    );
    assert!((clock.read().at.as_millis() - exchange.now()).abs() <= 11);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_cannot_be_asked_goes_on_as_it_was() {
    let exchange = Exchange::new(5_000_000);
    let clock = ServerClock::new();
    clock.synchronize(|| exchange.time()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(400)).await;
    let failing = || async { Err(Error::Unusable("down".to_owned())) };
    assert!(clock.synchronize(failing).await.is_err());
    // It is not asked with every request then.
    assert_eq!(clock.need(), Need::None);
    assert!((clock.now().as_millis() - exchange.now()).abs() <= 11);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(clock.need(), Need::Soon);
}
