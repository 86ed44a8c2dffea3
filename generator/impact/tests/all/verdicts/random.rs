//! Random edits of the specs, aimed at what lowering decides: which types are shared, boxed and merged, what things are called,
//! what a type derives and whether it has setters, which accessors a union has, which features there are.

use serde_yaml::{Mapping, Value};

/// The specs as values, by file.
pub(super) type Specs = Vec<(String, Value)>;

/// Names that come out as keywords, as names that something has already, or as each other.
const NAMES: [&str; 14] = [
    "alpha",
    "betaGamma",
    "beta_gamma",
    "type",
    "self",
    "id",
    "listenKey",
    "e",
    "E",
    "note",
    "raw",
    "new",
    "clone",
    "x1",
];

/// Names of schemas, of which some are those of the standard library or of the runtime.
const TYPES: [&str; 8] = [
    "Fresh", "Fresh2", "Option", "Text", "Order", "SideKind", "Client", "Vec",
];

/// What a property or parameter may be, beside a reference.
const SHAPES: [&str; 12] = [
    "{type: string}",
    "{type: string, format: decimal}",
    "{type: integer, format: int32}",
    "{type: integer, format: int64}",
    "{type: integer, format: int64, x-time: ms}",
    "{type: boolean}",
    "{type: string, nullable: true}",
    "{type: array, items: {type: string}}",
    "{type: array, items: {type: string, format: decimal}}",
    "{type: object, properties: {town: {type: string}, size: {type: integer, format: int64}}}",
    "{type: object, additionalProperties: {type: string, format: decimal}}",
    "{type: number}",
];

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

pub(super) struct Random {
    random: fastrand::Rng,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Makes one to three edits; says which.
    pub(super) fn edit(&mut self, specs: &mut Specs) -> String {
        let count = self.random.usize(1..4);
        let done: Vec<String> = (0..count).filter_map(|_| self.one(specs)).collect();
        done.join(", ")
    }

