//! What the spec files of one product say together.

use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::source::SourceFile;
use crate::{api, fix, names, read, retired, sbe, sbe_models};

/// The name of what all products share.
pub const SHARED: &str = "shared";

/// A product's spec files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The product's name.
    pub product: String,
    /// Its OpenAPI documents, and the shared ones.
    pub openapi: Vec<SourceFile>,
    /// The shared lists of error codes.
    pub error_codes: Vec<SourceFile>,
    /// Lists of endpoints that are gone.
    pub retired: Vec<SourceFile>,
    /// SBE schemas.
    pub sbe: Vec<SourceFile>,
    /// Known faults in the history of those schemas.
    pub sbe_history: Vec<SourceFile>,
    /// Where JSON says a thing otherwise than those schemas.
    pub sbe_models: Vec<SourceFile>,
    /// FIX dictionaries.
    pub fix: Vec<SourceFile>,
    /// What the fields of those dictionaries mean.
    pub fix_fields: Vec<SourceFile>,
    /// Sample payloads, where they count: the model has nothing from them.
    pub samples: Vec<SourceFile>,
}

/// What a product's specs say.
#[derive(Debug, Default)]
pub struct Model {
    /// Operations, streams and JSON types.
    pub api: api::Product,
    /// Endpoints that are gone, of every product.
    pub retired: Vec<retired::Retired>,
    /// Every family of error codes, whether or not a product names it.
    pub families: Vec<api::ErrorFamily>,
    /// SBE schemas, by the name of the file without its ending.
    pub sbe: Vec<(String, sbe::Schema)>,
    /// Known faults in the history of schemas.
    pub sbe_history: Vec<sbe::History>,
    /// Where JSON says a thing otherwise than those schemas.
    pub sbe_models: Vec<sbe_models::Rules>,
    /// FIX dictionaries, by the same, with the file that each came from.
    pub fix: Vec<(String, String, fix::Dictionary)>,
}

/// Reads a product's specs.
pub fn read(sources: &Sources) -> Result<(Model, Vec<Warning>), Diagnostics> {
    Reader::default().read(sources)
}

/// Reads products one after another. The long lists that all of them share are read once, as long as they stay the same: with
/// thirty products, that was a third of the work.
#[derive(Debug, Default)]
pub struct Reader {
    error_codes: Option<Known<api::ErrorFamily>>,
    retired: Option<Known<retired::Retired>>,
}

/// Files, and what they say.
#[derive(Debug)]
struct Known<T> {
    files: Vec<SourceFile>,
    read: Result<Vec<T>, Diagnostics>,
}

/// What files say, which is known where they are those of the last time.
fn once<'k, T>(
    known: &'k mut Option<Known<T>>,
    files: &[SourceFile],
    read: impl FnOnce(&[SourceFile]) -> Result<Vec<T>, Diagnostics>,
) -> &'k Result<Vec<T>, Diagnostics> {
    let same = known.take().filter(|known| known.files == files);
    let now = same.unwrap_or_else(|| Known {
        files: files.to_vec(),
        read: read(files),
    });
    &known.insert(now).read
}

/// Reads lists of endpoints that are gone.
pub fn read_retired(files: &[SourceFile]) -> Result<Vec<retired::Retired>, Diagnostics> {
    let (mut list, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        match read::retired::read_retired(file) {
            Ok(more) => list.extend(more),
            Err(found) => errors.extend(found.0),
        }
    }
    if errors.is_empty() {
        Ok(list)
    } else {
        Err(Diagnostics(errors))
    }
}

impl Reader {
    /// Reads a product's specs.
    pub fn read(&mut self, sources: &Sources) -> Result<(Model, Vec<Warning>), Diagnostics> {
        read_product(self, sources)
    }
}

