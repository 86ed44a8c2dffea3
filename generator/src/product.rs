//! All stages in a row for one product: its spec files in, the files of its crate out.

use crate::diagnostics::{Diagnostic, Diagnostics, Warning};
use crate::lower::api::crate_name;
use crate::lower::api::{Counts as ApiCounts, Options, SbeModule};
use crate::lower::{self, facade, fix, sbe, sbe_models};
use crate::model;
use crate::read;
use crate::render::{GeneratedFile, Renderer};
use crate::source::SourceFile;
use crate::versions::{Versions, without_metadata};

/// The name of what all products share.
pub(crate) const SHARED: &str = "shared";

/// A product's spec files.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The product's name.
    pub product: String,
    /// Its OpenAPI documents, and the shared ones.
    pub openapi: Vec<SourceFile>,
    /// The shared lists of error codes.
    pub error_codes: Vec<SourceFile>,
    /// Lists of endpoints that are gone.
    pub retired: Vec<SourceFile>,
    /// SBE schemas; the file's name names the module.
    pub sbe: Vec<SourceFile>,
    /// Known faults in the history of those schemas.
    pub sbe_history: Vec<SourceFile>,
    /// Where JSON says a thing otherwise than those schemas.
    pub sbe_models: Vec<SourceFile>,
    /// FIX dictionaries; the file's name names the module.
    pub fix: Vec<SourceFile>,
    /// The versions of generated crates.
    pub versions: Versions,
}

/// What a product's specs say.
#[derive(Debug, Default)]
pub struct Model {
    /// Operations, streams and JSON types.
    pub api: model::api::Product,
    /// Endpoints that are gone, of every product.
    pub retired: Vec<model::retired::Retired>,
    /// Every family of error codes, whether or not a product names it.
    pub families: Vec<model::api::ErrorFamily>,
    /// SBE schemas by module.
    pub sbe: Vec<(String, model::sbe::Schema)>,
    /// Known faults in the history of schemas.
    pub sbe_history: Vec<model::sbe::History>,
    /// Where JSON says a thing otherwise than those schemas.
    pub sbe_models: Vec<model::sbe_models::Rules>,
    /// FIX dictionaries by module, with the file that each came from.
    pub fix: Vec<(String, String, model::fix::Dictionary)>,
}

/// How much a crate holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations, streams and types.
    pub api: ApiCounts,
    /// SBE messages of all schemas.
    pub sbe_messages: usize,
    /// What of those becomes the types of JSON.
    pub sbe_models: sbe_models::Counts,
    /// FIX messages of all dictionaries.
    pub fix_messages: usize,
}

/// A rendered product.
#[derive(Debug)]
pub struct Rendered {
    /// Every file of the crate, in order.
    pub files: Vec<GeneratedFile>,
    /// What the generator lived with.
    pub warnings: Vec<Warning>,
    /// How much there is.
    pub counts: Counts,
    /// What the facade says of the product.
    pub member: facade::Member,
}

/// The rendered leaf crate.
#[derive(Debug)]
pub struct RenderedShared {
    /// Every file of the crate, in order; none where nothing is shared.
    pub files: Vec<GeneratedFile>,
    /// What the generator lived with.
    pub warnings: Vec<Warning>,
    /// How many types there are.
    pub types: usize,
    /// How many error codes, in all families.
    pub error_codes: usize,
}

/// Why a product could not be rendered.
#[derive(Debug)]
pub enum Error {
    /// The specs are wrong.
    Specs(Diagnostics),
    /// The templates are wrong.
    Templates(anyhow::Error),
}

impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Specs(diagnostics)
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Templates(error)
    }
}

/// Reads a product's specs.
pub fn read(sources: &Sources) -> Result<(Model, Vec<Warning>), Diagnostics> {
    Reader::default().read(sources)
}

/// Reads products one after another. The long lists that all of them share are read once, as long as they stay the same: with
/// thirty products, that was a third of the work.
#[derive(Debug, Default)]
pub struct Reader {
    error_codes: Option<Known<model::api::ErrorFamily>>,
    retired: Option<Known<model::retired::Retired>>,
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

fn read_retired(files: &[SourceFile]) -> Result<Vec<model::retired::Retired>, Diagnostics> {
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
        versions: _,
    } = &mut sources;
    for files in [openapi, error_codes, retired, sbe, sbe_history, sbe_models, fix] {
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
                model.sbe.push((module_name(file), schema));
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
                model.fix.push((module_name(file), file.path.clone(), dictionary));
                note(found);
            }
            Err(found) => errors.extend(found.0),
        }
    }
    // The schema of the REST and WebSocket APIs is named after the product and comes first.
    let first = crate::names::snake(&sources.product);
    model.sbe.sort_by_key(|(name, _)| *name != first);
    if errors.is_empty() {
        Ok((model, warnings))
    } else {
        Err(Diagnostics(errors))
    }
}

/// Gives a product the families of error codes that it names.
fn name_families(product: &mut model::api::Product, families: &[model::api::ErrorFamily]) -> Vec<Diagnostic> {
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
        errors.push(Diagnostic::new(
            &location.file,
            location.line,
            format!("there is no family `{name}` of error codes"),
            remedy,
        ));
    }
    errors
}

