//! The environments of the exchange, and which of them a product has.

use std::fmt;

use crate::{Error, OperationInfo};

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
    /// The sandbox of this project on this machine, `binance-wire-sandbox`, at its default port 9080: every product, no
    /// account and no network.
    Sandbox,
}

impl Environment {
    /// Those of the exchange.
    const ALL: [Self; 4] = [Self::Production, Self::MarketData, Self::Testnet, Self::Demo];
}

/// The variant's name, such as `Production`.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The product whose requests a client sends. Product crates set it on their builders.
#[derive(Clone, Copy)]
pub struct Product {
    /// Its name, such as `spot`; that of its operations.
    pub name: &'static str,
    /// Its addresses in an environment; none where it is not offered there.
    pub addresses: fn(Environment) -> &'static [&'static str],
}

impl fmt::Debug for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Product {
    /// Checks that an operation is one of this product: that of another would go to the wrong host, signed.
    ///
    /// # Errors
    /// [`Error::Unusable`] where it is not.
    pub fn check(&self, info: &OperationInfo) -> Result<(), Error> {
        if info.product == self.name {
            return Ok(());
        }
        Err(Error::Unusable(format!(
            "`{}` is a request of {} and was given to a client of {}; nothing was sent",
            info.id, info.product, self.name
        )))
    }

    /// The error of a client without an address: names the environments in which there is one.
    pub fn without_address(product: Option<Self>) -> Error {
        let Some(product) = product else {
            return Error::Unusable("there is no base URL".to_owned());
        };
        let offered: Vec<String> = Environment::ALL
            .into_iter()
            .filter(|environment| !(product.addresses)(*environment).is_empty())
            .map(|environment| environment.to_string())
            .collect();
        Error::Unusable(match offered.is_empty() {
            true => format!("there is no base URL, and none is published for {}", product.name),
            false => format!(
                "there is no base URL: {} is offered in {}",
                product.name,
                offered.join(", ")
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOT: Product = Product {
        name: "spot",
        addresses: |environment| match environment {
            Environment::Production | Environment::Testnet => &["https://api.example"],
            _ => &[],
        },
    };

    #[test]
    fn operations_of_other_products_are_refused() {
        let info = |product| OperationInfo {
            product,
            id: "newOrder",
            ..OperationInfo::DEFAULT
        };
        assert!(SPOT.check(&info("spot")).is_ok());
        assert_eq!(
            SPOT.check(&info("margin")).unwrap_err().to_string(),
            "`newOrder` is a request of margin and was given to a client of spot; nothing was sent"
        );
    }

    #[test]
    fn a_missing_address_names_the_environments_that_have_one() {
        let error = |product| Product::without_address(product).to_string();
        assert_eq!(
            error(Some(SPOT)),
            "there is no base URL: spot is offered in Production, Testnet"
        );
        let nowhere = Product {
            addresses: |_| &[],
            ..SPOT
        };
        assert_eq!(
            error(Some(nowhere)),
            "there is no base URL, and none is published for spot"
        );
        assert_eq!(error(None), "there is no base URL");
    }
}
