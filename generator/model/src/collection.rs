//! Requests as a collection of samples shows them: what can be compared with the specs, and made into a first draft of one.

mod names;

pub use names::{presumed, product_of};

/// A collection: the samples of one product.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    /// The file that it was read from.
    pub file: String,
    /// Its own name.
    pub name: String,
    /// Its requests in their order; a method and path stands once.
    pub operations: Vec<Operation>,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The method, in upper case.
    pub method: String,
    /// The path.
    pub path: super::path::PathTemplate,
    /// The sample's name, without the security type.
    pub name: String,
    /// The folder that it stands in; empty at the top.
    pub section: String,
    /// The security type that the sample's name says in brackets, such as `USER_DATA`.
    pub security: Option<String>,
    /// Whether the sample's name says that it is deprecated.
    pub deprecated: bool,
    /// Whether it carries a signature.
    pub signed: bool,
    /// Its parameters in their order, without those that the client adds.
    pub parameters: Vec<Parameter>,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the query.
    Query,
    /// In the path.
    Path,
    /// In a header.
    Header,
    /// In a form body.
    Form,
    /// In a JSON body.
    Body,
}

/// What a value looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// There is no value to judge by.
    Unknown,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// A list, of what its first entry looks like.
    List(Box<Guess>),
    /// A JSON object.
    Object,
    /// Anything else.
    Text,
}

/// A parameter of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it travels.
    pub place: Place,
    /// Whether the sample sends it; what is there but switched off is optional.
    pub required: bool,
    /// The sample's value, where it has one.
    pub example: Option<String>,
    /// What the value looks like; nothing more than a guess.
    pub guess: Guess,
    /// What is written about it; empty where nothing is.
    pub description: String,
}

impl Parameter {
    /// Whether the sample's value is only the parameter's name again, which says nothing of what it takes.
    pub fn is_placeholder(&self) -> bool {
        let stem = self
            .example
            .as_deref()
            .and_then(|value| value.strip_suffix("_example"));
        stem == Some(self.name.as_str())
    }
}

impl Operation {
    /// Method and path, as one text.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
