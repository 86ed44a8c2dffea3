//! The environments of the exchange.

/// An environment of the exchange. The addresses of each are in the crate of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The live exchange: real money.
    Production,
    /// The live exchange's hosts that serve public market data only, and take no key.
    MarketData,
    /// The public test network, reset about once a month.
    Testnet,
    /// Demo trading: the features of production with play money.
    Demo,
}
