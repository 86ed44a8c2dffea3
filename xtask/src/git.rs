//! What git knows of a checkout: the specs of a revision, which commit is checked out, what is not committed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use binance_wire_impact::announcements::Date;
use tempfile::TempDir;

/// The specs folder of a revision, in a folder that goes with the value. Samples are left out: they are many, and no specs.
pub(crate) fn specs_at(repository: &Path, revision: &str) -> Result<TempDir> {
    let commit = commit(repository, revision)?;
    let listed = git(repository, &["ls-tree", "-r", "-z", &commit, "--", "specs/"])?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for entry in listed.split('\0').filter(|entry| !entry.is_empty()) {
        // `100644 blob <hash>\t<path>`
        let Some((facts, path)) = entry.split_once('\t') else {
            continue;
        };
        let mut facts = facts.split(' ').skip(1);
        if let (Some("blob"), Some(hash)) = (facts.next(), facts.next())
            && !path.contains("/examples/")
            && !path.split('/').any(|part| part == "..")
        {
            wanted.push((hash, path));
        }
    }
    if wanted.is_empty() {
        bail!("{revision} has no specs/");
    }
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let contents = blobs(repository, wanted.iter().map(|(hash, _)| *hash))?;
    if contents.len() != wanted.len() {
        bail!(
            "git gave {} of the {} files of {revision}",
            contents.len(),
            wanted.len()
        );
    }
    for ((_, path), text) in wanted.iter().zip(contents) {
        let path = folder.path().join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(folder)
}

/// The commit of a revision.
fn commit(repository: &Path, revision: &str) -> Result<String> {
    // A name that begins with a dash would be an option.
    if revision.is_empty() || revision.starts_with('-') {
        bail!("`{revision}` is neither a file nor a git revision");
    }
    let found = git(repository, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])
        .ok()
        .with_context(|| {
            format!(
                "`{revision}` is neither a file or folder nor a git revision of {}; `git log --oneline` shows what there is",
                repository.display()
            )
        })?;
    Ok(String::from_utf8_lossy(&found).trim().to_owned())
}

/// Whether a commit is there: a shallow clone has only the last ones.
pub(crate) fn has(repository: &Path, revision: &str) -> bool {
    commit(repository, revision).is_ok()
}

/// The day of a revision's commit.
pub(crate) fn date(repository: &Path, revision: &str) -> Result<Date> {
    let commit = commit(repository, revision)?;
    let day = git(repository, &["show", "--no-patch", "--format=%cs", &commit])?;
    let day = String::from_utf8_lossy(&day).trim().to_owned();
    day.parse()
        .map_err(|message: String| anyhow::anyhow!("the date of {revision}: {message}"))
}

/// The commit that is checked out.
pub(crate) fn head(root: &Path) -> Result<String> {
    let found =
        git(root, &["rev-parse", "HEAD"]).with_context(|| format!("{} has no commit", root.display()))?;
    Ok(String::from_utf8_lossy(&found).trim().to_owned())
}

/// The files that differ from what is committed.
pub(crate) fn uncommitted(root: &Path) -> Result<Vec<String>> {
    let reported = git(root, &["status", "--porcelain", "--untracked-files=all"])
        .with_context(|| format!("{} is not a checkout of git", root.display()))?;
    let text = String::from_utf8_lossy(&reported);
    Ok(text
        .lines()
        .filter_map(|line| line.get(3..))
        .map(|path| path.trim_matches('"').to_owned())
        .collect())
}

fn git(repository: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .output()
        .context("git cannot be run")?;
    if !output.status.success() {
        bail!(
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.stdout)
}

/// The contents of blobs, in order, by one run of git.
fn blobs<'h>(repository: &Path, hashes: impl Iterator<Item = &'h str>) -> Result<Vec<Vec<u8>>> {
    let mut asked = String::new();
    for hash in hashes {
        asked += hash;
        asked.push('\n');
    }
    let mut child = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("git cannot be run")?;
    let stdin = child.stdin.take();
    // Written from a thread of its own: git answers while it reads, and a full pipe would stop both.
    let writer = std::thread::spawn(move || match stdin {
        Some(mut stdin) => stdin.write_all(asked.as_bytes()),
        None => Ok(()),
    });
    let output = child.wait_with_output().context("git did not answer")?;
    match writer.join() {
        Ok(written) => written.context("git did not take the list of files")?,
        Err(_) => bail!("git did not take the list of files"),
    }
    let mut contents = Vec::new();
    let mut rest = output.stdout.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (head, behind) = rest.split_at(end);
        // `<hash> blob <size>`
        let head = String::from_utf8_lossy(head).into_owned();
        let size: Option<usize> = head.rsplit(' ').next().and_then(|size| size.parse().ok());
        let body = size.and_then(|size| behind.get(1..=size).map(|body| (size, body)));
        let Some((size, body)) = body else {
            bail!("git answered `{head}`");
        };
        contents.push(body.to_vec());
        rest = behind.get(size + 2..).unwrap_or_default();
    }
    Ok(contents)
}
