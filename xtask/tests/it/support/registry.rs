//! Registries on loopback: a real server, and one of a few lines that behaves as real ones do on bad days.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::support::workspace::tool;

/// The server's crate, and the version that is built where none is installed. It runs as a program of its own; nothing of it
/// (the GPL is its licence) becomes part of what is tested or published.
const SERVER: (&str, &str) = ("cargo-http-registry", "0.1.8");

/// The server's executable: the one that is installed, or else one that is built from crates.io, once for a target folder.
/// `None`, where that fails, is said loudly.
pub(crate) fn executable() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| tool(SERVER.0).or_else(built)).clone()
}

fn built() -> Option<PathBuf> {
    let (name, version) = SERVER;
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2)?;
    let root = target.join(format!("tools/{name}-{version}"));
    let executable = root.join("bin").join(name);
    // Past the harness, which keeps what a test says unless it fails.
    let say = |text: &str| {
        let _ = writeln!(std::io::stderr(), "{text}");
    };
    if executable.is_file() {
        return Some(executable);
    }
    say(&format!(
        "{name} is not installed; building {version} in {}",
        root.display()
    ));
    let output = Command::new("cargo")
        .args([
            "install",
            "--locked",
            "--debug",
            "--quiet",
            "--version",
            version,
            "--root",
        ])
        .arg(&root)
        .arg("--target-dir")
        .arg(root.join("build"))
        .arg(name)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // Where it lies, the workspace's own configuration would count.
        .current_dir(std::env::temp_dir())
        .output();
    let _ = std::fs::remove_dir_all(root.join("build"));
    match output {
        Ok(output) if output.status.success() && executable.is_file() => Some(executable),
        Ok(output) => {
            say(&format!(
                "SKIPPED: publishing to a real registry is not tested, since {name} {version} cannot be built (no network?): {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            ));
            None
        }
        Err(error) => {
            say(&format!(
                "SKIPPED: publishing to a real registry is not tested: {error}"
            ));
            None
        }
    }
}

/// A part for the address of an index that no run had before: cargo keeps what it fetched by the address of the index, and
/// ports come again.
fn unique() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("run-{}-{}", std::process::id(), now.as_nanos())
}

/// The server, which goes with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) index: String,
}

impl Server {
    pub(crate) fn start(executable: &Path, folder: &Path) -> Self {
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
            index: format!("http://{}@127.0.0.1:{port}/git", unique()),
        };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
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

/// What a registry makes of an upload.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    /// It says no, and repeats the token as it does.
    Refuses,
    /// It takes it, and the index has it only after so many questions.
    Lags(usize),
}

/// A registry that keeps what it gets in memory.
#[derive(Clone)]
pub(crate) struct Moody {
    pub(crate) index: String,
    api: String,
    mood: Mood,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// By name: the line of the index, the package, and how often the index was asked for it since.
    crates: BTreeMap<String, (String, Vec<u8>, usize)>,
}

impl Moody {
    pub(crate) fn start(mood: Mood) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let api = format!("http://{}", socket.local_addr().expect("an address"));
        let registry = Self {
            index: format!("sparse+{api}/{}/index/", unique()),
            api,
            mood,
            kept: Arc::default(),
        };
        let serving = registry.clone();
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                // Whoever hangs up has had enough.
                let _ = serving.answer(stream);
            }
        });
        registry
    }

    /// The crates that were uploaded.
    pub(crate) fn uploaded(&self) -> Vec<String> {
        let kept = self.kept.lock().expect("nobody panicked");
        kept.crates.keys().cloned().collect()
    }

    /// How often the index was asked for a crate after it was uploaded.
    pub(crate) fn asked(&self, krate: &str) -> usize {
        let kept = self.kept.lock().expect("nobody panicked");
        kept.crates.get(krate).map_or(0, |(.., asked)| *asked)
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let (mut request, mut line, mut length) = (String::new(), String::new(), 0);
        reader.read_line(&mut request)?;
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            line.clear();
        }
        let mut body = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut body)?;
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (status, answer) = self.respond(path, &body);
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            answer.len()
        );
        let stream = reader.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(&answer)
    }

    fn respond(&self, path: &str, body: &[u8]) -> (&'static str, Vec<u8>) {
        let (ok, missing) = ("200 OK", ("404 Not Found", Vec::new()));
        let mut kept = self.kept.lock().expect("nobody panicked");
        if path.ends_with("/index/config.json") {
            let api = &self.api;
            return (
                ok,
                format!("{{\"dl\": \"{api}/dl/{{crate}}\", \"api\": \"{api}\"}}").into_bytes(),
            );
        }
        if path == "/api/v1/crates/new" {
            return match self.mood {
                Mood::Refuses => {
                    let reported = "{\"errors\":[{\"detail\":\"sesame is not welcome\"}]}";
                    ("403 Forbidden", reported.as_bytes().to_vec())
                }
                Mood::Lags(_) => {
                    let (name, line, package) =
                        uploaded(body).expect("an upload as the registry's API has it");
                    kept.crates.insert(name, (line, package, 0));
                    (ok, b"{}".to_vec())
                }
            };
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some((line, package, asked)) = kept.crates.get_mut(name) else {
            return missing;
        };
        if path.starts_with("/dl/") {
            return (ok, package.clone());
        }
        *asked += 1;
        match self.mood {
            Mood::Lags(times) if *asked > times => (ok, line.clone().into_bytes()),
            _ => missing,
        }
    }
}

/// What an upload holds: two parts, each with its length in front. Name, the line of the index, and the package.
fn uploaded(body: &[u8]) -> Option<(String, String, Vec<u8>)> {
    let part = |body: &[u8]| -> Option<(Vec<u8>, usize)> {
        let (length, rest) = body.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        Some((rest.get(..length)?.to_vec(), 4 + length))
    };
    let (metadata, read) = part(body)?;
    let (package, _) = part(body.get(read..)?)?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).ok()?;
    let name = metadata["name"].as_str()?.to_owned();
    let digest = hex::encode(Sha256::digest(&package));
    let line = serde_json::json!({
        "name": name, "vers": metadata["vers"], "deps": [], "cksum": digest, "features": {}, "yanked": false,
    });
    Some((name, line.to_string(), package))
}
