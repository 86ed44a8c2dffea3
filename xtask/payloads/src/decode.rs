//! `cargo xtask decode`: raw SBE and FIX messages, readable.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use binance_wire_fix::{Checks, next_frame};
use clap::{ArgGroup, Args, ValueEnum};

use crate::cli::remark;
use crate::json::quoted;
use crate::sbe::Schema;
use crate::{Outcome, fix, fix_text, hex, input};

/// Print raw SBE or FIX messages as JSON or YAML
#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("encoding").required(true).args(["sbe", "fix"])),
    long_about = "Prints raw SBE or FIX messages as JSON or YAML, using the generated codecs.\n\n\
        SBE: template, schema id and version, and the message in the exchange's JSON form; fields newer than the \
        message's version are omitted. FIX: fields by name, values as text, groups as arrays.\n\n\
        Without --jsonl, the input is raw bytes: one message, or several framed messages in a row (FIX, and SBE of the \
        fix schema). A message that cannot be decoded is reported on standard error. With --jsonl, each line of the \
        input is one message and becomes one line of output: the message, or {\"error\": …}.",
    after_long_help = "Exit codes: 0 everything was decoded, 1 usage or a message that cannot be decoded, 101 could not run.\n\n\
        Examples:\n  \
        cargo xtask decode --sbe --schema spot depth.sbe\n  \
        echo '0800 6600 0300 0500 c1b4 e0c6 2a0a 0600' | cargo xtask decode --sbe --schema spot --jsonl\n  \
        cargo xtask decode --fix --dictionary oe --jsonl --no-checks messages.txt"
)]
pub struct Arguments {
    /// The input is SBE
    #[arg(long, requires = "schema")]
    sbe: bool,
    /// The input is FIX text
    #[arg(long, requires = "dictionary")]
    fix: bool,
    /// The SBE schema
    #[arg(long, value_enum, conflicts_with = "fix")]
    schema: Option<Schema>,
    /// The FIX dictionary
    #[arg(long, value_enum, conflicts_with = "sbe")]
    dictionary: Option<DictionaryName>,
    /// Read one message per line: hexadecimal digits, or FIX text with | for SOH
    #[arg(long)]
    jsonl: bool,
    /// The format of messages; with --jsonl always JSON
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Do not check BodyLength and CheckSum, for FIX messages that were edited
    #[arg(long, conflicts_with = "sbe")]
    no_checks: bool,
    /// The file to read; - is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
}

/// A FIX dictionary of Spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DictionaryName {
    /// Order entry and drop copy
    Oe,
    /// Market data
    Md,
}

/// How to print a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// What decodes the input.
#[derive(Clone, Copy, Debug)]
enum Codec {
    Sbe(Schema),
    Fix(fix::Dictionary, Checks),
}

/// Prints every message of the input to `out`, and what cannot be decoded to standard error or, with `--jsonl`, in
/// its place.
///
/// # Errors
/// A file that cannot be read, or output that cannot be written.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Outcome> {
    if arguments.jsonl && arguments.format == Format::Yaml {
        remark(format_args!(
            "error: YAML takes several lines a message; leave out `--jsonl` or `--format yaml`"
        ));
        return Ok(Outcome::Findings);
    }
    let codec = Codec::of(arguments)?;
    let (name, mut file) = input::open(&arguments.file)?;
    let mut clean = true;
    if arguments.jsonl {
        let mut line = Vec::new();
        while input::next_line(&name, &mut file, &mut line)? {
            let decoded = codec.decode_line(&line);
            clean &= decoded.is_ok();
            match decoded {
                Ok(json) => writeln!(out, "{json}")?,
                Err(error) => writeln!(out, "{{\"error\":{}}}", quoted(&error))?,
            }
        }
    } else {
        let bytes = input::read_all(&name, file)?;
        let mut printed = false;
        for (offset, decoded) in codec.decode_all(&bytes) {
            match decoded {
                Ok(json) => {
                    if printed && arguments.format == Format::Yaml {
                        writeln!(out, "---")?;
                    }
                    out.write_all(pretty(&json, arguments.format)?.as_bytes())?;
                    printed = true;
                }
                Err(error) => {
                    clean = false;
                    remark(format_args!("{name}: the message at byte {offset}: {error}"));
                }
            }
        }
    }
    out.flush()?;
    Ok(if clean { Outcome::Clean } else { Outcome::Findings })
}

