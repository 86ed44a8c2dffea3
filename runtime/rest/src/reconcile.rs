//! Finding out what became of a mutation whose answer was lost.

use binance_wire_core::{
    CallOptions, Error, Fate, Operation, OrderRef, QueryOf, Reconcile, Reconciling, RestOperation, Unresolved,
};
use tokio::time::Instant;

use crate::Client;

/// What the query of mutation `O` answers.
pub(crate) type Found<O> = <<O as Reconcile>::Query as Operation>::Response;

impl Client {
    /// Finds out what became of a mutation `O` whose fate is unknown ([`Error::unresolved`]), by the query that belongs to
    /// it. Sends nothing but that query.
    ///
    /// It asks at once, and again until the answer is certain: an order that is found is in; one that is not found may
    /// still arrive, until `recvWindow` is over (see [`Unresolved::expires`]) and what the exchange took then can be
    /// found ([`ReconcilePolicy`](binance_wire_core::ReconcilePolicy)). With the default window that takes 8 seconds,
    /// and longer where the clock was ahead when it signed and has been corrected since: what counts is the time that the
    /// exchange's own clock is known to have reached, by the timestamps of the queries that it answers.
    ///
    /// # Errors
    /// [`Error::Unusable`] where `unresolved` is another operation's, is a batch, or has no id to ask by. What goes wrong
    /// with the query is in [`Fate::NotKnownYet`].
    pub async fn reconcile<O>(&self, unresolved: &Unresolved) -> Result<Fate<Found<O>>, Error>
    where
        O: Reconcile<Query: RestOperation> + RestOperation,
    {
        let order = unresolved.only_order(&O::INFO)?;
        self.reconcile_order::<O>(unresolved, order).await
    }

    /// As [`reconcile`](Self::reconcile), for each element of a batch, in order.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub async fn reconcile_each<O>(&self, unresolved: &Unresolved) -> Result<Vec<Fate<Found<O>>>, Error>
    where
        O: Reconcile<Query: RestOperation> + RestOperation,
    {
        unresolved.check_operation(&O::INFO)?;
        let mut fates = Vec::with_capacity(unresolved.orders().len());
        for order in unresolved.orders() {
            fates.push(self.reconcile_order::<O>(unresolved, order).await?);
        }
        Ok(fates)
    }

    async fn reconcile_order<O>(
        &self,
        unresolved: &Unresolved,
        order: &OrderRef,
    ) -> Result<Fate<Found<O>>, Error>
    where
        O: Reconcile<Query: RestOperation> + RestOperation,
    {
        let Some(twin) = O::IDENTITY.query else {
            return Err(Error::Unusable(format!("{} has no query", O::INFO.id)));
        };
        let now = || Instant::now().into_std();
        let course = Reconciling::new(twin, unresolved, order, self.reconcile_policy(), now())?;
        // A deadline of the order is none of the query.
        let client = self.with_options(CallOptions::new());
        let query = QueryOf::<O::Query>::new(&twin, order);
        let ask = || async {
            let response = client.send_detailed(&query).await?;
            let body = String::from_utf8_lossy(&response.body).into_owned();
            Ok((response.value, body))
        };
        let sleep_until = |at: std::time::Instant| tokio::time::sleep_until(at.into());
        Ok(course.run(now, || self.now(), sleep_until, ask).await)
    }
}
