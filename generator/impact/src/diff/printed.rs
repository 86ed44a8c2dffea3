//! What the printed Rust of two sides shows and no finding of the models explains.
//!
//! The table judges differences of models. What becomes of a model in Rust is decided further on, where types are shared,
//! merged, boxed and named, and where the shapes of a union decide which accessors it has. So the public items of both sides
//! are compared as well, as `version` compares them: a break that no finding explains becomes a finding of its own, and the
//! two commands agree on what breaks.
//!
//! A finding explains a change of an item that it has, and a change whose declaration names a type that it has: where a type is
//! gone, every signature with it differs. What changed so is among the items of that finding, so that its uses are found.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::names;
use binance_wire_model::source::GeneratedFile;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};
use binance_wire_surface::surface::{self, Change, ChangeKind, Surface};

use super::compare::fingerprint;
use super::finding::{Affected, Finding, Place, Step, Subject};
use super::kind::{Aspect, Class, Sense, Severity, Verdict};
use super::node::Node;
use super::row::Kind;
use super::rules;
use super::{Content, State};

/// The public Rust of a product's crate, or of the crate that products share.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The product; `shared` for the crate that products share.
    pub product: String,
    /// The crate as code names it: `binance_wire_spot`.
    pub krate: String,
    /// Its items.
    pub surface: Surface,
}

impl Printed {
    /// What the printed files of a crate offer.
    ///
    /// # Errors
    /// Files that do not parse, or that are not there.
    pub fn of(product: &str, files: &[GeneratedFile]) -> Result<Self, surface::Error> {
        Ok(Self {
            product: product.to_owned(),
            krate: names::crate_in_code(product),
            surface: surface::extract(files)?,
        })
    }

    /// What both sides of a crate offer; nothing where they are the same text but for documentation, which is much sooner seen
    /// than parsed. Documentation, a third of the text, is taken out before.
    ///
    /// # Errors
    /// As those of [`Printed::of`].
    pub fn differing(
        product: &str,
        sides: [Vec<GeneratedFile>; 2],
    ) -> Result<Option<[Self; 2]>, surface::Error> {
        let [old, new] = sides.map(without_docs);
        if old == new {
            return Ok(None);
        }
        Ok(Some([Self::of(product, &old)?, Self::of(product, &new)?]))
    }
}

/// What a surface is read from, without documentation.
fn without_docs(mut files: Vec<GeneratedFile>) -> Vec<GeneratedFile> {
    files.retain(|file| file.path.ends_with(".rs") || file.path == "Cargo.toml");
    let is_doc = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("//!")
    };
    for file in &mut files {
        let lines = file.contents.split_inclusive('\n');
        file.contents = lines.filter(|line| !is_doc(line)).collect();
    }
    files
}

/// Adds what the Rust of both sides shows and no finding explains. Crates of one side alone are products that are new or
/// gone, which is a finding already.
pub fn complete_with(
    findings: &mut Vec<Finding>,
    (old, new): (&State, &State),
    sides: (&[Printed], &[Printed]),
) {
    let explained = Explained::by(findings);
    let mut more = Vec::new();
    for before in sides.0 {
        let Some(after) = sides.1.iter().find(|after| after.krate == before.krate) else {
            continue;
        };
        let changes = surface::compare(&before.surface, &after.surface).changes;
        for change in changes
            .into_iter()
            .filter(|change| change.verdict == surface::Verdict::Major)
        {
            match explained.by_which(&before.krate, &change) {
                // Its users are users of what the finding is about.
                Some(at) => findings[at].items.extend(item(&before.krate, &change)),
                None => more.extend(finding(before, &change)),
            }
        }
    }
    for finding in findings.iter_mut() {
        let mut known = BTreeSet::new();
        finding.items.retain(|item| known.insert(item.clone()));
    }
    if more.is_empty() {
        return;
    }
    let places = (Places::of(old), Places::of(new));
    for finding in &mut more {
        places.1.complete(finding, new);
        if finding.location.file.is_empty() {
            places.0.complete(finding, old);
        }
    }
    findings.append(&mut more);
}

/// The items of findings that break Rust, and the first finding that has each.
#[derive(Default)]
struct Explained {
    /// Types, and what is made by a constructor that differs: crate and path.
    types: BTreeMap<(String, String), usize>,
    /// Crate, type and member; of functions and constants, their module.
    members: BTreeMap<(String, String, String), usize>,
}

impl Explained {
    fn by(findings: &[Finding]) -> Self {
        let mut explained = Self::default();
        for (at, finding) in findings.iter().enumerate() {
            if finding.surface == Verdict::Breaking {
                for item in &finding.items {
                    explained.note(item.clone(), at);
                }
            }
        }
        explained
    }