/// A compact JSON text over several lines, or as YAML.
fn pretty(json: &str, format: Format) -> Result<String> {
    let value: serde_json::Value =
        serde_json::from_str(json).context("the codec printed something else than JSON")?;
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(&value)? + "\n",
        Format::Yaml => serde_yaml::to_string(&value)?,
    })
}

impl Codec {
    fn of(arguments: &Arguments) -> Result<Self> {
        if let Some(schema) = arguments.schema {
            return Ok(Self::Sbe(schema));
        }
        let name = match arguments.dictionary {
            Some(DictionaryName::Md) => "md",
            Some(DictionaryName::Oe) | None => "oe",
        };
        let checks = if arguments.no_checks {
            Checks::Off
        } else {
            Checks::On
        };
        let dictionary = fix::SPOT.iter().find(|dictionary| dictionary.name == name);
        Ok(Self::Fix(
            *dictionary.with_context(|| format!("there is no dictionary {name}"))?,
            checks,
        ))
    }

    /// The JSON text of one message.
    fn decode(self, message: &[u8]) -> Result<String, String> {
        match self {
            Self::Sbe(schema) => schema.json(message),
            Self::Fix(dictionary, checks) => dictionary.json(message, checks),
        }
    }

    /// The JSON text of the message on one line.
    fn decode_line(self, line: &[u8]) -> Result<String, String> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Err("the line is empty".to_owned());
        }
        // Every FIX message has a sign of equality, and no hexadecimal text has.
        if matches!(self, Self::Fix(..)) && line.contains(&b'=') {
            return self.decode(&fix_text::to_bytes(line));
        }
        self.decode(&hex::decode(line)?)
    }

    /// Every message of raw input, with the byte that it starts at.
    fn decode_all(self, bytes: &[u8]) -> Vec<(usize, Result<String, String>)> {
        match self {
            Self::Sbe(schema) => decode_frames(bytes, schema),
            Self::Fix(dictionary, checks) => decode_fix(bytes, dictionary, checks),
        }
    }
}

fn decode_frames(bytes: &[u8], schema: Schema) -> Vec<(usize, Result<String, String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = schema.first_length(rest).clamp(1, rest.len().max(1));
        found.push((at, schema.json(rest.get(..length).unwrap_or(rest))));
        at += length;
        if at >= bytes.len() {
            return found;
        }
    }
}

fn decode_fix(
    bytes: &[u8],
    dictionary: fix::Dictionary,
    checks: Checks,
) -> Vec<(usize, Result<String, String>)> {
    let bytes = &*fix_text::to_bytes(bytes.trim_ascii_end());
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        // Messages that were written to a file may stand on lines of their own.
        let gap = rest.len() - rest.trim_ascii_start().len();
        at += gap;
        let rest = rest.get(gap..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let length = match checks {
            Checks::On => match next_frame(rest, usize::MAX) {
                Ok(length) => length.unwrap_or(rest.len()),
                Err(error) => {
                    found.push((at, Err(dictionary.explain(&error.error))));
                    at += error.resync.max(1);
                    continue;
                }
            },
            Checks::Off => unchecked_length(rest),
        };
        found.push((at, dictionary.json(rest.get(..length).unwrap_or(rest), checks)));
        at += length.max(1);
    }
    if found.is_empty() {
        found.push((0, Err("there is no message".to_owned())));
    }
    found
}

