//! Takes over what a published SBE schema or FIX dictionary says into ours, in place.
//!
//! Elements that say the same stay as they are, to the byte. Of what is new or different, names, numbers and types are
//! taken; of an SBE schema no description. Comments and our descriptions stay. The result is read once more and must
//! mean what the published file means.

use std::collections::BTreeMap;

use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::read::fix::read_dictionary;
use binance_wire_model::read::sbe::read_schema;
use binance_wire_model::read::xml::{Attribute, Element, parse};
use binance_wire_model::sbe::{Fault, FaultKind, History, faults};
use binance_wire_model::source::SourceFile;

/// The order of attributes in an element that is new.
const ORDER: &[&str] = &[
    "number",
    "name",
    "msgtype",
    "msgcat",
    "enum",
    "id",
    "type",
    "primitiveType",
    "encodingType",
    "length",
    "presence",
    "valueRef",
    "required",
    "dimensionType",
    "blockLength",
    "offset",
    "minValue",
    "maxValue",
    "nullValue",
    "characterEncoding",
    "description",
    "semanticType",
    "sinceVersion",
];

/// What differs between the two languages.
#[derive(Clone, Copy)]
struct Dialect {
    /// Whether `description` is prose; in FIX dictionaries it is the name of a value.
    prose: bool,
}

impl Dialect {
    /// What a file starts with.
    fn root(self) -> &'static str {
        match self.prose {
            true => "<sbe:messageSchema>",
            false => "<fix …>",
        }
    }

    /// Whether an attribute means something.
    fn counts(self, name: &str) -> bool {
        !(name.starts_with("xmlns") || self.prose && name == "description")
    }

    /// Whether the order of an element's children is ours.
    fn own_order(self, node: &Element) -> bool {
        match self.prose {
            true => node.local() == "types",
            false => node.local() == "fix",
        }
    }
}

/// A schema after an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The new text; the old one where nothing changes.
    pub text: String,
    /// Faults that the new version adds to the history.
    pub faults: Vec<Fault>,
}

/// Makes our SBE schema say what the published one says. `history`: what is known of its id so far.
///
/// # Errors
/// A file that is no SBE schema; a published schema of another package, or older than ours; a result that would not mean
/// what the published one means.
pub fn merge_sbe(
    ours: &SourceFile,
    theirs: &SourceFile,
    history: Option<&History>,
) -> Result<Merged, Diagnostics> {
    let (old, _) = read_schema(ours)?;
    let (new, _) = read_schema(theirs)?;
    if old.package != new.package {
        return Err(Diagnostic::new(
            &theirs.path,
            0,
            format!(
                "its package is `{}`, that of {} `{}`",
                new.package, ours.path, old.package
            ),
            "import it into the file of its package",
        )
        .into());
    }
    if (new.id, new.version) < (old.id, old.version) {
        return Err(Diagnostic::new(
            &theirs.path,
            0,
            format!(
                "it is {}:{}, and {} is {}:{} already",
                new.id, new.version, ours.path, old.id, old.version
            ),
            "import the newest schema",
        )
        .into());
    }
    if old == new {
        return Ok(Merged {
            text: ours.text.clone(),
            faults: Vec::new(),
        });
    }
    let text = merge(ours, theirs, Dialect { prose: true })?;
    let (result, _) = read_schema(&SourceFile::new(&ours.path, &text))?;
    if result != new {
        return Err(differs(ours, theirs));
    }
    let known = |fault: &Fault| {
        history.is_some_and(|history| {
            history.faults.iter().any(|listed| {
                listed.kind == fault.kind
                    && listed.place == fault.place
                    && (listed.version == fault.version || fault.kind == FaultKind::OddExponent)
            })
        })
    };
    let mut found = faults(&[old, result]);
    found.retain(|fault| !known(fault));
    Ok(Merged { text, faults: found })
}

/// Makes our FIX dictionary say what the published one says.
///
/// # Errors
/// A file that is no dictionary; a result that would not mean what the published one means.
pub fn merge_fix(ours: &SourceFile, theirs: &SourceFile) -> Result<String, Diagnostics> {
    let (old, _) = read_dictionary(ours)?;
    let (new, _) = read_dictionary(theirs)?;
    if old == new {
        return Ok(ours.text.clone());
    }
    let text = merge(ours, theirs, Dialect { prose: false })?;
    let (result, _) = read_dictionary(&SourceFile::new(&ours.path, &text))?;
    if result != new {
        return Err(differs(ours, theirs));
    }
    Ok(text)
}