    fn note(&mut self, RustItem { krate, kind }: RustItem, at: usize) {
        let mut ty = |path: String| {
            self.types.entry((krate.clone(), path)).or_insert(at);
        };
        let mut member = |owner: &str, name: String| {
            let key = (krate.clone(), owner.to_owned(), name);
            self.members.entry(key).or_insert(at);
        };
        match kind {
            RustItemKind::Type { path } | RustItemKind::Constructor { owner: path } => {
                // What a request must have is a struct beside it.
                ty(format!("{path}Required"));
                ty(path);
            }
            RustItemKind::Method { owner, name } => {
                // What a constructor with a name must have is one as well.
                ty(format!("{owner}{}", names::pascal(&name)));
                member(&owner, name);
            }
            RustItemKind::Function { module, name } => {
                // The same at addresses of the user's own.
                member(&module, format!("{name}_at"));
                member(&module, name);
            }
            RustItemKind::Field { owner, name } => {
                // `new` takes what must be there.
                member(&owner, "new".to_owned());
                member(&owner, name);
            }
            RustItemKind::Variant { owner, name }
            | RustItemKind::Setter { owner, name }
            | RustItemKind::Constant { module: owner, name } => member(&owner, name),
            // No difference of models is one of a feature.
            RustItemKind::Feature { .. } => {}
        }
    }

    /// The finding that explains a change, if one does.
    fn by_which(&self, krate: &str, change: &Change) -> Option<usize> {
        let (_, path) = keyed(&change.item);
        let member = || match &change.member {
            Some(member) => self.of_member(krate, path, keyed(member).1),
            None => {
                let (module, name) = path.rsplit_once("::")?;
                self.of_member(krate, module, name)
            }
        };
        let mentioned = || {
            let texts = [&change.old, &change.new].into_iter().chain(&change.member);
            texts
                .flat_map(|text| paths(text))
                .find_map(|path| match path.split_once("::")? {
                    ("crate", path) => self.of_type(krate, path),
                    (other, path) => self.of_type(other, path),
                })
        };
        member().or_else(|| self.of_type(krate, path)).or_else(mentioned)
    }

    fn of_type(&self, krate: &str, path: &str) -> Option<usize> {
        aliases(path).find_map(|path| self.types.get(&(krate.to_owned(), path)).copied())
    }

    fn of_member(&self, krate: &str, owner: &str, name: &str) -> Option<usize> {
        aliases(owner).find_map(|owner| {
            let member = (krate.to_owned(), owner, name.to_owned());
            self.members.get(&member).copied()
        })
    }
}

/// The paths by which findings may know a type: value sets are in the root of a crate as well.
fn aliases(path: &str) -> impl Iterator<Item = String> {
    [path.to_owned(), format!("models::{path}")].into_iter()
}

/// The paths in the text of a declaration.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    text.split(move |c| !part(c)).filter(|word| word.contains("::"))
}

/// What an item or member of a surface is, and its path or name.
fn keyed(key: &str) -> (&str, &str) {
    key.split_once(' ').unwrap_or((key, ""))
}

