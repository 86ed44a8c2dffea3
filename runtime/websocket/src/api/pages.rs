//! Histories, page by page.

use binance_wire_core::WsApiOperation;
use binance_wire_core::paging::{Items, Paged, Pages};

use super::ApiClient;

impl ApiClient {
    /// The pages of a history as a stream, which sends one request after another as it is polled.
    ///
    /// It goes on after errors: see [`Pages`]. A range of time that has no end reaches to now. Where the request does not
    /// say where to start, and there is no first page, the stream has that as its one error.
    pub fn pages<O: Paged + WsApiOperation>(&self, request: O) -> Pages<O> {
        let client = self.clone();
        Pages::new(request, self.now(), move |request: O| {
            let client = client.clone();
            async move { client.send(&request).await }
        })
    }

    /// The elements of a history one by one, fetched page by page as [`pages`](Self::pages) does.
    pub fn items<O: Paged + WsApiOperation>(&self, request: O) -> Items<O> {
        self.pages(request).into()
    }
}