/// Where the first message ends, by its CheckSum(10) alone.
fn unchecked_length(bytes: &[u8]) -> usize {
    const CHECK_SUM: &[u8] = b"\x0110=";
    let start = bytes
        .windows(CHECK_SUM.len())
        .position(|window| window == CHECK_SUM);
    let end = start.and_then(|start| {
        let value = bytes.get(start + CHECK_SUM.len()..)?;
        let length = value.iter().position(|byte| *byte == 0x01)?;
        Some(start + CHECK_SUM.len() + length + 1)
    });
    end.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEARTBEAT: &str = "8=FIX.4.4|9=56|35=0|49=SPOT|56=A|34=2|52=20240611-09:01:46.228950|10=083|";

    fn codecs() -> Vec<Codec> {
        let sbe = [Schema::Spot, Schema::Stream, Schema::Fix].map(Codec::Sbe);
        let fix = fix::SPOT
            .iter()
            .map(|dictionary| Codec::Fix(*dictionary, Checks::On));
        let unchecked = fix::SPOT
            .iter()
            .map(|dictionary| Codec::Fix(*dictionary, Checks::Off));
        sbe.into_iter().chain(fix).chain(unchecked).collect()
    }

    /// The heartbeat with the right length and sum.
    fn heartbeat() -> String {
        let body = "35=0|49=SPOT|56=A|34=2|52=20240611-09:01:46.228950|";
        let text = format!("8=FIX.4.4|9={}|{body}", body.len());
        let sum = text.replace('|', "\u{1}").bytes().fold(0_u8, u8::wrapping_add);
        format!("{text}10={sum:03}|")
    }

    fn fix_codec(checks: Checks) -> Codec {
        Codec::Fix(fix::SPOT[0], checks)
    }

    #[test]
    fn fix_is_read_as_text_and_as_hex() {
        let text = heartbeat();
        let hex = ::hex::encode_upper(fix_text::to_bytes(text.as_bytes()));
        let codec = fix_codec(Checks::On);
        let expected = codec.decode_line(text.as_bytes());
        assert!(
            expected
                .as_ref()
                .is_ok_and(|json| json.contains(r#""MsgSeqNum":"2""#)),
            "{expected:?}"
        );
        assert_eq!(codec.decode_line(hex.as_bytes()), expected);
        assert_eq!(codec.decode_line(format!(" {text}\t").as_bytes()), expected);
    }

    #[test]
    fn checks_can_be_left_off() {
        assert!(
            fix_codec(Checks::On)
                .decode_line(HEARTBEAT.as_bytes())
                .is_err_and(|error| error.contains("(9)") || error.contains("(10)"))
        );
        assert!(fix_codec(Checks::Off).decode_line(HEARTBEAT.as_bytes()).is_ok());
    }

    #[test]
    fn several_messages_are_found_and_rubbish_between_them_is_reported() {
        let one = heartbeat();
        let text = format!("{one}\n{one}??{one}\r\n").replace('|', "\u{1}");
        let found = fix_codec(Checks::On).decode_all(text.as_bytes());
        let good: Vec<bool> = found.iter().map(|(_, decoded)| decoded.is_ok()).collect();
        assert_eq!(good, [true, true, false, true]);
        assert_eq!(found.get(2).map(|(offset, _)| *offset), Some(one.len() * 2 + 1));
        let found = fix_codec(Checks::Off).decode_all(format!("{HEARTBEAT}{HEARTBEAT}").as_bytes());
        assert_eq!(found.iter().filter(|(_, decoded)| decoded.is_ok()).count(), 2);
        assert_eq!(fix_codec(Checks::On).decode_all(b" \n").len(), 1);
    }

    #[test]
    fn a_template_that_the_schema_does_not_have_is_an_error() {
        // Block length 0, template 9999, schema 3, version 1.
        let decoded = Codec::Sbe(Schema::Spot).decode_line(b"0000 0f27 0300 0100");
        assert_eq!(decoded.err().as_deref(), Some("unknown template 9999"));
    }

    #[test]
    fn yaml_keeps_decimal_text_as_text() {
        let yaml = pretty(r#"{"b":"1.0","a":[1,true]}"#, Format::Yaml).ok();
        assert_eq!(yaml.as_deref(), Some("b: '1.0'\na:\n- 1\n- true\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_line_and_any_bytes_give_a_result(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for codec in codecs() {
                let _ = codec.decode_line(&bytes);
                prop_assert!(!codec.decode_all(&bytes).is_empty());
            }
        }

        #[test]
        fn any_message_body_gives_a_result(
            block in 0_u16..200,
            template in prop_oneof![0_u16..1100, 10_000_u16..10_030, 20_000_u16..20_140],
            schema in 0_u16..4,
            version in 0_u16..7,
            body in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let header = [block, template, schema, version].map(u16::to_le_bytes).concat();
            let message = [header, body].concat();
            let hex = ::hex::encode(message);
            for codec in codecs() {
                if let Ok(json) = codec.decode_line(hex.as_bytes()) {
                    prop_assert!(crate::json::Json::parse(&json).is_ok(), "{json}");
                }
            }
        }

        #[test]
        fn any_cut_or_changed_fix_message_gives_a_result(cut in 0_usize..90, at in 0_usize..90, byte in any::<u8>()) {
            let mut message = fix_text::to_bytes(heartbeat().as_bytes()).into_owned();
            if let Some(place) = message.get_mut(at) {
                *place = byte;
            }
            message.truncate(cut);
            for codec in codecs() {
                let _ = codec.decode(&message);
                prop_assert!(!codec.decode_all(&message).is_empty());
            }
        }
    }
}
