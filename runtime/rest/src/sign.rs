//! The parts of a request that are added when it is sent: time, signature, and the headers with them.

use binance_wire_core::{Error, ParamSink as _, RequestBody, Security, Sent, Timestamp};
use binance_wire_signing::{PartnerCredentials, QueryEncoder, SignError};
use http::{HeaderName, HeaderValue, header};

use crate::call::Call;
use crate::client::Inner;

/// A request ready to be sent to any host.
pub(crate) struct Outgoing {
    pub(crate) target: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The headers of the partner APIs.
mod partner_header {
    use http::HeaderName;

    pub(super) const CLIENT_ID: HeaderName = HeaderName::from_static("x-tesla-clientid");
    pub(super) const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-tesla-signaccesstoken");
    pub(super) const TIMESTAMP: HeaderName = HeaderName::from_static("x-tesla-timestamp");
    pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("x-tesla-signature");
    pub(super) const SHA_SIGNATURE: HeaderName = HeaderName::from_static("x-sha-signature");
}

impl Inner {
    /// Adds time and signature to a call, where it carries any.
    pub(crate) fn outgoing(&self, call: &Call) -> Result<Outgoing, Error> {
        let mut outgoing = Outgoing {
            target: String::new(),
            body: call.body.clone(),
            headers: parameters(call)?,
        };
        match call.info.body {
            RequestBody::Form => outgoing.headers.push((header::CONTENT_TYPE, FORM)),
            RequestBody::Json => outgoing.headers.push((header::CONTENT_TYPE, JSON)),
            _ => {}
        }
        match call.info.security {
            Security::Partner => self.sign_as_partner(call, &mut outgoing)?,
            Security::Kyc => self.sign_body(call, &mut outgoing)?,
            _ if call.needs_key() => self.sign(call, &mut outgoing)?,
            _ => outgoing.target = call.unsigned_target().to_owned(),
        }
        Ok(outgoing)
    }

    /// Time and signature as parameters: in the form body where there is one, in the query otherwise.
    fn sign(&self, call: &Call, outgoing: &mut Outgoing) -> Result<(), Error> {
        let Some(credentials) = &self.credentials else {
            return Err(Error::Unusable(format!("{} needs credentials", call.info.id)));
        };
        if !call.info.signed {
            outgoing.target = call.unsigned_target().to_owned();
            return Ok(());
        }
        let Outgoing { target, body, .. } = outgoing;
        let signed = if call.info.body == RequestBody::Form {
            target.push_str(call.unsigned_target());
            self.sign_params(QueryEncoder::resume(body, 0), call, credentials, "")
        } else {
            target.reserve(call.target.len() + 192);
            target.push_str(&call.target);
            self.sign_params(
                QueryEncoder::resume(target, call.query_start),
                call,
                credentials,
                body,
            )
        };
        signed.map_err(|error| unsigned(call, &error))
    }

    fn sign_params(
        &self,
        mut params: QueryEncoder<'_>,
        call: &Call,
        credentials: &binance_wire_signing::Credentials,
        body: &str,
    ) -> Result<(), SignError> {
        if let Some(recv_window) = call.recv_window {
            recv_window.write_param(&mut params);
        }
        params.timestamp("timestamp", self.signing(call));
        params.sign(credentials, body)
    }

    /// The time to sign, which the call remembers.
    fn signing(&self, call: &Call) -> Timestamp {
        let timestamp = self.now();
        call.signed(Sent {
            timestamp,
            at: tokio::time::Instant::now().into_std(),
            recv_window: call.recv_window,
        });
        timestamp
    }

    /// Client id, access token, time and a signature of body and time, as headers.
    fn sign_as_partner(&self, call: &Call, outgoing: &mut Outgoing) -> Result<(), Error> {
        let Some(partner) = &self.partner else {
            return Err(Error::Unusable(format!(
                "{} needs partner credentials (ClientBuilder::partner)",
                call.info.id
            )));
        };
        outgoing.target = call.unsigned_target().to_owned();
        let timestamp = self.signing(call).as_millis().to_string();
        let mut signature = String::new();
        partner
            .key()
            .sign(outgoing.body.as_bytes(), &timestamp, &mut signature)
            .map_err(|error| unsigned(call, &error))?;
        let PartnerHeaders { client_id, token } = PartnerHeaders::of(partner)?;
        outgoing.headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
        outgoing.headers.extend([
            (header::CONTENT_TYPE, JSON),
            (partner_header::CLIENT_ID, client_id),
            (partner_header::ACCESS_TOKEN, token),
            (partner_header::TIMESTAMP, value(&timestamp, "the time")?),
            (partner_header::SIGNATURE, value(&signature, "the signature")?),
        ]);
        Ok(())
    }

    /// A signature of the body as a header.
    fn sign_body(&self, call: &Call, outgoing: &mut Outgoing) -> Result<(), Error> {
        let Some(key) = &self.body_key else {
            return Err(Error::Unusable(format!(
                "{} needs the secret that signs bodies (ClientBuilder::body_key)",
                call.info.id
            )));
        };
        outgoing.target = call.unsigned_target().to_owned();
        let mut signature = String::new();
        key.sign(outgoing.body.as_bytes(), &mut signature);
        let signature = value(&signature, "the signature")?;
        outgoing.headers.push((partner_header::SHA_SIGNATURE, signature));
        Ok(())
    }
}

struct PartnerHeaders {
    client_id: HeaderValue,
    token: HeaderValue,
}

impl PartnerHeaders {
    fn of(partner: &PartnerCredentials) -> Result<Self, Error> {
        let mut token = value(partner.access_token(), "the access token")?;
        token.set_sensitive(true);
        Ok(Self {
            client_id: value(partner.client_id(), "the client id")?,
            token,
        })
    }
}

/// The parameters that travel as headers.
fn parameters(call: &Call) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    call.headers
        .iter()
        .map(|(name, text)| {
            let refuse = || {
                Error::Unusable(format!(
                    "`{name}` of {} is not allowed in an HTTP header",
                    call.info.id
                ))
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse())?;
            let value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| refuse())?;
            Ok((name, value))
        })
        .collect()
}

fn value(text: &str, what: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::Unusable(format!("{what} is not allowed in an HTTP header")))
}

fn unsigned(call: &Call, error: &SignError) -> Error {
    Error::Unusable(format!("{} cannot be signed: {error}", call.info.id))
}