/// The entries of a history file for faults that are new, below `faults:`.
pub fn history_entries(faults: &[Fault]) -> String {
    let mut out = String::new();
    for fault in faults {
        out.push_str(&format!(
            "  - kind: {}\n    version: {}\n    place: {}\n    note: found on import; say here what it means for a reader\n",
            fault.kind,
            fault.version,
            fault.place
        ));
    }
    out
}

fn differs(ours: &SourceFile, theirs: &SourceFile) -> Diagnostics {
    Diagnostic::new(
        &ours.path,
        0,
        format!(
            "cannot be made to say what {} says by edits in place",
            theirs.path
        ),
        "edit it by hand; `cargo xtask drift` lists what differs",
    )
    .into()
}

fn merge(ours: &SourceFile, theirs: &SourceFile, dialect: Dialect) -> Result<String, Diagnostics> {
    let (old, new) = (parse(ours, dialect.root())?, parse(theirs, dialect.root())?);
    let merger = Merger {
        text: &ours.text,
        dialect,
        prefixes: prefixes(&old),
    };
    let (before, after) = (
        merger.cut(0..old.span.start),
        merger.cut(old.span.end..ours.text.len()),
    );
    Ok(format!("{before}{}{after}", merger.element(&old, &new)))
}

/// How elements are called in our file, by their local names.
fn prefixes(root: &Element) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        found.insert(node.local().to_owned(), node.name.clone());
        waiting.extend(&node.children);
    }
    found
}

struct Merger<'t> {
    text: &'t str,
    dialect: Dialect,
    prefixes: BTreeMap<String, String>,
}

/// What an element is found by among its siblings.
type Key = (String, String);

fn key(node: &Element) -> Key {
    let name = ["name", "enum"].into_iter().find_map(|name| node.value(name));
    (node.local().to_owned(), name.unwrap_or_default().to_owned())
}

