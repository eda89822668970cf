//! `gouji-page-bundle WASM OUT`: one HTML file that asks nothing of anybody.
//!
//! The WebAssembly is packed with gzip and written in base64; scripts and styles stand in the
//! file as they are, and the file's Content-Security-Policy names their hashes: nothing else runs
//! and no request leaves.
#![allow(
    clippy::disallowed_methods,
    reason = "a build step: what it writes is made anew"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, out] = args.as_slice() else {
        bail!("usage: gouji-page-bundle WASM OUT");
    };
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    let read = |name: &str| {
        fs::read_to_string(web.join(name)).with_context(|| format!("cannot read page/web/{name}"))
    };
    let (glue, wasm) = bound(wasm)?;
    let style = read("style.css")?;
    let script = ["words.js", "drawing.js", "results.js", "work.js", "page.js"]
        .iter()
        .map(|name| read(name))
        .collect::<Result<Vec<_>>>()?
        .join("\n");
    let script = format!("\"use strict\";\n{script}");
    let worker = format!("{glue}\n{}", read("worker.js")?);
    for text in [&style, &script, &worker] {
        // It would end the element that it stands in.
        if text.contains("</script") || text.contains("</style") {
            bail!("a closing tag stands in a script or a style");
        }
    }
    let policy = format!(
        "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; worker-src blob:; \
         base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(&style)
    );
    let html = read("page.html")?;
    let mut page = html;
    for (mark, text) in [
        ("{{policy}}", policy),
        ("{{style}}", style),
        ("{{wasm}}", STANDARD.encode(packed(&wasm)?)),
        ("{{worker}}", worker),
        ("{{script}}", script),
    ] {
        if page.matches(mark).count() != 1 {
            bail!("page.html must have {mark} once");
        }
        page = page.replacen(mark, &text, 1);
    }
    fs::write(out, &page).with_context(|| format!("cannot write {}", out.display()))?;
    println!("{}: {} bytes", out.display(), page.len());
    Ok(())
}

/// The script around the WebAssembly, and the WebAssembly without what only that needed.
fn bound(wasm: &Path) -> Result<(String, Vec<u8>)> {
    let folder = tempfile::tempdir()?;
    Bindgen::new()
        .input_path(wasm)
        .no_modules(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("gouji")
        .generate(folder.path())?;
    Ok((
        fs::read_to_string(folder.path().join("gouji.js"))?,
        fs::read(folder.path().join("gouji_bg.wasm"))?,
    ))
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    Ok(packer.finish()?)
}

/// As a policy names it.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