/// Reads what all products share and prints the leaf crate; of `sources`, the OpenAPI documents and lists of error
/// codes count, all of which are shared ones.
pub fn render_shared(sources: &Sources, renderer: &Renderer<'_>) -> Result<RenderedShared, Error> {
    let mut errors = Vec::new();
    let version = sources.versions.of(&crate_name(SHARED)).to_owned();
    let mut sources = sources.clone();
    sources.openapi.sort_by(|a, b| a.path.cmp(&b.path));
    sources.error_codes.sort_by(|a, b| a.path.cmp(&b.path));
    let read = read::openapi::read_shared(&sources.openapi);
    let families = read::openapi::read_error_codes(&sources.error_codes);
    let retired = read_retired(&sources.retired);
    let (Ok(retired), Ok((product, mut warnings)), Ok(families)) = (
        retired.map_err(|found| errors.extend(found.0)),
        read.map_err(|found| errors.extend(found.0)),
        families.map_err(|found| errors.extend(found.0)),
    ) else {
        return Err(Diagnostics(errors).into());
    };
    let mut rendered = RenderedShared {
        files: Vec::new(),
        warnings: Vec::new(),
        types: 0,
        error_codes: families.iter().map(|family| family.codes.len()).sum(),
    };
    if !product.types.is_empty() || !families.is_empty() {
        let (krate, counts, found) = lower::api::lower_shared(&product, &families, &version)?;
        warnings.extend(found);
        rendered.files = lower::api::render_shared(&krate, renderer)?;
        rendered.files.push(lower::retired::render(&retired, renderer)?);
        rendered.files.sort();
        rendered.types = counts.types;
    }
    rendered.warnings = warnings;
    Ok(rendered)
}

/// Prints the facade of all products. `shared` says whether there is a crate of what they share.
pub fn render_facade(
    members: &[facade::Member],
    shared: bool,
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> Result<Vec<GeneratedFile>, Error> {
    Ok(facade::render(members, shared, versions, renderer)?)
}

/// Reads a product's specs and prints its crate.
pub fn render(sources: &Sources, renderer: &Renderer<'_>) -> Result<Rendered, Error> {
    let (model, warnings) = read(sources)?;
    let mut rendered = print(&model, &sources.versions, renderer)?;
    rendered.warnings.splice(0..0, warnings);
    Ok(rendered)
}

/// Prints the crate of a product that has been read.
pub fn print(model: &Model, versions: &Versions, renderer: &Renderer<'_>) -> Result<Rendered, Error> {
    let mut warnings = Vec::new();
    let options = Options {
        version: versions.of(&crate_name(&model.api.name)).to_owned(),
        shared_version: versions.requirement(&crate_name(SHARED)).to_owned(),
        sbe: model
            .sbe
            .iter()
            .map(|(name, schema)| SbeModule {
                name: name.clone(),
                schema_id: schema.id,
                version: schema.version,
            })
            .collect(),
        fix: !model.fix.is_empty(),
    };
    let mut counts = Counts::default();
    let (mut krate, api, found) = lower::api::lower(&model.api, &options)?;
    warnings.extend(found);
    counts.api = api;
    let mut files = Vec::new();
    for (name, schema) in &model.sbe {
        let history = model
            .sbe_history
            .iter()
            .find(|history| history.schema_id == schema.id)
            .cloned();
        let lowered = sbe::lower(
            schema,
            &sbe::Options {
                name: name.clone(),
                history,
            },
        )?;
        counts.sbe_messages += schema.messages.len();
        files.extend(sbe::render_sbe(&lowered, renderer, &format!("src/sbe/{name}"))?);
        if let Some(rules) = model.sbe_models.iter().find(|rules| rules.schema_id == schema.id) {
            let input = sbe_models::Input {
                product: &model.api,
                krate: &krate,
                schema,
                code: &lowered,
                rules,
            };
            let (conversions, found) = sbe_models::lower(input)?;
            warnings.extend(found);
            counts.sbe_models = conversions.counts();
            krate.connect_sbe(conversions.requests(), conversions.has_events());
            files.extend(sbe_models::render(&conversions, renderer, "src/sbe/models")?);
        }
    }
    files.extend(lower::api::render(&krate, renderer)?);
    if !model.fix.is_empty() {
        let inputs: Vec<fix::Input<'_>> = model
            .fix
            .iter()
            .map(|(module, file, dictionary)| fix::Input {
                module: module.clone(),
                doc: dictionary_doc(module),
                file: file.clone(),
                dictionary,
            })
            .collect();
        counts.fix_messages = model
            .fix
            .iter()
            .map(|(_, _, dictionary)| dictionary.messages.len())
            .sum();
        let lowered = fix::lower(&inputs, &fix::Options::default())?;
        files.extend(fix::render_fix(&lowered, renderer, "src/fix")?);
    }
    files.sort();
    let features = krate.features().into_iter().map(str::to_owned).collect();
    Ok(Rendered {
        files,
        warnings,
        counts,
        member: facade::Member {
            name: model.api.name.clone(),
            sdk_name: model
                .api
                .sdk_name
                .clone()
                .unwrap_or_else(|| model.api.name.clone()),
            title: krate.title().to_owned(),
            version: without_metadata(&options.version).to_owned(),
            features,
            rest: counts.api.rest,
            ws_api: counts.api.ws_api,
            streams: counts.api.streams,
            guide: krate.guide().clone(),
            sbe_messages: counts.sbe_messages,
            fix_messages: counts.fix_messages,
        },
    })
}

fn fault_warning(file: &SourceFile, schema_id: u16, fault: &model::sbe::Fault) -> Warning {
    let mut message = format!(
        "schema {schema_id}:{}, {}: {}",
        fault.version, fault.place, fault.kind
    );
    if !fault.note.0.is_empty() {
        message = format!("{message}; {}", fault.note.0);
    }
    Warning::new(&file.path, fault.line.0, message)
}

/// `spot/sbe/stream.xml` → `stream`.
fn module_name(file: &SourceFile) -> String {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    crate::names::snake(name.split('.').next().unwrap_or(name))
}

fn dictionary_doc(module: &str) -> String {
    match module {
        "oe" => "Order entry and drop copy.".to_owned(),
        "md" => "Market data.".to_owned(),
        other => format!("The dictionary `{other}`."),
    }
}
