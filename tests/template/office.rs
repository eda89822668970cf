//! Workbooks recalculated by LibreOffice, headless.

use std::fs;
use std::process::Command;

/// Every formula is calculated on load, whatever result is stored.
const ALWAYS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"#;

/// What LibreOffice makes of these workbooks when it calculates them and saves them again.
pub(crate) fn recalculated(workbooks: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    fs::create_dir_all(profile.join("user")).unwrap();
    fs::write(profile.join("user/registrymodifications.xcu"), ALWAYS).unwrap();
    let name = |index: usize| format!("{index:04}.xlsx");
    for (index, bytes) in workbooks.iter().enumerate() {
        fs::write(folder.path().join(name(index)), bytes).unwrap();
    }
    let output = Command::new("soffice")
        .arg(format!(
            "-env:UserInstallation=file://{}",
            profile.display()
        ))
        .args([
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
        ])
        .arg(folder.path().join("out"))
        .args((0..workbooks.len()).map(|index| folder.path().join(name(index))))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let out = folder.path().join("out");
    (0..workbooks.len())
        .map(|index| fs::read(out.join(name(index))).unwrap())
        .collect()
}
