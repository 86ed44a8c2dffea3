//! Histories against a server that keeps all of one and cuts pages as exchanges do.

use std::collections::BTreeMap;

use binance_wire_core::paging::{Pager, Position};
use binance_wire_core::{Credit, Error, List, Text, Timestamp};
use proptest::prelude::*;

binance_wire_core::json_object! {
    /// An element of a history.
    pub struct Entry {
        /// The id; two entries may lack one and be alike.
        id: Option<i64> = optional("id"),
        /// The time.
        time: Timestamp = required("time"),
    }
}

binance_wire_core::json_object! {
    /// A page.
    pub struct Answer {
        /// The entries.
        rows: Option<List<Entry>> = optional("rows"),
        /// How many there are.
        total: Option<i64> = optional("total"),
        /// Where the next page begins.
        next: Option<Text> = optional("next"),
    }
}

/// Declares a request that pages in one way.
macro_rules! history {
    ($name:ident, $($pages:tt)+) => {
        binance_wire_core::request! {
            /// A history.
            pub struct $name -> Answer {
                optional {
                    /// The id, page, offset or cursor to begin at.
                    from: i64 = "from",
                    /// The cursor to begin at.
                    cursor: Text = "cursor",
                    /// The time to begin at.
                    start: Timestamp = "start" as binance_wire_core::parameter::millis,
                    /// The time to end at.
                    end: Timestamp = "end" as binance_wire_core::parameter::millis,
                    /// The most entries.
                    limit: i32 = "limit",
                }
            }

            pages Entry {
                rows |answer| answer.rows;
                $($pages)+
            }
            credit |request| Credit::ip(request.limit.unwrap_or(0).unsigned_abs());
        }
    };
}

history!(ById, id |element| element.id; by Id(from, limit = limit(0, 7), key = |element| element.id););
history!(ByTime, by Time(start, to = end, limit = limit(3, 8), span = 40, key = |element| element.time););
history!(ByTimeAndId, id |element| element.id; by Time(start, to = end, limit = limit(0, 8), key = |element| element.time););
history!(ByTimeAlone, by Time(start, to = end, limit = limit(0, 8), span = 40););
history!(ByPage, total |answer| answer.total; by Page(from, limit = limit(5, 10), first = 1););
history!(ByUncountedPage, by Page(from, limit = limit(5, 10), first = 1););
history!(ByOffset, by Offset(from, limit = limit(0, 6)););
history!(ByFixedPage, total |answer| answer.total; by Page(from, first = 1););
history!(ByCursor, cursor |answer| answer.next; by Cursor(cursor, limit = limit(0, 4)););
history!(ByEither, by Id(from, limit = limit(0, 7), key = |element| element.id); by Time(start, to = end, limit = limit(0, 8), key = |element| element.time););

/// How a server answers a range of time that has more entries than a page.
#[derive(Clone, Copy, Debug)]
struct Manners {
    /// Whether it returns the newest of them, and not the oldest.
    newest: bool,
    /// Whether it lists them from the newest to the oldest.
    descending: bool,
    /// Whether it leaves out entries of the very end of the range.
    open_end: bool,
    /// The most entries of a page, whatever is asked for.
    cap: usize,
}

/// All entries, in the order of time.
#[derive(Clone, Debug)]
struct Server(Vec<Entry>);

impl Server {
    /// Entries `gaps` apart, each with an id, or every one alike at its time.
    fn new(gaps: &[i64], ids: bool) -> Self {
        let mut time = 0;
        let entries = gaps.iter().zip(1..).map(|(gap, id)| {
            time += gap;
            entry(ids.then_some(id), time)
        });
        Self(entries.collect())
    }

    fn between(&self, start: i64, end: i64, limit: usize, manners: Manners) -> Vec<Entry> {
        let end = if manners.open_end { end - 1 } else { end };
        let inside = self.0.iter().filter(|entry| {
            let time = entry.time.as_millis();
            start <= time && time <= end
        });
        let mut found: Vec<Entry> = inside.cloned().collect();
        let limit = limit.min(manners.cap);
        if manners.newest {
            found.drain(..found.len().saturating_sub(limit));
        } else {
            found.truncate(limit);
        }
        if manners.descending {
            found.reverse();
        }
        found
    }

