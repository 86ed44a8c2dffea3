//! All stages in a row for one product: its spec files in, the files of its crate out.

use binance_wire_model::diagnostics::{Diagnostics, Warning};
use binance_wire_model::presence::Members;
use binance_wire_model::product::{Model, SHARED, Sources, read, read_retired};
use binance_wire_model::read::openapi::{read_error_codes, read_shared};

use crate::lower::api::crate_name;
use crate::lower::api::{Counts as ApiCounts, Options, SbeModule};
use crate::lower::{self, catalog, facade, fix, sbe, sbe_models};
use crate::names::{rust_types, snake};
use crate::render::{GeneratedFile, Renderer};
use crate::versions::{Versions, without_metadata};

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
    /// What the specs say, as data; for those who render the crate from its sources.
    pub catalog: Option<GeneratedFile>,
}

/// The rendered leaf crate.
#[derive(Debug)]
pub struct RenderedShared {
    /// Every file of the crate, in order; none where nothing is shared.
    pub files: Vec<GeneratedFile>,
    /// What the generator lived with.
    pub warnings: Vec<Warning>,
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

/// Reads what all products share and prints the leaf crate: error codes and removed endpoints. Shared value sets and objects
/// are checked here and printed by the products that use them.
pub fn render_shared(
    sources: &Sources,
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> Result<RenderedShared, Error> {
    let mut errors = Vec::new();
    let version = versions.of(&crate_name(SHARED)).to_owned();
    let mut sources = sources.clone();
    sources.openapi.sort_by(|a, b| a.path.cmp(&b.path));
    sources.error_codes.sort_by(|a, b| a.path.cmp(&b.path));
    let read = read_shared(&sources.openapi);
    let families = read_error_codes(&sources.error_codes);
    let retired = read_retired(&sources.retired);
    let (Ok(retired), Ok((_, warnings)), Ok(families)) = (
        retired.map_err(|found| errors.extend(found.0)),
        read.map_err(|found| errors.extend(found.0)),
        families.map_err(|found| errors.extend(found.0)),
    ) else {
        return Err(Diagnostics(errors).into());
    };
    let mut rendered = RenderedShared {
        files: Vec::new(),
        warnings,
        error_codes: families.iter().map(|family| family.codes.len()).sum(),
    };
    if !families.is_empty() {
        let krate = lower::api::lower_shared(SHARED, &families, &version)?;
        rendered.files = lower::api::render_shared(&krate, renderer)?;
        rendered.files.push(lower::retired::render(&retired, renderer)?);
        rendered.files.sort();
    }
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

/// Prints the crate with the data of all products, without the files that [`Rendered::catalog`] has. `shared` are the
/// sources of what products share.
pub fn render_catalog(
    products: &[String],
    shared: &Sources,
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> Result<Vec<GeneratedFile>, Error> {
    let families = read_error_codes(&shared.error_codes)?;
    Ok(catalog::render(products, &families, versions, renderer)?)
}

/// Prints the file of that crate that has the families of error codes.
pub fn render_error_codes(shared: &Sources) -> Result<GeneratedFile, Error> {
    Ok(catalog::error_codes(&read_error_codes(&shared.error_codes)?))
}

/// Reads a product's specs and prints its crate.
pub fn render(sources: &Sources, versions: &Versions, renderer: &Renderer<'_>) -> Result<Rendered, Error> {
    let (model, warnings) = read(sources)?;
    let mut rendered = print(&model, versions, renderer)?;
    rendered.warnings.splice(0..0, warnings);
    rendered.catalog = Some(catalog::product(&*rust_types(&model.api)?, &sources.samples)?);
    Ok(rendered)
}

/// Prints the crate of a product that has been read.
pub fn print(model: &Model, versions: &Versions, renderer: &Renderer<'_>) -> Result<Rendered, Error> {
    let mut warnings = Vec::new();
    let product = &*rust_types(&model.api)?;
    let options = Options {
        version: versions.of(&crate_name(&model.api.name)).to_owned(),
        shared_version: versions.requirement(&crate_name(SHARED)).to_owned(),
        sbe: model
            .sbe
            .iter()
            .map(|(name, schema)| SbeModule {
                name: snake(name),
                schema_id: schema.id,
                version: schema.version,
            })
            .collect(),
        fix: !model.fix.is_empty(),
    };
    let mut counts = Counts::default();
    let (mut krate, api, found) = lower::api::lower(product, &options)?;
    warnings.extend(found);
    counts.api = api;
    let mut files = Vec::new();
    for (name, schema) in &model.sbe {
        let name = snake(name);
        let history = model
            .sbe_history
            .iter()
            .find(|history| history.schema_id == schema.id)
            .cloned();
        let mut lowered = sbe::lower(
            schema,
            &sbe::Options {
                name: name.clone(),
                history,
            },
        )?;
        counts.sbe_messages += schema.messages.len();
        if let Some(rules) = model.sbe_models.iter().find(|rules| rules.schema_id == schema.id) {
            let input = sbe_models::Input {
                product,
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
            lowered.become_models(conversions.results());
        }
        files.extend(sbe::render_sbe(&lowered, renderer, &format!("src/sbe/{name}"))?);
    }
    files.extend(lower::api::render(&krate, renderer)?);
    if !model.fix.is_empty() {
        let inputs: Vec<fix::Input<'_>> = model
            .fix
            .iter()
            .map(|(name, file, dictionary)| fix::Input {
                module: snake(name),
                doc: dictionary_doc(name),
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
        catalog: None,
    })
}

/// The members of JSON types that their SBE messages always have. Their types have the names that they have in Rust, as in
/// [`rust_types`].
pub fn always_in_sbe(model: &Model) -> Result<Members, Error> {
    let mut always = Members::new();
    if model.sbe_models.is_empty() {
        return Ok(always);
    }
    let product = &*rust_types(&model.api)?;
    let (krate, _, _) = lower::api::lower(product, &Options::default())?;
    for (name, schema) in &model.sbe {
        let Some(rules) = model.sbe_models.iter().find(|rules| rules.schema_id == schema.id) else {
            continue;
        };
        let code = sbe::lower(
            schema,
            &sbe::Options {
                name: snake(name),
                history: None,
            },
        )?;
        let input = sbe_models::Input {
            product,
            krate: &krate,
            schema,
            code: &code,
            rules,
        };
        let (conversions, _) = sbe_models::lower(input)?;
        always.extend(conversions.always());
    }
    Ok(always)
}

fn dictionary_doc(name: &str) -> String {
    match name {
        "oe" => "Order entry and drop copy.".to_owned(),
        "md" => "Market data.".to_owned(),
        other => format!("The dictionary `{other}`."),
    }
}
