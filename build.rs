//! Form sets and cases are embedded with `include_dir!`, which knows the files that it found but
//! not that there are new ones.

fn main() {
    println!("cargo::rerun-if-changed=workbook-templates");
    println!("cargo::rerun-if-changed=fixtures/rules");
}
