//! A FIX dictionary: messages, the components and groups they are made of, and the fields with their value sets.

pub use crate::source::{Aside, Line};

/// A dictionary. Everything is in the order of the source; every name that is used is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    /// The version of the protocol.
    pub version: Version,
    /// The fields in front of every message.
    pub header: Vec<Member>,
    /// The fields behind every message.
    pub trailer: Vec<Member>,
    /// The messages.
    pub messages: Vec<Message>,
    /// Runs of fields that several messages share.
    pub components: Vec<Component>,
    /// The fields.
    pub fields: Vec<Field>,
}

impl Dictionary {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The component with this name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.name == name)
    }
}

/// A version of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// `FIX`, or `FIXT` where session and application layers are apart.
    pub protocol: String,
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
    /// The service pack.
    pub service_pack: u32,
}

impl Version {
    /// The value of BeginString(8).
    pub fn begin_string(&self) -> String {
        format!("{}.{}.{}", self.protocol, self.major, self.minor)
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The name.
    pub name: String,
    /// The value of MsgType(35).
    pub msg_type: String,
    /// Whether it belongs to the session or to the application.
    pub category: Category,
    /// What it is made of, header and trailer left off.
    pub members: Vec<Member>,
    /// Where it is declared.
    pub line: Line,
}

crate::named! {
    /// The layer that a message belongs to.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Category {
        /// The session: logon, heartbeats, rejects.
        Admin = "admin",
        /// The application.
        App = "app",
    }
}

/// A run of fields that several messages share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The name.
    pub name: String,
    /// What it is made of.
    pub members: Vec<Member>,
    /// Where it is declared.
    pub line: Line,
}

/// One part of a message, component or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name of the field, component, or count field.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// Whether a client must send it, although the message may come without it.
    pub demanded: bool,
    /// What it is.
    pub kind: MemberKind,
    /// Where it is used.
    pub line: Line,
}

/// What a [`Member`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A field.
    Field,
    /// All members of a component, in place.
    Component,
    /// A repeating group; its entries are made of these.
    Group(Vec<Member>),
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The tag.
    pub number: u32,
    /// The name.
    pub name: String,
    /// The type of the value.
    pub field_type: FieldType,
    /// The value set, empty where any value goes.
    pub values: Vec<Value>,
    /// What it means, as the file beside the dictionaries says.
    pub description: Option<String>,
    /// Where it is declared.
    pub line: Line,
}

/// One value of a value set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text on the wire.
    pub code: String,
    /// The name of the value.
    pub name: String,
    /// Where it is declared.
    pub line: Line,
}

crate::named! {
    /// The types of FIX 4.4 and their later additions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[allow(missing_docs)]
    pub enum FieldType {
        Amt = "AMT",
        Boolean = "BOOLEAN",
        Char = "CHAR",
        Country = "COUNTRY",
        Currency = "CURRENCY",
        Data = "DATA",
        DayOfMonth = "DAYOFMONTH",
        Exchange = "EXCHANGE",
        Float = "FLOAT",
        Int = "INT",
        Language = "LANGUAGE",
        Length = "LENGTH",
        LocalMktDate = "LOCALMKTDATE",
        MonthYear = "MONTHYEAR",
        MultipleCharValue = "MULTIPLECHARVALUE",
        MultipleStringValue = "MULTIPLESTRINGVALUE",
        MultipleValueString = "MULTIPLEVALUESTRING",
        NumInGroup = "NUMINGROUP",
        Percentage = "PERCENTAGE",
        Price = "PRICE",
        PriceOffset = "PRICEOFFSET",
        Qty = "QTY",
        SeqNum = "SEQNUM",
        String = "STRING",
        TzTimeOnly = "TZTIMEONLY",
        TzTimestamp = "TZTIMESTAMP",
        UtcDate = "UTCDATE",
        UtcDateOnly = "UTCDATEONLY",
        UtcTimeOnly = "UTCTIMEONLY",
        UtcTimestamp = "UTCTIMESTAMP",
        XmlData = "XMLDATA",
    }
}
