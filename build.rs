//! Form sets and cases are embedded with `include_dir!`, which knows the files that it found but
//! not that there are new ones; gouji.exe has an icon, says which version it is, and has a stack as
//! large as elsewhere.

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=workbook-templates");
    println!("cargo::rerun-if-changed=fixtures/rules");
    println!("cargo::rerun-if-changed=windows");
    if env::var("CARGO_CFG_TARGET_OS")? == "windows" {
        // Deep formulas and nested parts are followed by recursion, within limits that need more
        // than the 1 MiB of Windows.
        let stack = match env::var("CARGO_CFG_TARGET_ENV")?.as_str() {
            "msvc" => "/STACK:16777216",
            _ => "-Wl,--stack,16777216",
        };
        println!("cargo::rustc-link-arg-bins={stack}");
        let mut resource = winresource::WindowsResource::new();
        if !cfg!(windows) {
            // Debian's mingw-w64.
            resource
                .set_windres_path("x86_64-w64-mingw32-windres")
                .set_ar_path("x86_64-w64-mingw32-ar");
        }
        resource
            .set_icon("windows/icon.ico")
            // 简体中文.
            .set_language(0x0804)
            .set("ProductName", "gouji 勾稽")
            .set("FileDescription", "勾稽：核对预算绩效自评的附件表格")
            .set("LegalCopyright", "MIT")
            .set("OriginalFilename", "gouji.exe")
            .compile()?;
    }
    Ok(())
}
