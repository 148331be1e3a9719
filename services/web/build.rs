//! Brings the style sheets into `OUT_DIR`, packed: the NHS.UK front end, fetched by npm by the lock file beside this, and
//! our own. Where there is no npm, or it cannot fetch, the build goes on with a small style of our own and says so.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

const PACKAGE: [&str; 2] = ["package.json", "package-lock.json"];
const STYLE: &str = "node_modules/nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css";

fn main() -> Result<(), Box<dyn Error>> {
    for file in PACKAGE.iter().chain(&["assets"]) {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let base = match fetch(&out.join("npm")) {
        Ok(style) => without_fonts(&style),
        Err(why) => {
            println!("cargo:warning=pages get a small style of their own instead of the NHS.UK front end: {why}");
            fs::read_to_string("assets/plain.css")?
        }
    };
    pack(&out.join("base.css.gz"), &base)?;
    pack(&out.join("exemplar.css.gz"), &fs::read_to_string("assets/exemplar.css")?)
}

/// Has npm fetch exactly what the lock file names, without running anything of it.
fn fetch(folder: &Path) -> Result<String, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for file in PACKAGE {
        fs::copy(file, folder.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"]);
    let output = npm.current_dir(folder).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("npm cannot be run ({error})"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("npm ci failed ({})", said.lines().next().unwrap_or_default()).into());
    }
    Ok(fs::read_to_string(folder.join(STYLE))?)
}

/// The style without the fonts that it would load from another site: they are the NHS's own, and our policy lets no
/// browser ask another site.
fn without_fonts(style: &str) -> String {
    let mut rest = style;
    let mut kept = String::with_capacity(style.len());
    while let Some(start) = rest.find("@font-face{") {
        kept.push_str(&rest[..start]);
        rest = rest[start..].split_once('}').map_or("", |(_, after)| after);
    }
    kept + rest
}

fn pack(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes())?;
    Ok(fs::write(path, packed.finish()?)?)
}