/// A finding of its own; the table has a rule for each, which a test holds it to.
fn finding(printed: &Printed, change: &Change) -> Option<Finding> {
    let sense = match change.kind {
        ChangeKind::Removed => Sense::Removed,
        ChangeKind::Added | ChangeKind::Changed => Sense::Changed,
    };
    let aspect = match sense {
        Sense::Removed => Aspect::Itself,
        _ => Aspect::Kind,
    };
    let shown = match &change.member {
        Some(member) => format!("{} / {member}", change.item),
        None => change.item.clone(),
    };
    let subject = Subject {
        product: printed.product.clone(),
        transport: None,
        path: vec![Step {
            class: Class::RustItem,
            name: shown,
        }],
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (before, after) = (text(&change.old), text(&change.new));
    let kind = Kind::from(rules::rule(Class::RustItem, aspect, sense)?);
    let what = subject.inside_out().unwrap_or_default();
    let detail = match (&before, &after) {
        (Some(before), Some(after)) => format!(": {before} → {after}"),
        (Some(only), None) | (None, Some(only)) => format!(": {only}"),
        (None, None) => String::new(),
    };
    Some(Finding {
        fingerprint: fingerprint(kind.name(), &subject, before.as_deref(), after.as_deref()),
        kind,
        group: format!("rust {} {}", printed.krate, change.item),
        message: format!("{what} {}{detail} ({})", kind.phrase(), change.reason),
        subject,
        wire: Verdict::None,
        surface: Verdict::Breaking,
        behaviour: Verdict::None,
        severity: Severity::Error,
        approved: None,
        before,
        after,
        affected: Vec::new(),
        items: item(&printed.krate, change).into_iter().collect(),
        location: Place::default(),
        uses: Vec::new(),
    })
}

/// What code names where it uses what changed.
fn item(krate: &str, change: &Change) -> Option<RustItem> {
    let (what, path) = keyed(&change.item);
    let owner = || path.to_owned();
    let within = || {
        let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
        (module.to_owned(), name.to_owned())
    };
    let kind = match change.member.as_deref().map(keyed) {
        Some(("field", name)) => RustItemKind::Field {
            owner: owner(),
            name: name.to_owned(),
        },
        Some(("variant", name)) => RustItemKind::Variant {
            owner: owner(),
            name: name.to_owned(),
        },
        Some(("setter", name)) => RustItemKind::Setter {
            owner: owner(),
            name: name.to_owned(),
        },
        Some(("fn", "new")) => RustItemKind::Constructor { owner: owner() },
        Some(("fn", name)) => RustItemKind::Method {
            owner: owner(),
            // Of a type with some arguments alone: `fn send for Call<…>`.
            name: name.split(' ').next().unwrap_or(name).to_owned(),
        },
        _ => match what {
            "struct" | "enum" | "union" | "trait" | "type" | "use" | "mod" => {
                RustItemKind::Type { path: owner() }
            }
            "feature" => RustItemKind::Feature { name: owner() },
            "fn" => {
                let (module, name) = within();
                RustItemKind::Function { module, name }
            }
            "const" | "static" => {
                let (module, name) = within();
                RustItemKind::Constant { module, name }
            }
            // The call of a macro.
            _ => return None,
        },
    };
    Some(RustItem {
        krate: krate.to_owned(),
        kind,
    })
}

/// Whether an item of a model is one of a surface, where value sets are in the root.
fn is_item(model: &RustItem, surface: &RustItem) -> bool {
    let (RustItemKind::Type { path: known }, RustItemKind::Type { path }) = (&model.kind, &surface.kind)
    else {
        return model == surface;
    };
    model.krate == surface.krate && aliases(path).any(|path| path == *known)
}

/// Where the specs say what items are made of.
struct Places(Vec<(RustItem, Place, Vec<Affected>)>);

impl Places {
    fn of(state: &State) -> Self {
        let mut places = Self(Vec::new());
        if let Content::Specs(models) = &state.content {
            for node in super::specs(models).values() {
                places.note(node);
            }
        }
        places
    }

    fn note(&mut self, node: &Node) {
        let place = Place {
            file: node.location.file.clone(),
            line: node.location.line,
        };
        for item in &node.items {
            self.0.push((item.clone(), place.clone(), node.affected.clone()));
        }
        for child in &node.children {
            self.note(child);
        }
    }

    /// Says where the item of a finding stands, or the type that it is of, and which calls have it.
    fn complete(&self, finding: &mut Finding, state: &State) {
        let Some(item) = finding.items.first() else { return };
        let owner = match &item.kind {
            RustItemKind::Field { owner, .. }
            | RustItemKind::Variant { owner, .. }
            | RustItemKind::Method { owner, .. }
            | RustItemKind::Setter { owner, .. }
            | RustItemKind::Constructor { owner } => Some(RustItem {
                krate: item.krate.clone(),
                kind: RustItemKind::Type { path: owner.clone() },
            }),
            _ => None,
        };
        let candidates = [Some(item.clone()), owner];
        let found = candidates
            .iter()
            .flatten()
            .find_map(|wanted| self.0.iter().find(|(known, ..)| is_item(known, wanted)));
        if let Some((_, place, affected)) = found {
            finding.location = place.clone();
            finding.location.file.insert_str(0, &state.prefix);
            finding.affected.clone_from(affected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_that_breaks_has_a_rule() {
        for (aspect, sense) in [(Aspect::Itself, Sense::Removed), (Aspect::Kind, Sense::Changed)] {
            let rule = rules::rule(Class::RustItem, aspect, sense).expect("a rule");
            assert_eq!(Kind::from(rule).sense(), sense);
        }
    }

    #[test]
    fn paths_of_a_declaration_are_found_as_a_whole() {
        let text = "(&self, binance_wire_core::List<crate::models::Order>) -> Option<i64>";
        let found: Vec<&str> = paths(text).collect();
        assert_eq!(found, ["binance_wire_core::List", "crate::models::Order"]);
    }
}
