//! A small checkout of its own, with what publishing needs of this one: two products, the leaf crate, the facade and
//! what they stand on.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The checkout, and the environment that its commands run in.
pub(crate) struct Checkout {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

pub(crate) const REGISTRY: &str = "loopback";

impl Checkout {
    /// Copies specs of some products and hand-written crates, and commits them.
    pub(crate) fn new(products: &[&str], runtime: &[&str]) -> Self {
        let checkout = Self {
            folder: tempfile::tempdir().expect("a folder"),
            environment: Vec::new(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root");
        for product in products {
            copy(
                &root.join("specs").join(product),
                &checkout.path(&format!("specs/{product}")),
            );
        }
        // The data of all products are generated everywhere, and stand on their reader.
        for name in runtime.iter().chain(&["catalog"]) {
            copy(
                &root.join("runtime").join(name),
                &checkout.path(&format!("runtime/{name}")),
            );
        }
        for name in [
            "specs/sources.toml",
            "Cargo.lock",
            "LICENSE-MIT",
            "LICENSE-APACHE",
        ] {
            copy(&root.join(name), &checkout.path(name));
        }
        let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
        let members = manifest
            .lines()
            .find(|line| line.starts_with("members ="))
            .expect("members");
        let own = "members = [\"runtime/*\", \"generated/*\"]";
        checkout.write("Cargo.toml", &manifest.replace(members, own));
        checkout.write(".gitignore", "/target\n");
        fs::create_dir_all(checkout.path("generated")).expect("a folder");
        checkout.git(&["init", "--quiet"]);
        checkout.commit();
        checkout
    }

    /// Names a registry to cargo, with a token or without.
    pub(crate) fn with_registry(mut self, index: &str, token: Option<&str>) -> Self {
        let name = REGISTRY.to_uppercase();
        self.environment = vec![
            (format!("CARGO_REGISTRIES_{name}_INDEX"), index.to_owned()),
            // The server's index is plain files of git, which git itself can read.
            ("CARGO_NET_GIT_FETCH_WITH_CLI".to_owned(), "true".to_owned()),
            ("CARGO_NET_RETRY".to_owned(), "0".to_owned()),
        ];
        let token = token.map(|token| (format!("CARGO_REGISTRIES_{name}_TOKEN"), token.to_owned()));
        self.environment.extend(token);
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Replaces a text that has to be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no `{from}`");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
        let output = Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("git runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "A state"]);
    }

    /// Runs a command of the project on this checkout.
    #[track_caller]
    pub(crate) fn xtask(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("it runs");
        let reported = self.without_tokens(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{reported}");
        reported
    }

    /// What a command said, which is never a token.
    pub(crate) fn without_tokens(&self, output: &Output) -> String {
        let reported = text(output);
        let tokens = self
            .environment
            .iter()
            .filter(|(name, _)| name.ends_with("_TOKEN"));
        for (name, token) in tokens {
            assert!(!reported.contains(token), "it prints {name}:\n{reported}");
        }
        reported
    }

    /// A command of the project on this checkout, to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .arg("--root")
            .arg(self.folder.path())
            .envs(self.environment.iter().cloned())
            // Which cargo ran the tests, with its lock on the target folder, is no business of the command.
            .env("CARGO_TARGET_DIR", self.path("target"))
            // What is built is looked at by nobody.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0");
        command
    }

    /// Compares two states, of this checkout or of a clone of it.
    #[track_caller]
    pub(crate) fn diff(&self, code: i32, repository: &Path, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("diff")
            .args(arguments)
            .arg("--repository")
            .arg(repository)
            .output()
            .expect("it runs");
        let reported = text(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{reported}");
        reported
    }

    /// Runs cargo in a project beside the checkout.
    pub(crate) fn cargo(&self, project: &str, arguments: &[&str]) -> Output {
        Command::new("cargo")
            .args(arguments)
            .current_dir(self.path(project))
            .envs(self.environment.iter().cloned())
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .expect("cargo runs")
    }
}

/// What a command said.
pub(crate) fn text(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .join("\n")
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder can be made");
        for entry in fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder can be made");
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

/// The path of a tool, if it is installed.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(home.map(|home| home.join("bin")))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
