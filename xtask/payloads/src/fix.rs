//! The FIX dictionaries of the generated crates.

use binance_wire_fix::{Checks, FixError, RawMessage, view};

use crate::json::Json;

/// A generated dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Dictionary {
    /// The name: `oe` or `md`.
    pub name: &'static str,
    tables: &'static binance_wire_fix::Dictionary,
    recode: fn(&[u8], &mut Vec<u8>) -> Result<(), FixError>,
    to_json: fn(&[u8], Checks, &mut String) -> Result<(), FixError>,
}

macro_rules! dictionary {
    ($name:literal, $module:path) => {{
        use $module as module;

        fn recode(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), FixError> {
            module::decode(bytes, Checks::Off)?.encode(out).map(|_| ())
        }

        Dictionary {
            name: $name,
            tables: &module::DICTIONARY,
            recode,
            to_json: module::to_json,
        }
    }};
}

/// Spot: order entry with drop copy, and market data.
pub const SPOT: &[Dictionary] = &[
    dictionary!("oe", binance_wire::spot::fix::oe),
    dictionary!("md", binance_wire::spot::fix::md),
];

/// The dictionaries of a product; Spot alone speaks FIX.
pub fn of_product(name: &str) -> &'static [Dictionary] {
    match name {
        "spot" => SPOT,
        _ => &[],
    }
}

impl Dictionary {
    /// The names of its messages.
    pub fn message_names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.messages.iter().map(|(_, layout)| layout.name)
    }

    /// The MsgType(35) of the message with this name.
    pub fn msg_type(&self, name: &str) -> Option<&'static str> {
        self.tables
            .messages
            .iter()
            .find(|(_, layout)| layout.name == name)
            .map(|(msg_type, _)| *msg_type)
    }

    /// The name of the message with this MsgType(35).
    pub fn message_name(&self, msg_type: &str) -> Option<&'static str> {
        self.tables.message(msg_type).map(|layout| layout.name)
    }

    /// The JSON text of one message: fields by name, values as text, groups as arrays. Every value is checked
    /// against its type on the way.
    ///
    /// # Errors
    /// Bytes that are not one message of this dictionary; what and where.
    pub fn json(&self, bytes: &[u8], checks: Checks) -> Result<String, String> {
        let mut out = String::new();
        (self.to_json)(bytes, checks, &mut out).map_err(|error| self.explain(&error))?;
        Ok(out)
    }

    /// The message decoded into its type and encoded again.
    ///
    /// # Errors
    /// Bytes that are not one message of this dictionary.
    pub fn recode(&self, bytes: &[u8]) -> Result<Vec<u8>, FixError> {
        let mut out = Vec::new();
        (self.recode)(bytes, &mut out)?;
        Ok(out)
    }

    /// The JSON view of a message without the two fields that follow from the others.
    ///
    /// # Errors
    /// Bytes that are not a message.
    pub fn content(&self, bytes: &[u8]) -> Result<Json, String> {
        let message = RawMessage::parse(bytes, Checks::Off).map_err(|error| self.explain(&error))?;
        let mut text = String::new();
        view::write_json(&message, self.tables, &mut text).map_err(|error| self.explain(&error))?;
        let mut json = Json::parse(&text).map_err(|error| error.to_string())?;
        if let Json::Object(members) = &mut json {
            members.retain(|(name, _)| name != "BodyLength" && name != "CheckSum");
        }
        Ok(json)
    }

    /// The error with the name of its field, where it does not say it itself.
    pub fn explain(&self, error: &FixError) -> String {
        let text = error.to_string();
        match error.tag().and_then(|tag| self.tables.name(tag)) {
            Some(name) if !text.contains(name) => format!("{name}: {text}"),
            _ => text,
        }
    }

    /// Where in the message an error is.
    pub fn path(&self, error: &FixError) -> String {
        match error.tag() {
            Some(tag) => match self.tables.name(tag) {
                Some(name) => format!("$.{name}"),
                None => format!("$.{tag}"),
            },
            None => "$".to_owned(),
        }
    }

    /// The top-level fields of a message's [`content`](Self::content) that its type does not declare.
    pub fn undeclared(&self, msg_type: &str, content: &Json) -> Vec<String> {
        let Json::Object(members) = content else {
            return Vec::new();
        };
        let declared = |name: &str| {
            let tag = self
                .tables
                .names
                .iter()
                .find(|(_, known)| *known == name)
                .map(|(tag, _)| *tag);
            let layout = self.tables.message(msg_type);
            tag.is_some_and(|tag| {
                self.tables.header.has(tag)
                    || layout.is_some_and(|layout| layout.has(tag) || is_data(self.tables, tag))
            })
        };
        members
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !declared(name))
            .collect()
    }
}

/// Whether a field is data, whose length field is what a layout lists.
fn is_data(tables: &binance_wire_fix::Dictionary, tag: u32) -> bool {
    tables.data.iter().any(|(_, data)| *data == tag)
}