impl Merger<'_> {
    fn cut(&self, range: std::ops::Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn same_tag(&self, ours: &Element, theirs: &Element) -> bool {
        let counted = |node: &Element| -> BTreeMap<String, String> {
            let counted = node
                .attributes
                .iter()
                .filter(|one| self.dialect.counts(&one.name));
            counted.map(|one| (one.name.clone(), one.value.clone())).collect()
        };
        ours.local() == theirs.local() && counted(ours) == counted(theirs)
    }

    fn same(&self, ours: &Element, theirs: &Element) -> bool {
        if !self.same_tag(ours, theirs)
            || ours.text.trim() != theirs.text.trim()
            || ours.children.len() != theirs.children.len()
        {
            return false;
        }
        if self.dialect.own_order(ours) {
            return theirs.children.iter().all(|child| {
                ours.children
                    .iter()
                    .any(|own| key(own) == key(child) && self.same(own, child))
            });
        }
        let pairs = ours.children.iter().zip(&theirs.children);
        pairs
            .into_iter()
            .all(|(own, child)| key(own) == key(child) && self.same(own, child))
    }

    /// Our element with what theirs says.
    fn element(&self, ours: &Element, theirs: &Element) -> String {
        if self.same(ours, theirs) {
            return self.cut(ours.span.clone()).to_owned();
        }
        let tag = self.tag(ours, theirs);
        if ours.end.is_empty() {
            if theirs.children.is_empty() && theirs.text.trim().is_empty() {
                return tag;
            }
            let tag = tag.trim_end_matches("/>").trim_end().to_owned() + ">";
            return self.filled(&tag, &ours.name, theirs, &self.indent(ours.span.start));
        }
        if ours.children.is_empty() && theirs.children.is_empty() {
            return format!(
                "{tag}{}{}",
                escape(theirs.text.trim()),
                self.cut(ours.end.clone())
            );
        }
        self.children(ours, theirs, tag)
    }

    /// Our start tag with the attributes of theirs.
    fn tag(&self, ours: &Element, theirs: &Element) -> String {
        let mut at = ours.tag.start + 1 + ours.name.len();
        let mut tag = self.cut(ours.tag.start..at).to_owned();
        for Attribute {
            name, value, span, ..
        } in &ours.attributes
        {
            let before = self.cut(at..span.start);
            at = span.end;
            match theirs.value(name) {
                Some(new) if self.dialect.counts(name) && new != value => {
                    tag += &format!("{before}{name}=\"{}\"", escape(new));
                }
                None if self.dialect.counts(name) => {}
                _ => tag += &format!("{before}{}", self.cut(span.clone())),
            }
        }
        for Attribute { name, value, .. } in &theirs.attributes {
            if self.dialect.counts(name) && ours.attribute(name).is_none() {
                tag += &format!(" {name}=\"{}\"", escape(value));
            }
        }
        tag + self.cut(at..ours.tag.end)
    }

    /// The children in the order in which they are to stand, each behind what stands before it in our file.
    fn children(&self, ours: &Element, theirs: &Element, tag: String) -> String {
        let places: BTreeMap<Key, usize> = ours
            .children
            .iter()
            .enumerate()
            .map(|(index, child)| (key(child), index))
            .collect();
        let indent = match ours.children.first() {
            Some(first) => self.indent(first.span.start),
            None => self.indent(ours.span.start) + "  ",
        };
        let mut out = tag;
        // Comments before an element that is gone stay.
        let mut left = String::new();
        let mut next = 0;
        for child in self.order(ours, theirs) {
            let Some(&index) = places.get(&key(child)) else {
                let apart = if child.local() == "message" { "\n\n" } else { "\n" };
                out.push_str(apart);
                out.push_str(&indent);
                out.push_str(&self.fresh(child, &indent));
                continue;
            };
            // In their order, one that stood before is not passed again.
            while next < index {
                left.push_str(&self.orphan(ours, theirs, next));
                next += 1;
            }
            next = next.max(index + 1);
            out.push_str(&std::mem::take(&mut left));
            out.push_str(self.before(ours, index));
            if let Some(own) = ours.children.get(index) {
                out.push_str(&self.element(own, child));
            }
        }
        for gone in next..ours.children.len() {
            left.push_str(&self.orphan(ours, theirs, gone));
        }
        out.push_str(&left);
        let behind = ours.children.last().map_or(ours.tag.end, |child| child.span.end);
        out.push_str(self.cut(behind..ours.end.start));
        out.push_str(self.cut(ours.end.clone()));
        out
    }

    /// The comments before an element that is gone.
    fn orphan(&self, ours: &Element, theirs: &Element, index: usize) -> String {
        let gone = ours
            .children
            .get(index)
            .is_some_and(|own| !theirs.children.iter().any(|child| key(child) == key(own)));
        let before = self.before(ours, index);
        match gone && before.contains("<!--") {
            true => before.trim_end().to_owned(),
            false => String::new(),
        }
    }

    /// Their children; where the order is ours, ours that are left, with each new one behind the one it follows there.
    fn order<'n>(&self, ours: &'n Element, theirs: &'n Element) -> Vec<&'n Element> {
        if !self.dialect.own_order(ours) {
            return theirs.children.iter().collect();
        }
        let find = |wanted: &Key| theirs.children.iter().find(|child| key(child) == *wanted);
        let mut order: Vec<&Element> = ours
            .children
            .iter()
            .filter_map(|child| find(&key(child)))
            .collect();
        for (index, child) in theirs.children.iter().enumerate() {
            if order.iter().any(|known| key(known) == key(child)) {
                continue;
            }
            let kin = |other: &&Element| other.local() == child.local();
            let before = theirs.children.get(..index).unwrap_or_default();
            let follows = before.iter().rev().find(kin).map(key);
            let place = match follows {
                Some(follows) => order.iter().position(|known| key(known) == follows),
                None => order.iter().rposition(kin),
            };
            let place = place.map_or(order.len(), |place| place + 1);
            order.insert(place, child);
        }
        order
    }

    /// What stands between the child before and this one.
    fn before(&self, ours: &Element, index: usize) -> &str {
        let start = match index.checked_sub(1).and_then(|before| ours.children.get(before)) {
            Some(before) => before.span.end,
            None => ours.tag.end,
        };
        let end = ours.children.get(index).map_or(start, |child| child.span.start);
        self.cut(start..end)
    }

    /// The space before an element on its line.
    fn indent(&self, at: usize) -> String {
        let before = self.cut(0..at);
        let line = before.rsplit('\n').next().unwrap_or_default();
        if line.trim().is_empty() {
            line.to_owned()
        } else {
            String::new()
        }
    }

    /// An element that is new.
    fn fresh(&self, node: &Element, indent: &str) -> String {
        let name = self.prefixes.get(node.local()).unwrap_or(&node.name);
        let mut attributes: Vec<&Attribute> = node
            .attributes
            .iter()
            .filter(|one| self.dialect.counts(&one.name))
            .collect();
        let rank = |name: &str| {
            ORDER
                .iter()
                .position(|known| *known == name)
                .unwrap_or(ORDER.len())
        };
        attributes.sort_by_key(|one| rank(&one.name));
        let mut tag = format!("<{name}");
        for Attribute { name, value, .. } in attributes {
            tag.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        if node.children.is_empty() && node.text.trim().is_empty() {
            return tag + "/>";
        }
        self.filled(&(tag + ">"), name, node, indent)
    }

    fn filled(&self, tag: &str, name: &str, node: &Element, indent: &str) -> String {
        if node.children.is_empty() {
            return format!("{tag}{}</{name}>", escape(node.text.trim()));
        }
        let mut out = tag.to_owned();
        let inner = format!("{indent}  ");
        for child in &node.children {
            out.push('\n');
            out.push_str(&inner);
            out.push_str(&self.fresh(child, &inner));
        }
        out.push_str(&format!("\n{indent}</{name}>"));
        out
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "<?xml version=\"1.0\"?>\n<!-- by hand -->\n<fix type=\"FIX\" major=\"4\" minor=\"4\" servicepack=\"0\">\n  \
        <header>\n    <field name=\"A\" required=\"Y\"/>\n  </header>\n  <trailer/>\n  <messages>\n    \
        <!-- first -->\n    <message name=\"M\" msgtype=\"1\" msgcat=\"app\">\n      <field name=\"A\" required='N'/>\n    \
        </message>\n  </messages>\n  <components/>\n  <fields>\n    <field number=\"1\" name=\"A\" type=\"INT\"/>\n  \
        </fields>\n</fix>\n";

    fn merged(theirs: &str) -> String {
        merge(
            &SourceFile::new("ours.xml", OURS),
            &SourceFile::new("theirs.xml", theirs),
            Dialect { prose: false },
        )
        .expect("merged")
    }

    #[test]
    fn what_says_the_same_stays_to_the_byte() {
        let theirs = OURS.replace('\n', "").replace("<!-- first -->", "");
        assert_eq!(merged(&theirs), OURS);
    }

    #[test]
    fn new_elements_stand_where_they_do_there() {
        let theirs = OURS
            .replace("required='N'/>", "required='Y'/><field required='N' name='B'/>")
            .replace(
                "type=\"INT\"/>",
                "type=\"INT\"/><field type='CHAR' name='B' number='2'><value description='ON' enum='1'/></field>",
            )
            .replace("<!-- first -->", "<message msgtype='0' name='L' msgcat='app'/>");
        let text = merged(&theirs);
        assert!(
            text.contains(
                "      <field name=\"A\" required=\"Y\"/>\n      <field name=\"B\" required=\"N\"/>\n"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "    <field number=\"2\" name=\"B\" type=\"CHAR\">\n      <value enum=\"1\" description=\"ON\"/>\n    </field>\n"
            ),
            "{text}"
        );
        assert!(text.contains("<!-- first -->"), "{text}");
        assert!(
            text.contains("    <message name=\"L\" msgtype=\"0\" msgcat=\"app\"/>"),
            "{text}"
        );
    }

    #[test]
    fn a_comment_outlives_what_it_stood_before() {
        let theirs = OURS.replace("name=\"M\"", "name=\"N\"");
        let text = merged(&theirs);
        assert!(
            text.contains("<!-- first -->") && !text.contains("\"M\""),
            "{text}"
        );
    }

    #[test]
    fn attributes_are_set_in_place() {
        let tag = |ours: &str, theirs: &str| {
            let [ours, theirs] = [ours, theirs].map(|text| SourceFile::new("a.xml", text));
            let dialect = Dialect { prose: false };
            let merger = Merger {
                text: &ours.text,
                dialect,
                prefixes: BTreeMap::new(),
            };
            let parsed = |file| parse(file, "<a>").expect("XML");
            merger.tag(&parsed(&ours), &parsed(&theirs))
        };
        let ours = "<a  b=\"version=1\"\n  version = '2' c=\"3\"/>";
        assert_eq!(
            tag(ours, "<a c='3' b='version=1' version='&lt;4>'/>"),
            "<a  b=\"version=1\"\n  version=\"&lt;4&gt;\" c=\"3\"/>"
        );
        assert_eq!(
            tag(ours, "<a c='3' b='version=1'/>"),
            "<a  b=\"version=1\" c=\"3\"/>"
        );
        assert_eq!(
            tag(ours, "<a d='5' c='3' b='version=1' version='2'/>"),
            "<a  b=\"version=1\"\n  version = '2' c=\"3\" d=\"5\"/>"
        );
        assert_eq!(tag("<a b='1'/>", "<a c='2'/>"), "<a c=\"2\"/>");
        assert_eq!(tag("<a></a>", "<a c='2'></a>"), "<a c=\"2\">");
    }
}
