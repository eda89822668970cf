//! A form set as a year's notice may change it.

use std::fs;

use super::*;

/// What a year's notice may change in the set of Yueyang: file, text, text in its place.
const NEXT_YEAR: &[(&str, &str, &str)] = &[
    // The set itself.
    ("form.toml", "岳阳市2023年度", "岳阳市2024年度"),
    ("form.toml", r#"version = "1""#, r#"version = "2""#),
    ("form.toml", "= 2023", "= 2024"),
    // Annexes: one goes, one has another title, one was looked up.
    ("form.toml", r#", "annex6.toml"]"#, "]"),
    (
        "annex1.toml",
        "{年}年度部门整体支出绩效评价",
        "{年}年度部门整体支出绩效自评",
    ),
    ("annex4.toml", "status = \"unconfirmed\"\n", ""),
    // Rows and columns of annex 1.
    (
        "annex1.toml",
        r#"label = "公车运行维护""#,
        r#"label = "公务用车运行维护费""#,
    ),
    (
        "annex1.toml",
        r#"label = "公用经费", total = "of""#,
        r#"label = "公用经费", total = "sum""#,
    ),
    (
        "annex1.toml",
        r#"{ id = "采购", label"#,
        r#"{ id = "采购", in = "公用", label"#,
    ),
    ("annex1.toml", "signed = true, blank", "blank"),
    (
        "annex1.toml",
        r#"  { id = "采购""#,
        "  { id = \"劳务\", in = \"公用\", label = \"劳务费\" },\n  { id = \"采购\"",
    ),
    ("annex1.toml", r#"{年}年实际在职人数"#, "{年}年末在职人数"),
    (
        "annex1.toml",
        r#"措施"], unit = "text" }"#,
        r#"措施"], unit = "quantity" }"#,
    ),
    (
        "annex1.toml",
        "[[block]]\nid    = \"厉行节约\"",
        "[[block]]\nid = \"资产\"\nkind = \"items\"\ncorner = [\"资产情况\"]\nitems = [{ id = \"车辆\", label = \"车辆数\" }]\n\n[[block]]\nid    = \"厉行节约\"",
    ),
    // A column of annex 2.
    ("annex2.toml", "[1, 4, 4]", "[1, 8]"),
    (
        "annex2.toml",
        r#"  { id = "完成", label = "实际完成情况", alias = ["目标实际完成情况", "年度总体目标完成情况"], unit = "text" },"#,
        "",
    ),
    // A row of annex 1, and its place in a rule.
    (
        "annex1.toml",
        "  { id = \"会议\", in = \"公用\", label = \"会议费、培训费\", alias = [\"会议费培训费\", \"会议培训费\"] },\n",
        "",
    ),
    (
        "annex1.toml",
        r#"["办公", "水电", "会议"]"#,
        r#"["办公", "水电"]"#,
    ),
    // Indicators of annex 2.
    ("annex2.toml", r#"weight = "50""#, r#"weight = "35""#),
    (
        "annex2.toml",
        r#""时效指标", "成本指标"]"#,
        r#""时效指标"]"#,
    ),
    (
        "annex2.toml",
        r#"  { label = "效益指标""#,
        "  { label = \"成本指标\", weight = \"15\" },\n  { label = \"效益指标\"",
    ),
    // Thresholds: one moves, one has another name, one comes, one goes from its rule.
    (
        "form.toml",
        r#"value = "30",  unit = "%", name = "与"#,
        r#"value = "20", unit = "%", name = "与"#,
    ),
    ("form.toml", "评为优的总分", "评为优秀的总分"),
    (
        "form.toml",
        "\"满分\"",
        "\"车均上限\" = { value = \"2.5\", unit = \"万元\", name = \"每辆车的经费上限\" }\n\"满分\"",
    ),
    (
        "form.toml",
        "\"同比起点\"     = { value = \"1\",   unit = \"万元\", name = \"与上年相比须留意的最小差额\" }\n",
        "",
    ),
    (
        "annex1.toml",
        "abs(附1.经费[*,决算] - 附1.经费[*,上年]) < 同比起点 or ",
        "",
    ),
    // Rules: one formula, one name, one switched on, one re-graded, other words, one new.
    (
        "annex1.toml",
        "附1.经费[公用,决算] <= 附1.经费[公用,预算]",
        "附1.经费[公用,决算] < 附1.经费[公用,预算]",
    ),
    (
        "annex2.toml",
        r#"name  = "预算执行率""#,
        r#"name  = "执行率按全年预算数计算""#,
    ),
    ("annex2.toml", "off   = true\n", ""),
    (
        "annex2.toml",
        "多半是全年预算数没有计入追加或结转，请核对；",
        "请核对全年预算数；",
    ),
    (
        "indicators.toml",
        r#"level   = "explain""#,
        r#"level   = "hint""#,
    ),
    (
        "cross.toml",
        "[[rule]]\n",
        "[[rule]]\ncode = \"GJ799\"\nname = \"劳务费不超过预算\"\nask = \"附1.经费[劳务,决算] <= 附1.经费[劳务,预算]\"\nwhy = \"劳务费从严控制。\"\nbasis = \"审核惯例\"\n\n[[rule]]\n",
    ),
];

/// A copy of Yueyang's form set in a folder of its own, changed; the rule GJ207 is gone.
pub(super) fn next_year(folder: &Path) -> PathBuf {
    let set = folder.join("yueyang-2024");
    fs::create_dir(&set).unwrap();
    for file in fs::read_dir(fixture("workbook-templates/yueyang-2023")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        for (_, old, new) in NEXT_YEAR.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(old), "{name}: {old}");
            text = text.replacen(old, new, 1);
        }
        text = text.replace("\"yueyang-2023\"", "\"yueyang-2024\"");
        let rules: Vec<&str> = text
            .split("[[rule]]\n")
            .filter(|rule| !rule.contains("\"GJ207\"\n"))
            .collect();
        fs::write(set.join(name), rules.join("[[rule]]\n")).unwrap();
    }
    set
}