    fn slice(&self, before: usize, limit: usize) -> Vec<Entry> {
        self.0.iter().skip(before).take(limit).cloned().collect()
    }

    /// The most entries that share a time.
    fn crowd(&self) -> usize {
        let mut times = BTreeMap::<i64, usize>::new();
        for entry in &self.0 {
            *times.entry(entry.time.as_millis()).or_default() += 1;
        }
        times.values().copied().max().unwrap_or(0)
    }
}

fn entry(id: Option<i64>, time: i64) -> Entry {
    let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
    binance_wire_core::json::from_str(&format!("{{{id}\"time\":{time}}}")).expect("an entry")
}

fn answer(rows: Vec<Entry>) -> Answer {
    let mut answer: Answer = binance_wire_core::json::from_str("{}").expect("an answer");
    answer.rows = Some(rows.into());
    answer
}

fn counted(entries: &[Entry]) -> BTreeMap<(i64, Option<i64>), usize> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        *counts.entry((entry.time.as_millis(), entry.id)).or_default() += 1;
    }
    counts
}

/// Fetches everything. After `stop` pages the pager is made anew from the text of its position.
fn fetch<O: binance_wire_core::Paged<Response = Answer, Item = Entry>>(
    request: O,
    stop: u64,
    mut serve: impl FnMut(&O) -> Answer,
) -> (Vec<Entry>, Vec<Error>) {
    let now = Timestamp::from_millis(1_000_000);
    let mut pager = Pager::new(request.clone(), now).expect("a start");
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let mut pages = 0;
    let mut last = 0.0;
    while let Some(asked) = pager.request() {
        asked.check().expect("a request within the rules");
        let page = pager.take(serve(&asked));
        found.extend(page.items);
        errors.extend(page.errors);
        pages += 1;
        assert!(pages < 5_000, "no end: {:?}", pager.position());
        let progress = pager.progress();
        assert_eq!((progress.pages, progress.items), (pages, found.len() as u64));
        if let Some(fraction) = progress.fraction {
            assert!(fraction >= last && fraction <= 1.0, "{fraction} after {last}");
            last = fraction;
        }
        if pages == stop {
            let text = pager.position().to_string();
            let position: Position = text.parse().expect("a position");
            assert_eq!(position.to_string(), text);
            pager = Pager::new(request.clone(), now)
                .and_then(|pager| pager.resume(position))
                .expect("a position of its own");
        }
    }
    (found, errors)
}

fn limit(limit: Option<i32>) -> usize {
    usize::try_from(limit.unwrap_or(0)).unwrap_or(0)
}

fn start(time: Option<Timestamp>) -> i64 {
    time.expect("a time").as_millis()
}

fn gaps() -> impl Strategy<Value = Vec<i64>> {
    // Entries of one time are common, and so are silent stretches longer than a window.
    let gap = prop_oneof![4 => Just(0_i64), 4 => 1_i64..5, 1 => 20_i64..120];
    prop::collection::vec(gap, 0..120)
}

fn manners() -> impl Strategy<Value = Manners> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(newest, descending, open_end)| Manners {
        newest,
        descending,
        // Of those that fill pages from the newest, none is known that leaves the end out.
        open_end: open_end && !newest,
        cap: usize::MAX,
    })
}

