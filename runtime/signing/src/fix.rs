//! FIX: the signature of a Logon message, the same for the text and the SBE encoding.

use crate::{Credentials, KeyType, SignError};

/// The header fields that a Logon signs, each exactly as in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logon<'a> {
    /// `SenderCompID(49)`.
    pub sender_comp_id: &'a str,
    /// `TargetCompID(56)`.
    pub target_comp_id: &'a str,
    /// `MsgSeqNum(34)`.
    pub msg_seq_num: &'a str,
    /// `SendingTime(52)`, for example `20240627-11:17:25.223`.
    pub sending_time: &'a str,
}

impl Logon<'_> {
    /// Appends what is signed: the values of the fields 35, 49, 56, 34 and 52, joined by SOH (0x01).
    pub fn write_payload(&self, out: &mut String) {
        out.push('A');
        for value in [
            self.sender_comp_id,
            self.target_comp_id,
            self.msg_seq_num,
            self.sending_time,
        ] {
            out.push('\u{1}');
            out.push_str(value);
        }
    }

    /// Signs and appends the value of `RawData(96)`, 88 characters of base64; `RawDataLength(95)` is its length.
    ///
    /// # Errors
    /// [`SignError::WrongKeyType`] unless the key is Ed25519, the only kind that FIX takes.
    pub fn sign(&self, credentials: &Credentials, out: &mut String) -> Result<(), SignError> {
        credentials.require(KeyType::Ed25519, "FIX Logon")?;
        let mut payload = String::with_capacity(64);
        self.write_payload(&mut payload);
        credentials.sign(payload.as_bytes(), out)
    }
}