fn read_product(reader: &mut Reader, sources: &Sources) -> Result<(Model, Vec<Warning>), Diagnostics> {
    // What comes out must not depend on the order in which a folder was listed.
    let mut sources = sources.clone();
    let Sources {
        product: _,
        openapi,
        error_codes,
        retired,
        sbe,
        sbe_history,
        sbe_models,
        fix,
        fix_fields,
        samples: _,
    } = &mut sources;
    for files in [
        openapi,
        error_codes,
        retired,
        sbe,
        sbe_history,
        sbe_models,
        fix,
        fix_fields,
    ] {
        files.sort_by(|a, b| a.path.cmp(&b.path));
    }
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    let mut model = Model::default();
    let mut note = |found: Vec<Warning>| warnings.extend(found);
    match read::openapi::read_product(&sources.product, &sources.openapi) {
        Ok((api, found)) => {
            model.api = api;
            note(found);
        }
        Err(found) => errors.extend(found.0),
    }
    match once(
        &mut reader.error_codes,
        &sources.error_codes,
        read::openapi::read_error_codes,
    ) {
        Ok(families) => {
            errors.extend(name_families(&mut model.api, families));
            model.families.clone_from(families);
        }
        Err(found) => errors.extend(found.0.iter().cloned()),
    }
    match once(&mut reader.retired, &sources.retired, read_retired) {
        Ok(list) => model.retired.clone_from(list),
        Err(found) => errors.extend(found.0.iter().cloned()),
    }
    errors.extend(read::retired::still_there(&model.retired, &model.api));
    for file in &sources.sbe {
        match read::sbe::read_schema(file) {
            Ok((schema, found)) => {
                model.sbe.push((stem(file), schema));
                note(found);
            }
            Err(found) => errors.extend(found.0),
        }
    }
    for file in &sources.sbe_history {
        match read::sbe::read_history(file) {
            Ok(history) => {
                note(
                    history
                        .faults
                        .iter()
                        .map(|fault| fault_warning(file, history.schema_id, fault))
                        .collect(),
                );
                model.sbe_history.push(history);
            }
            Err(found) => errors.extend(found.0),
        }
    }
    for file in &sources.sbe_models {
        match read::sbe_models::read_rules(file) {
            Ok(rules) => model.sbe_models.push(rules),
            Err(found) => errors.extend(found.0),
        }
    }
    for file in &sources.fix {
        match read::fix::read_dictionary(file) {
            Ok((dictionary, found)) => {
                model.fix.push((stem(file), file.path.clone(), dictionary));
                note(found);
            }
            Err(found) => errors.extend(found.0),
        }
    }
    // An entry for a field of a dictionary that could not be read is no second mistake.
    if model.fix.len() == sources.fix.len() {
        for file in &sources.fix_fields {
            let mut dictionaries: Vec<_> = model
                .fix
                .iter_mut()
                .map(|(_, _, dictionary)| dictionary)
                .collect();
            if let Err(found) = read::fix::describe_fields(file, &mut dictionaries) {
                errors.extend(found.0);
            }
        }
    }
    // The schema of the REST and WebSocket APIs is named after the product and comes first.
    let first = names::words(&sources.product);
    model.sbe.sort_by_key(|(name, _)| names::words(name) != first);
    if errors.is_empty() {
        Ok((model, warnings))
    } else {
        Err(Diagnostics(errors))
    }
}

/// Gives a product the families of error codes that it names.
fn name_families(product: &mut api::Product, families: &[api::ErrorFamily]) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for (name, location) in &product.error_families {
        if let Some(family) = families.iter().find(|family| family.name == *name) {
            product.error_codes.push(family.clone());
            continue;
        }
        let known: Vec<&str> = families.iter().map(|family| family.name.as_str()).collect();
        let remedy = match known.is_empty() {
            true => "declare it in shared/error-codes.yaml".to_owned(),
            false => format!("there are: {}", known.join(", ")),
        };
        errors.push(Diagnostic::at(
            location,
            format!("there is no family `{name}` of error codes"),
            remedy,
        ));
    }
    errors
}

fn fault_warning(file: &SourceFile, schema_id: u16, fault: &sbe::Fault) -> Warning {
    let mut message = format!(
        "schema {schema_id}:{}, {}: {}",
        fault.version,
        fault.place,
        fault.kind.words()
    );
    if !fault.note.0.is_empty() {
        message = format!("{message}; {}", fault.note.0);
    }
    Warning::new(&file.path, fault.line.0, message)
}

/// `spot/sbe/stream.xml` → `stream`.
fn stem(file: &SourceFile) -> String {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    name.split('.').next().unwrap_or(name).to_owned()
}
