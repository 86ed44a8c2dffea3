//! An invariant that cannot fail proves nothing: what is broken on purpose is found.

use binance_wire_simulation::{Break, Settings, run};

/// The first violation within some seeds.
fn found(broken: Break) -> Option<String> {
    let mut settings = Settings::short();
    settings.broken = Some(broken);
    (0..40).find_map(|seed| run(seed, &settings).err().map(|violation| violation.what))
}

#[test]
fn what_is_broken_is_found() {
    for (broken, said) in [
        (Break::Books, "the exchange has"),
        (Break::Account, "is not known"),
        (Break::Twice, "is counted twice"),
        (Break::Limits, "the limit of"),
        (Break::Refusals, "after a refusal"),
        (Break::Fates, "the bot knows"),
    ] {
        let what = found(broken).unwrap_or_default();
        assert!(what.contains(said), "{broken:?}: {what}");
    }
}
