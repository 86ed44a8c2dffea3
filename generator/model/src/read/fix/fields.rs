//! Reads what the fields of dictionaries mean, which dictionaries do not say.

use serde_yaml::Mapping;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::fix::Dictionary;
use crate::read::yaml::{Places, escape};
use crate::source::SourceFile;

/// Reads a list of descriptions by name into the fields of some dictionaries, and which fields of a message a client must
/// send.
///
/// # Errors
/// A file that is not such a list, and every entry that is not a text or names no field.
pub fn describe_fields(file: &SourceFile, dictionaries: &mut [&mut Dictionary]) -> Result<(), Diagnostics> {
    let places = Places::new(&file.text);
    let entries: Mapping = file.yaml(
        "a list of descriptions",
        "write the name of each field once, with a sentence behind it",
    )?;
    let mut errors = Vec::new();
    for (name, description) in &entries {
        let name = name.as_str().unwrap_or_default();
        let mut report = |message: String, remedy: &str| {
            let place = places.place(&format!("/{}", escape(name)));
            errors.push(Diagnostic::new(&file.path, place, message, remedy));
        };
        let Some(description) = description.as_str().filter(|text| !text.is_empty()) else {
            report(
                format!("the description of `{name}` is not a text"),
                "write a sentence",
            );
            continue;
        };
        let mut known = false;
        // `Logon.Username`: what a client must send.
        if let Some((message, member)) = name.split_once('.') {
            let messages = dictionaries
                .iter_mut()
                .flat_map(|dictionary| &mut dictionary.messages);
            for message in messages.filter(|known| known.name == message) {
                for member in message.members.iter_mut().filter(|known| known.name == member) {
                    member.demanded = true;
                    known = true;
                }
            }
            if !known {
                report(
                    format!("no dictionary has a message with `{name}`"),
                    "write the names of a message and of its field",
                );
            }
            continue;
        }
        let all = dictionaries
            .iter_mut()
            .flat_map(|dictionary| &mut dictionary.fields);
        for field in all.filter(|field| field.name == name) {
            field.description = Some(description.to_owned());
            known = true;
        }
        if !known {
            report(
                format!("no dictionary has a field `{name}`"),
                "correct the name, or remove the entry",
            );
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Diagnostics(errors)),
    }
}