proptest! {
    #[test]
    fn every_id_once(gaps in gaps(), from in 0_i64..130, stop in 0_u64..6, excludes in any::<bool>(), asked in 1_i32..9) {
        let server = Server::new(&gaps, true);
        // A page of one element that is the last known one would say nothing.
        let asked = if excludes { asked.max(2) } else { asked };
        let request = ById::new().from(from).limit(asked);
        let (found, errors) = fetch(request, stop, |asked| {
            let first = asked.from.expect("an id");
            // Some exchanges begin behind the id, once it is one of theirs.
            let begins = if excludes && first != from { first + 1 } else { first };
            let rows = server.0.iter().filter(|entry| entry.id >= Some(begins));
            answer(rows.take(limit(asked.limit)).cloned().collect())
        });
        prop_assert!(errors.is_empty(), "{errors:?}");
        let expected: Vec<Entry> = server.0.iter().filter(|entry| entry.id >= Some(from)).cloned().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_element_of_a_range_once(gaps in gaps(), manners in manners(), ids in any::<bool>(), stop in 0_u64..9, from in 0_i64..60, to in 60_i64..2_000) {
        let server = Server::new(&gaps, ids);
        let serve = |start: i64, end: i64, asked: Option<i32>| {
            assert!(from <= start && start <= end && end <= to);
            answer(server.between(start, end, limit(asked), manners))
        };
        let (found, errors) = if ids {
            let request = ByTimeAndId::new().start(Timestamp::from_millis(from)).end(Timestamp::from_millis(to));
            fetch(request, stop, |asked| serve(start(asked.start), start(asked.end), asked.limit))
        } else {
            let request = ByTime::new().start(Timestamp::from_millis(from)).end(Timestamp::from_millis(to));
            fetch(request, stop, |asked| {
                assert!(start(asked.end) - start(asked.start) <= 40, "a window longer than allowed");
                serve(start(asked.start), start(asked.end), asked.limit)
            })
        };
        let all = server.between(from, to, usize::MAX, Manners { open_end: false, ..manners });
        let (found, expected) = (counted(&found), counted(&all));
        for (entry, count) in &found {
            prop_assert!(expected.get(entry) >= Some(count), "{entry:?} {count} times");
        }
        // As many as the default is too many where the maximum may be no more than a word.
        let crowded = server.crowd() >= if ids { 8 } else { 3 };
        let missing = expected.iter().any(|(entry, count)| {
            // The exchange itself keeps the end of the range back.
            let kept_back = manners.open_end && entry.0 == to;
            !kept_back && found.get(entry) != Some(count)
        });
        prop_assert!(!missing || crowded, "{found:?} of {expected:?}");
        prop_assert!(!missing || !errors.is_empty(), "skipped in silence");
        prop_assert!(errors.is_empty() || crowded, "{errors:?}");
    }

    #[test]
    fn elements_without_a_time_are_found_in_halves_of_the_range(gaps in gaps(), manners in manners(), stop in 0_u64..9) {
        let manners = Manners { open_end: false, ..manners };
        let server = Server::new(&gaps, true);
        let request = ByTimeAlone::new().start(Timestamp::from_millis(0)).end(Timestamp::from_millis(900));
        let (found, errors) = fetch(request, stop, |asked| {
            assert!(start(asked.end) - start(asked.start) <= 40, "a window longer than allowed");
            answer(server.between(start(asked.start), start(asked.end), limit(asked.limit), manners))
        });
        let expected = counted(&server.between(0, 900, usize::MAX, manners));
        let found = counted(&found);
        prop_assert!(found.iter().all(|(entry, count)| expected.get(entry) == Some(count)), "twice");
        prop_assert!(found == expected || !errors.is_empty(), "skipped in silence");
        prop_assert!(errors.is_empty() || server.crowd() >= 8, "{errors:?}");
    }

    /// The exchange allows fewer elements than it documents.
    #[test]
    fn a_page_of_the_default_length_is_not_taken_for_the_last(gaps in gaps()) {
        let server = Server::new(&gaps, false);
        let manners = Manners { newest: false, descending: false, open_end: false, cap: 3 };
        let request = ByTime::new().start(Timestamp::from_millis(0)).end(Timestamp::from_millis(900));
        let (found, errors) = fetch(request, 0, |asked| {
            answer(server.between(start(asked.start), start(asked.end), limit(asked.limit), manners))
        });
        let expected = counted(&server.between(0, 900, usize::MAX, Manners { cap: usize::MAX, ..manners }));
        prop_assert!(counted(&found) == expected || !errors.is_empty(), "skipped in silence");
    }

    #[test]
    fn every_page_and_offset_once(gaps in gaps(), stop in 0_u64..6, asked in 1_i32..12) {
        let server = Server::new(&gaps, true);
        let total = i64::try_from(server.0.len()).expect("few");
        let before = |page: Option<i64>, size: usize| usize::try_from(page.expect("a page") - 1).expect("from 1") * size;
        let with_total = |rows| { let mut answer = answer(rows); answer.total = Some(total); answer };
        let all = [
            fetch(ByPage::new().limit(asked), stop, |asked| {
                let size = limit(asked.limit);
                with_total(server.slice(before(asked.from, size), size))
            }),
            fetch(ByUncountedPage::new().limit(asked), stop, |asked| {
                let size = limit(asked.limit);
                answer(server.slice(before(asked.from, size), size))
            }),
            fetch(ByFixedPage::new(), stop, |asked| with_total(server.slice(before(asked.from, 5), 5))),
            fetch(ByOffset::new(), stop, |asked| {
                let offset = usize::try_from(asked.from.expect("an offset")).expect("from 0");
                answer(server.slice(offset, limit(asked.limit)))
            }),
            fetch(ByCursor::new(), stop, |asked| {
                let at: usize = asked.cursor.as_deref().map_or(0, |cursor| cursor.parse().expect("its own"));
                let mut answer = answer(server.slice(at, limit(asked.limit)));
                let next = at + limit(asked.limit);
                answer.next = (next < server.0.len()).then(|| next.to_string().into());
                answer
            }),
        ];
        for (found, errors) in all {
            prop_assert!(errors.is_empty(), "{errors:?}");
            prop_assert_eq!(&found, &server.0);
        }
    }

    /// New elements come to the front of a list while it is read, and old ones go.
    #[test]
    fn a_list_that_moves_while_it_is_read_is_not_read_twice(gaps in gaps(), moves in prop::collection::vec(-1_i64..4, 0..40), counted_ in any::<bool>()) {
        let mut server = Server::new(&gaps, true);
        server.0.reverse();
        let original = server.0.clone();
        let mut moves = moves.into_iter();
        let mut next_id = 1_000;
        let mut went = false;
        let mut serve = |from: Option<i64>, size: usize| {
            let page = usize::try_from(from.expect("a page") - 1).expect("from 1");
            let mut answer = answer(server.slice(page * size, size));
            answer.total = counted_.then(|| i64::try_from(server.0.len()).expect("few"));
            // After the page was cut, and less than a page at once.
            match moves.next() {
                Some(-1) if !server.0.is_empty() => { server.0.remove(0); went = true; }
                Some(more) => for _ in 0..more.max(0) { next_id += 1; server.0.insert(0, entry(Some(next_id), next_id)); },
                None => {}
            }
            answer
        };
        let (found, errors) = if counted_ {
            fetch(ByPage::new(), 0, |asked| serve(asked.from, limit(asked.limit)))
        } else {
            fetch(ByUncountedPage::new(), 0, |asked| serve(asked.from, limit(asked.limit)))
        };
        let twice = counted(&found).values().any(|count| *count > 1);
        prop_assert!(!twice, "{found:?}");
        let missing = original.iter().any(|entry| !found.contains(entry));
        // Without a count, an element that went is not noticed.
        prop_assert!(!missing || went, "{original:?}");
        prop_assert!(!counted_ || !missing || !errors.is_empty() , "skipped in silence");
    }

    #[test]
    fn a_text_that_is_no_position_is_an_error(text in "(1 [0-9]{1,3} [0-9]{1,3} [0-9] )?(time|id|number|cursor|start|done|x)?[ 0-9a-f,:<>=?+-]{0,40}") {
        if let Ok(position) = text.parse::<Position>() {
            let printed = position.to_string();
            prop_assert_eq!(printed.parse::<Position>().expect("what it printed"), position.clone());
            // It may be of this kind of request and says nonsense: an end, or pages, and no panic.
            if let Ok(mut pager) = Pager::new(ByTime::new().start(Timestamp::from_millis(0)), Timestamp::from_millis(9)).and_then(|pager| pager.resume(position)) {
                for _ in 0..20 {
                    if pager.request().is_none() { break; }
                    pager.take(answer(vec![entry(None, 3); 8]));
                }
                let _ = pager.progress();
            }
        }
    }
}

#[test]
fn the_parameter_that_is_set_chooses_the_way() {
    let now = Timestamp::from_millis(500);
    let by_id = Pager::new(ByEither::new().from(5), now).expect("an id");
    let asked = by_id.request().expect("a page");
    assert_eq!((asked.from, asked.start, asked.limit), (Some(5), None, Some(7)));
    let by_time = Pager::new(ByEither::new().start(Timestamp::from_millis(5)), now).expect("a time");
    let asked = by_time.request().expect("a page");
    assert_eq!((asked.from, asked.end, asked.limit), (None, Some(now), Some(8)));
    let neither = Pager::new(ByEither::new(), now).expect_err("no start");
    assert!(matches!(neither, Error::Unusable(_)), "{neither}");
    assert_eq!(
        neither.to_string(),
        "ByEither: set `from` or `start`, which the first page begins at"
    );
    let other = by_time
        .resume(by_id.position().clone())
        .expect_err("a position by id");
    assert!(matches!(other, Error::Unusable(_)), "{other}");
}

#[test]
fn more_elements_of_one_time_than_a_page_are_an_error_and_not_the_end() {
    let server = Server::new(&[&[5_i64] as &[i64], &[0; 11], &[3, 4]].concat(), true);
    let manners = Manners {
        newest: false,
        descending: false,
        open_end: false,
        cap: usize::MAX,
    };
    let request = ByTimeAndId::new()
        .start(Timestamp::from_millis(0))
        .end(Timestamp::from_millis(50));
    let (found, errors) = fetch(request, 0, |asked| {
        answer(server.between(start(asked.start), start(asked.end), limit(asked.limit), manners))
    });
    let times: Vec<i64> = found.iter().map(|entry| entry.time.as_millis()).collect();
    assert_eq!(times, [5, 5, 5, 5, 5, 5, 5, 5, 8, 12]);
    let [Error::Incomplete(text)] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    assert!(text.contains("8 elements") && text.contains("time 5"), "{text}");
}

#[test]
fn elements_that_cannot_be_read_are_errors_beside_the_others() {
    let mut pager = Pager::new(ByOffset::new(), Timestamp::from_millis(0)).expect("a first page");
    let text = r#"{"rows":[{"id":1,"time":5},{"id":2},{"id":3,"time":7}]}"#;
    let page = pager.take(binance_wire_core::json::from_str(text).expect("an answer"));
    let ids: Vec<Option<i64>> = page.items.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [Some(1), Some(3)]);
    let [Error::Decode { body, .. }] = page.errors.as_slice() else {
        panic!("{:?}", page.errors)
    };
    assert_eq!(body.to_string(), r#"{"id":2}"#);
    assert!(pager.request().is_none());
}

#[test]
fn a_window_is_as_long_as_the_caller_says() {
    let request = ByTimeAndId::new()
        .start(Timestamp::from_millis(0))
        .end(Timestamp::from_millis(100));
    let mut pager = Pager::new(request, Timestamp::from_millis(0))
        .expect("a start")
        .window(std::time::Duration::from_millis(30));
    let mut asked = Vec::new();
    while let Some(request) = pager.request() {
        asked.push((start(request.start), start(request.end)));
        pager.take(answer(Vec::new()));
    }
    assert_eq!(asked, [(0, 30), (30, 60), (60, 90), (90, 100)]);
}