    fn one(&mut self, specs: &mut Specs) -> Option<String> {
        match self.random.usize(0..16) {
            0..4 => self.property(specs),
            4 => self.values(specs),
            5 | 6 => self.union(specs),
            7..10 => self.operation(specs),
            10 => self.response(specs),
            11 => self.renamed(specs),
            12 => self.moved(specs),
            13 => self.dropped(specs),
            14 => self.sent(specs),
            _ => self.copied(specs),
        }
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.random.usize(..all.len())])
    }

    fn name(&mut self, all: &[&str]) -> String {
        all[self.random.usize(..all.len())].to_owned()
    }

    /// A schema of one of the files that satisfies a condition: its file and name.
    fn schema(&mut self, specs: &Specs, fits: impl Fn(&Value) -> bool) -> Option<(usize, String)> {
        let mut all = Vec::new();
        for (at, (_, file)) in specs.iter().enumerate() {
            for (name, schema) in schemas(file).into_iter().flatten() {
                if fits(schema) {
                    all.push((at, name.as_str()?.to_owned()));
                }
            }
        }
        self.pick(&all).cloned()
    }

    fn reference(&mut self, specs: &Specs, from: usize) -> Option<Value> {
        let (at, name) = self.schema(specs, |_| true)?;
        Some(reference(specs, from, at, &name))
    }

    /// What a property or a parameter is to be.
    fn shape(&mut self, specs: &Specs, from: usize) -> Value {
        match self.random.usize(0..10) {
            0..3 => self.reference(specs, from),
            3 => self.reference(specs, from).map(|item| {
                let mut list = yaml("{type: array}");
                list["items"] = item;
                list
            }),
            _ => None,
        }
        .unwrap_or_else(|| yaml(&self.name(&SHAPES)))
    }

    fn property(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, schema) = self.schema(specs, |schema| schema.get("properties").is_some())?;
        let shape = self.shape(specs, at);
        let names: Vec<Value> = properties(specs, at, &schema)?.keys().cloned().collect();
        let picked = self.pick(&names).cloned();
        let fresh = Value::from(self.name(&NAMES));
        let case = self.random.usize(0..5);
        let required = self.random.bool();
        let object = &mut specs[at].1["components"]["schemas"][schema.as_str()];
        let listed = |object: &Value, name: &Value| {
            let list = object.get("required").and_then(Value::as_sequence);
            list.is_some_and(|list| list.contains(name))
        };
        let set_required = |object: &mut Value, name: &Value, on: bool| {
            let mut list = object
                .get("required")
                .and_then(Value::as_sequence)
                .cloned()
                .unwrap_or_default();
            list.retain(|one| one != name);
            if on {
                list.push(name.clone());
            }
            match list.is_empty() {
                true => drop(object.as_mapping_mut().map(|object| object.remove("required"))),
                false => object["required"] = Value::from(list),
            }
        };
        let text = |name: &Value| name.as_str().unwrap_or_default().to_owned();
        match (case, picked) {
            (0, _) | (_, None) => {
                object["properties"]
                    .as_mapping_mut()?
                    .insert(fresh.clone(), shape);
                set_required(object, &fresh, required);
                Some(format!("{schema}.{} added", text(&fresh)))
            }
            (1, Some(name)) => {
                object["properties"].as_mapping_mut()?.remove(&name);
                set_required(object, &name, false);
                Some(format!("{schema}.{} removed", text(&name)))
            }
            (2, Some(name)) => {
                let on = !listed(object, &name);
                set_required(object, &name, on);
                Some(format!("{schema}.{} required: {on}", text(&name)))
            }
            (3, Some(name)) => {
                object["properties"].as_mapping_mut()?.insert(name.clone(), shape);
                Some(format!("{schema}.{} is something else", text(&name)))
            }
            (_, Some(name)) => {
                let old = object["properties"].as_mapping_mut()?.remove(&name)?;
                let on = listed(object, &name);
                object["properties"].as_mapping_mut()?.insert(fresh.clone(), old);
                set_required(object, &name, false);
                set_required(object, &fresh, on);
                Some(format!("{schema}.{} is called {}", text(&name), text(&fresh)))
            }
        }
    }

    fn values(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, schema) = self.schema(specs, |schema| schema.get("x-extensible-enum").is_some())?;
        let fresh = self.name(&["NEW", "new", "self", "1M", "A-B", "A_B", "UP"]);
        let values = &mut specs[at].1["components"]["schemas"][schema.as_str()]["x-extensible-enum"];
        let values = values.as_sequence_mut()?;
        let gone = self.random.usize(0..values.len());
        match self.random.usize(0..3) {
            0 => {
                values.push(Value::from(fresh.clone()));
                Some(format!("{schema} has {fresh}"))
            }
            1 if values.len() > 1 => {
                let gone = values.remove(gone);
                Some(format!("{schema} has lost {gone:?}"))
            }
            _ => {
                values[gone] = Value::from(fresh.clone());
                Some(format!("{schema} has {fresh} instead"))
            }
        }
    }

    fn union(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, schema) = self.schema(specs, |schema| {
            schema.get("oneOf").is_some() && schema.get("discriminator").is_none()
        })?;
        let (other, name) = self.schema(specs, |schema| schema.get("properties").is_some())?;
        let shape = reference(specs, at, other, &name);
        let shapes = &mut specs[at].1["components"]["schemas"][schema.as_str()]["oneOf"];
        let shapes = shapes.as_sequence_mut()?;
        let gone = self.random.usize(0..shapes.len());
        if shapes.len() > 2 && self.random.bool() {
            shapes.remove(gone);
            return Some(format!("{schema} has lost a shape"));
        }
        if !shapes.contains(&shape) {
            shapes.insert(gone, shape);
        }
        Some(format!("{schema} may be {name}"))
    }

    /// The operation of a file: its path and verb.
    fn call(&mut self, specs: &Specs, file: &str) -> Option<(usize, String, String)> {
        let at = specs.iter().position(|(path, _)| path.ends_with(file))?;
        let mut all = Vec::new();
        for (path, item) in specs[at].1["paths"].as_mapping()? {
            for (verb, _) in item.as_mapping()? {
                all.push((at, path.as_str()?.to_owned(), verb.as_str()?.to_owned()));
            }
        }
        self.pick(&all).cloned()
    }

    fn operation(&mut self, specs: &mut Specs) -> Option<String> {
        let file = self.name(&["rest.yaml", "rest.yaml", "ws-api.yaml", "server.yaml"]);
        let (at, path, verb) = self.call(specs, &file)?;
        let shape = self.shape(specs, at);
        let (fresh, required) = (self.name(&NAMES), self.random.bool());
        let case = self.random.usize(0..7);
        let gone = self.random.usize(0..8);
        let operation = &mut specs[at].1["paths"][path.as_str()][verb.as_str()];
        if case == 0 {
            let paths = specs[at].1["paths"].as_mapping_mut()?;
            paths.remove(path.as_str());
            return Some(format!("{path} removed"));
        }
        if case == 1 {
            operation["operationId"] = Value::from(format!("{fresh}Thing"));
            return Some(format!("{path} has another id"));
        }
        let mut parameters = operation
            .get("parameters")
            .and_then(Value::as_sequence)
            .cloned()
            .unwrap_or_default();
        let picked = (!parameters.is_empty()).then(|| gone % parameters.len());
        let done = match (case, picked) {
            (2, Some(gone)) => {
                parameters.remove(gone);
                "lost a parameter"
            }
            (3, Some(gone)) => {
                parameters[gone]["required"] = Value::from(required);
                "requires another parameter"
            }
            (4, Some(gone)) => {
                parameters[gone]["schema"] = shape;
                "has a parameter that is something else"
            }
            (5, Some(_)) => {
                parameters.reverse();
                "has its parameters the other way round"
            }
            _ => {
                let mut parameter = yaml("{in: query}");
                parameter["name"] = Value::from(fresh);
                parameter["required"] = Value::from(required);
                parameter["schema"] = shape;
                parameters.push(parameter);
                "has a new parameter"
            }
        };
        operation["parameters"] = Value::from(parameters);
        Some(format!("{path} {done}"))
    }

    fn response(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, path, verb) = self.call(specs, "rest.yaml")?;
        let shape = self.shape(specs, at);
        let mut answer = yaml("{description: An answer, content: {application/json: {}}}");
        answer["content"]["application/json"]["schema"] = shape;
        specs[at].1["paths"][path.as_str()][verb.as_str()]["responses"]["200"] = answer;
        Some(format!("{path} answers something else"))
    }

    fn renamed(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, old) = self.schema(specs, |_| true)?;
        let new = self.name(&TYPES);
        let all = specs[at].1["components"]["schemas"].as_mapping_mut()?;
        if all.contains_key(new.as_str()) {
            return None;
        }
        let schema = all.remove(old.as_str())?;
        all.insert(Value::from(new.clone()), schema);
        let file = specs[at].0.clone();
        point_elsewhere(specs, (&file, &old), (&file, &new));
        Some(format!("{old} is called {new}"))
    }

    /// A schema goes from the product to what products share, or back.
    fn moved(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, name) = self.schema(specs, |schema| {
            let text = serde_yaml::to_string(schema).unwrap_or_default();
            !text.contains("$ref")
        })?;
        let target = match specs[at].0.starts_with("shared/") {
            true => "toys/rest.yaml",
            false => "shared/enums.yaml",
        };
        let to = specs.iter().position(|(path, _)| path == target)?;
        if schemas(&specs[to].1)?.contains_key(name.as_str()) {
            return None;
        }
        let schema = specs[at].1["components"]["schemas"]
            .as_mapping_mut()?
            .remove(name.as_str())?;
        specs[to].1["components"]["schemas"]
            .as_mapping_mut()?
            .insert(Value::from(name.clone()), schema);
        let (from, to) = (specs[at].0.clone(), specs[to].0.clone());
        point_elsewhere(specs, (&from, &name), (&to, &name));
        Some(format!("{name} moved to {to}"))
    }

    /// A transport goes, and its feature with it.
    fn dropped(&mut self, specs: &mut Specs) -> Option<String> {
        let file = self.name(&["ws-api.yaml", "ws-streams.yaml", "webhooks.yaml", "server.yaml"]);
        let at = specs.iter().position(|(path, _)| path.ends_with(&file))?;
        specs.remove(at);
        Some(format!("no {file}"))
    }

    /// An object is sent, so that it is made by users.
    fn sent(&mut self, specs: &mut Specs) -> Option<String> {
        let at = specs.iter().position(|(path, _)| path.ends_with("rest.yaml"))?;
        let (other, name) = self.schema(specs, |schema| schema.get("properties").is_some())?;
        let mut item = yaml("{type: array}");
        item["items"] = reference(specs, at, other, &name);
        let mut operation = yaml(
            "{operationId: sendThem, tags: [General], x-security: TRADE, parameters: [{name: them, in: query, required: true}], \
             responses: {'200': {description: Nothing}}}",
        );
        operation["parameters"][0]["schema"] = item;
        let mut path = Mapping::new();
        path.insert(Value::from("post"), operation);
        specs[at].1["paths"]
            .as_mapping_mut()?
            .insert(Value::from("/v1/sent"), Value::from(path));
        Some(format!("{name} is sent"))
    }

    /// A schema has another's contents, so that there are two alike.
    fn copied(&mut self, specs: &mut Specs) -> Option<String> {
        let (at, from) = self.schema(specs, |schema| schema.get("properties").is_some())?;
        let text = self.name(&TYPES);
        let schema = specs[at].1["components"]["schemas"][from.as_str()].clone();
        specs[at].1["components"]["schemas"]
            .as_mapping_mut()?
            .insert(Value::from(text.clone()), schema);
        Some(format!("{text} is as {from}"))
    }
}

