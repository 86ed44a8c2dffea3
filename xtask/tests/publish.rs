//! `cargo xtask version` and `publish` from end to end, on a registry that runs on loopback: the published crate
//! `cargo-http-registry`. Where that is not installed the test says so, and passes.

#[path = "support/workspace.rs"]
mod workspace;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use workspace::{Checkout, REGISTRY, text, tool};

const PRODUCTS: &[&str] = &["rebate", "pay", "shared"];
const RUNTIME: &[&str] = &["core", "signing", "rest"];
/// In the order in which they have to be published.
const CRATES: usize = 7;

/// The server, which goes with the test.
struct Server {
    process: Child,
    index: String,
}

impl Server {
    fn start(executable: &Path, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        // The server is told a port, and does not tell one: a free one is looked for first.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port();
        let process = Command::new(executable)
            .args(["--addr", &format!("127.0.0.1:{port}")])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server runs");
        let server = Self {
            process,
            index: format!("http://127.0.0.1:{port}/git"),
        };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not listen");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What was said to be published, by name and version without build metadata.
fn published(said: &str) -> Vec<String> {
    said.lines()
        .filter_map(|line| line.strip_suffix(": published"))
        .map(|line| line.split('+').next().unwrap_or(line).to_owned())
        .collect()
}

/// A project that uses the published crate.
fn consume(checkout: &Checkout, version: &str, code: &str) {
    let project = format!("consumer-{version}");
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         binance-wire-rebate = {{ version = \"={version}\", registry = \"{REGISTRY}\", default-features = false }}\n\n[workspace]\n"
    );
    checkout.write(&format!("{project}/Cargo.toml"), &manifest);
    checkout.write(&format!("{project}/src/lib.rs"), code);
    let output = checkout.cargo(&project, &["check", "--quiet"]);
    assert!(output.status.success(), "{version}: {}", text(&output));
}

#[test]
fn publish_all_change_one_spec_publish_what_moved() {
    let Some(executable) = tool("cargo-http-registry") else {
        println!(
            "skipped: cargo-http-registry is not installed; `cargo install cargo-http-registry --locked`"
        );
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&executable, &folder.path().join("registry"));
    let checkout = Checkout::new(PRODUCTS, RUNTIME).with_registry(&server.index, Some("sesame"));
    let baselines = checkout.path("releases/baselines").display().to_string();
    let publish = [
        "publish",
        "--no-verify",
        "--registry",
        REGISTRY,
        "--baselines",
        &baselines,
    ];

    // First versions, and what is left of an interrupted run: one crate is there already.
    checkout.xtask(0, &["version"]);
    assert!(
        checkout
            .read("generated/rebate/Cargo.toml")
            .contains("version = \"0.1.0+rebate.2026")
    );
    checkout.commit();
    let said = checkout.xtask(
        0,
        &["publish", "--dry-run", "--no-verify", "--registry", REGISTRY],
    );
    assert_eq!(said.matches(": would be published").count(), CRATES, "{said}");
    let core = [
        "publish",
        "--no-verify",
        "--registry",
        REGISTRY,
        "--only",
        "binance-wire-core",
    ];
    assert_eq!(published(&checkout.xtask(0, &core)), ["binance-wire-core 0.1.0"]);
    let said = checkout.xtask(0, &publish);
    assert!(said.contains("binance-wire-core 0.1.0: there already"), "{said}");
    let first = published(&said);
    assert_eq!(first.len(), CRATES - 1, "{said}");
    assert_eq!(first.last().map(String::as_str), Some("binance-wire 0.1.0"));
    assert!(
        checkout
            .read("releases/baselines/binance-wire-core.txt")
            .contains("version 0.1.0")
    );

    // Again: nothing is left to do, and versions stay.
    assert!(checkout.xtask(0, &publish).contains("nothing to publish"));
    checkout.commit();
    assert!(
        checkout
            .xtask(0, &["version"])
            .contains("0 versions raised, of 7 crates")
    );
    checkout.git(&["diff", "--exit-code"]);

    // One spec changes: an answer has one property more.
    checkout.edit(
        "specs/rebate/rest.yaml",
        "        updateTime: {",
        "        fee: {type: string, format: decimal, description: Fee.}\n        updateTime: {",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let log = checkout.read("generated/rebate/CHANGELOG.md");
    let line = "Modified response for `GET /sapi/v1/rebate/taxQuery`: property `fee` added; affected methods: \
                `get_spot_rebate_history_records()`";
    assert!(
        log.contains(line) && log.contains("## 0.1.1") && log.contains("## 0.1.0"),
        "{log}"
    );
    assert!(
        checkout
            .read("generated/rebate/README.md")
            .contains("binance-wire-rebate = \"0.1.1\"")
    );
    assert_eq!(
        published(&checkout.xtask(0, &publish)),
        ["binance-wire-rebate 0.1.1"]
    );
    checkout.commit();

    consume(
        &checkout,
        "0.1.0",
        "pub fn f(r: binance_wire_rebate::models::Rebate) -> impl Sized { r.amount }\n",
    );
    consume(
        &checkout,
        "0.1.1",
        "pub fn f(r: binance_wire_rebate::models::Rebate) -> impl Sized { r.fee }\n",
    );

    // A version that is there with other contents, and nobody knows of it.
    checkout.edit("runtime/core/src/lib.rs", "//! ", "//! Otherwise. ");
    std::fs::remove_dir_all(checkout.path("releases/baselines")).expect("baselines");
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("binance-wire-core 0.1.0 is on the registry with other contents"),
        "{said}"
    );

    // Nothing that has to be uploaded gets through without a token, and none is ever printed.
    checkout.edit(
        "runtime/core/Cargo.toml",
        "version = \"0.1.0\"",
        "version = \"0.1.9\"",
    );
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let checkout = checkout.with_registry(&server.index, None);
    let said = checkout.xtask(
        101,
        &[
            "publish",
            "--no-verify",
            "--registry",
            REGISTRY,
            "--only",
            "binance-wire-core",
        ],
    );
    assert!(
        said.contains("no token found") && said.contains("run the same again"),
        "{said}"
    );
    assert!(!said.contains("sesame"));
}

#[test]
fn what_is_refused_before_anything_is_uploaded() {
    // Nobody listens there: what is refused first is refused without asking.
    let checkout =
        Checkout::new(PRODUCTS, RUNTIME).with_registry("sparse+http://127.0.0.1:9/", Some("sesame"));
    let publish = ["publish", "--no-verify", "--registry", REGISTRY];
    checkout.xtask(0, &["version"]);
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("these are not committed: ") && said.contains("nothing was published"),
        "{said}"
    );
    checkout.commit();

    checkout.xtask(0, &["version", "--publish-baseline"]);
    let said = checkout.xtask(101, &publish);
    assert!(
        said.contains("the registry cannot be asked for binance-wire-core 0.1.0"),
        "{said}"
    );
    assert!(!said.contains("sesame"));
    checkout.commit();

    checkout.edit("generated/rebate/src/lib.rs", "//! Start with", "//! Begin with");
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("generated crates are not what the specs say"),
        "{said}"
    );
    assert!(checkout.xtask(1, &["version", "--check"]).contains("stale: "));
    checkout.xtask(0, &["version"]);

    // A break: the version has to be another one, of the facade too.
    checkout.edit(
        "specs/rebate/rest.yaml",
        "        updateTime: {",
        "        updateTme: {",
    );
    checkout.edit("specs/rebate/rest.yaml", "updateTime]", "updateTme]");
    let regenerate = |code: i32| {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args([
                "regenerate",
                "--specs",
                &checkout.path("specs").display().to_string(),
            ])
            .args(["--out", &checkout.path("generated").display().to_string()])
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    };
    regenerate(0);
    checkout.commit();
    let said = checkout.xtask(1, &publish);
    assert!(
        said.contains("versions are too low: binance-wire-rebate is 0.1.0"),
        "{said}"
    );
    assert!(said.contains("has to be 0.2.0+rebate."), "{said}");
    let said = checkout.xtask(1, &["version", "--check"]);
    assert!(
        said.contains("- struct models::Rebate / field update_time"),
        "{said}"
    );
    assert!(
        said.contains("its own items name those of binance-wire-rebate 0.2.0"),
        "{said}"
    );
    assert!(said.contains("2 versions too low"), "{said}");
    checkout.xtask(0, &["version"]);
    assert!(
        checkout
            .read("generated/binance-wire/Cargo.toml")
            .contains("path = \"../rebate\", version = \"0.2.0\",")
    );
    checkout.xtask(0, &["version", "--check"]);

    let unknown = checkout.xtask(101, &["version", "--only", "binance-wire-nothing"]);
    assert!(unknown.contains("no crate `binance-wire-nothing`"), "{unknown}");
    checkout.write("releases/versions.toml", "binance-wire-rebate = 1\n");
    let said = checkout.xtask(101, &["version", "--check"]);
    assert!(said.contains("versions.toml:1: not a version"), "{said}");
}

/// A registry that says no to every upload, and repeats the token as it does.
#[test]
fn a_registry_that_refuses() {
    let checkout = Checkout::new(PRODUCTS, RUNTIME);
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let api = format!("http://{}", socket.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let header = line.to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or_default();
                }
                line.clear();
            }
            let _ = reader.by_ref().take(length).read_to_end(&mut Vec::new());
            let body = "{\"errors\":[{\"detail\":\"sesame is not welcome\"}]}";
            let head = format!(
                "HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = reader.get_mut().write_all(format!("{head}{body}").as_bytes());
        }
    });
    let index = tempfile::tempdir().expect("a folder");
    let config = format!("{{\"dl\": \"{api}/dl\", \"api\": \"{api}\"}}");
    std::fs::write(index.path().join("config.json"), config).expect("a file");
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@localhost",
            "commit",
            "-qm",
            "Index",
        ],
    ] {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(index.path())
            .status()
            .expect("git runs");
        assert!(status.success());
    }
    let checkout = checkout.with_registry(&format!("file://{}", index.path().display()), Some("sesame"));
    checkout.xtask(0, &["version"]);
    checkout.commit();
    let said = checkout.xtask(
        101,
        &[
            "publish",
            "--no-verify",
            "--registry",
            REGISTRY,
            "--only",
            "binance-wire-core",
        ],
    );
    assert!(
        said.contains("binance-wire-core 0.1.0 was not published"),
        "{said}"
    );
    assert!(
        said.contains("[token] is not welcome") && !said.contains("sesame"),
        "{said}"
    );
}
