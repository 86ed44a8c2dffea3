//! A request value taken apart, so that everything behind it is compiled once and not once for each operation.

use binance_wire_core::{HttpMethod, OperationInfo, ParamSink, RestOperation, Security, Text};
use binance_wire_signing::QueryEncoder;

/// What is sent, but for the time and the signature.
pub(crate) struct Call {
    pub(crate) info: &'static OperationInfo,
    pub(crate) method: HttpMethod,
    /// The path as documented: what may stand in logs.
    pub(crate) documented_path: &'static str,
    /// Path, `?` and the parameters, percent-encoded.
    pub(crate) target: String,
    /// Where the parameters begin in `target`.
    pub(crate) query_start: usize,
    pub(crate) client_order_id: Option<Text>,
    /// Whether the operation has an SBE form of its result.
    pub(crate) has_sbe: bool,
}

impl Call {
    pub(crate) fn new<O: RestOperation>(prefix: &str, operation: &O) -> Self {
        let mut call = Self::start(
            prefix,
            &operation.path(),
            Self {
                info: const { &O::INFO },
                method: O::METHOD,
                documented_path: O::PATH,
                target: String::new(),
                query_start: 0,
                client_order_id: operation.client_order_id().map(Text::from),
                has_sbe: O::SBE.is_some(),
            },
        );
        operation.write_params(&mut QueryEncoder::new(&mut call.target) as &mut dyn ParamSink);
        call
    }

    fn start(prefix: &str, path: &str, mut call: Self) -> Self {
        call.target = String::with_capacity(256);
        call.target.push_str(prefix);
        call.target.push_str(path);
        call.target.push('?');
        call.query_start = call.target.len();
        call
    }

    /// The target without a signature, and without a `?` that nothing follows.
    pub(crate) fn unsigned_target(&self) -> &str {
        if self.target.len() == self.query_start {
            self.target.strip_suffix('?').unwrap_or(&self.target)
        } else {
            &self.target
        }
    }

    /// Whether the request carries the API key.
    pub(crate) fn needs_key(&self) -> bool {
        self.info.signed || self.info.security != Security::None
    }
}