fn schemas(file: &Value) -> Option<&Mapping> {
    file.get("components")?.get("schemas")?.as_mapping()
}

fn properties<'s>(specs: &'s Specs, at: usize, schema: &str) -> Option<&'s Mapping> {
    schemas(&specs[at].1)?
        .get(schema)?
        .get("properties")?
        .as_mapping()
}

/// How a file refers to a schema of another.
fn link(from: &str, (file, name): (&str, &str)) -> String {
    let folder = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let base = file.rsplit('/').next().unwrap_or(file);
    let there = match (from == file, folder(from) == folder(file)) {
        (true, _) => String::new(),
        (false, true) => base.to_owned(),
        (false, false) => format!("../{file}"),
    };
    format!("{there}#/components/schemas/{name}")
}

fn reference(specs: &Specs, from: usize, at: usize, name: &str) -> Value {
    let mut value = yaml("{}");
    value["$ref"] = Value::from(link(&specs[from].0, (&specs[at].0, name)));
    value
}

/// Changes every reference to a schema.
fn point_elsewhere(specs: &mut Specs, old: (&str, &str), new: (&str, &str)) {
    for (file, value) in specs {
        let (old, new) = (link(file, old), link(file, new));
        replace(value, &old, &new);
    }
}

fn replace(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text == old => new.clone_into(text),
        Value::Sequence(items) => items.iter_mut().for_each(|item| replace(item, old, new)),
        Value::Mapping(items) => items.values_mut().for_each(|item| replace(item, old, new)),
        _ => {}
    }
}
