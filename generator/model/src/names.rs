//! Names of the exchange: the words that they are made of, and what schemas without a name are called.

use heck::ToSnakeCase;

/// The words of an identifier: `newClientOrderId` → new, client, order, id; `NON_REPRESENTABLE` → non, representable;
/// `ticker24hr` → ticker, 24hr; `OTOCO` → otoco; `SBESchemaID` → sbe, schema, id.
pub fn words(name: &str) -> Vec<String> {
    // heck splits where small letters end. Two more boundaries are the field's: a number after small letters begins a
    // word (`ticker24hr`), and so does a capitalised word after a number (`24hSymbol`).
    let chars: Vec<char> = name.chars().collect();
    let has_small_letters = chars.iter().any(|c| c.is_lowercase());
    let mut split = String::with_capacity(name.len() + 4);
    for (index, &c) in chars.iter().enumerate() {
        // What identifiers cannot hold parts words: signs, and letters and digits such as ² and Ⓐ.
        if !(c.is_alphanumeric() && unicode_ident::is_xid_continue(c)) {
            split.push('-');
            continue;
        }
        let previous = index.checked_sub(1).map(|before| chars[before]);
        let capitalised = c.is_uppercase() && chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let boundary = previous.is_some_and(|previous| {
            (previous.is_lowercase() && c.is_numeric()) || (previous.is_numeric() && capitalised)
        });
        if boundary && has_small_letters {
            split.push('-');
        }
        split.push(c);
    }
    split
        .to_snake_case()
        .split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A name as schemas have them: its words, each with a capital. `new order` → `NewOrder`; two numbers side by side are kept
/// apart by an underscore.
pub fn capitalised(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            if first.is_numeric() && out.ends_with(char::is_numeric) {
                out.push('_');
            }
            out.extend(first.to_uppercase());
            out.push_str(chars.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_exchanges_names() {
        for (name, expected) in [
            ("newClientOrderId", "new client order id"),
            ("NON_REPRESENTABLE", "non representable"),
            ("ticker24hr", "ticker 24hr"),
            ("SBESchemaID", "sbe schema id"),
            ("T+Sell", "t sell"),
            ("Ticker24hSymbolFullResponse", "ticker 24h symbol full response"),
            ("order.amend.keepPriority", "order amend keep priority"),
            ("x\u{b2}", "x"),
            ("--", ""),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }

    #[test]
    fn names_of_schemas() {
        for (name, expected) in [
            ("new order", "NewOrder"),
            ("OTOCO list", "OtocoList"),
            ("24h 7", "24h7"),
            ("a 1 2b", "A1_2b"),
            ("", ""),
        ] {
            assert_eq!(capitalised(name), expected);
        }
    }
}
