//! How transports count their calls.

/// Declares `Watch`, which counts a call in metrics with these names where the crate's feature `metrics` is on.
#[doc(hidden)]
#[macro_export]
macro_rules! call_watch {
    ($requests:literal, $duration:literal, $in_flight:literal) => {
        /// A call that is being made. Whatever becomes of it is counted once, also where it is dropped.
        pub(crate) struct Watch {
            #[cfg(feature = "metrics")]
            info: &'static $crate::OperationInfo,
            #[cfg(feature = "metrics")]
            started: std::time::Instant,
            #[cfg(feature = "metrics")]
            ended: bool,
        }

        impl Watch {
            pub(crate) fn start(info: &'static $crate::OperationInfo) -> Self {
                let _ = info;
                #[cfg(feature = "metrics")]
                metrics::gauge!($in_flight, "product" => info.product).increment(1.0);
                Self {
                    #[cfg(feature = "metrics")]
                    info,
                    #[cfg(feature = "metrics")]
                    started: std::time::Instant::now(),
                    #[cfg(feature = "metrics")]
                    ended: false,
                }
            }

            /// The call has come to its end: `status` counts where it succeeded.
            pub(crate) fn end(&mut self, status: u16, error: Option<&$crate::Error>) {
                let _ = (status, error);
                #[cfg(feature = "metrics")]
                match error {
                    None => self.count("ok", Some(status)),
                    Some(error) => self.count(error.kind(), error.status()),
                }
            }

            #[cfg(feature = "metrics")]
            fn count(&mut self, outcome: &'static str, status: Option<u16>) {
                if std::mem::replace(&mut self.ended, true) {
                    return;
                }
                let $crate::OperationInfo { product, id, .. } = *self.info;
                let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                metrics::gauge!($in_flight, "product" => product).decrement(1.0);
                metrics::counter!(
                    $requests, "product" => product, "operation" => id, "outcome" => outcome, "status" => status
                )
                .increment(1);
                metrics::histogram!($duration, "product" => product, "operation" => id, "outcome" => outcome)
                    .record(self.started.elapsed());
            }
        }

        #[cfg(feature = "metrics")]
        impl Drop for Watch {
            fn drop(&mut self) {
                self.count("dropped", None);
            }
        }
    };
}
