//! `gouji template`: blank, for a roster, rolled over.

use std::fs;

use gouji::naming::Known;
use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Value, Workbook};

use super::*;

fn workbook(path: &Path) -> (Workbook, Known) {
    let workbook = read(&fs::read(path).unwrap(), &Limits::default()).unwrap();
    let known = Known::of(&workbook).unwrap();
    (workbook, known)
}

/// What stands in the cell of a name; for a column of rows, in all of them.
fn held(path: &Path, name: &str) -> Vec<String> {
    let (workbook, known) = workbook(path);
    let (sheet, area) = known.area(name).unwrap_or_else(|| panic!("{name}"));
    (area.first.row..=area.last.row)
        .filter_map(|row| workbook.sheets[sheet].cell(Addr::new(row, area.first.col)))
        .filter_map(|cell| match &cell.value {
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) => Some(text.to_string()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_blank_template_is_written_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("空表.xlsx");
    let args = ["template", "--form", "yueyang-2023", "-o", text(&path)];
    let output = run(&args);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("已生成：") && stdout(&output).contains("空表.xlsx"));
    let first = fs::read(&path).unwrap();
    let again = run(&args);
    assert_eq!(code(&again), 2);
    assert!(stderr(&again).contains("已经存在"), "{}", stderr(&again));
    assert_eq!(fs::read(&path).unwrap(), first);
    let forced = run(&[
        "template",
        "--form",
        "yueyang-2023",
        "-o",
        text(&path),
        "--force",
        "--projects",
        "3",
    ]);
    assert_eq!(code(&forced), 0, "{}", stderr(&forced));
    let names: Vec<String> = workbook(&path)
        .0
        .sheets
        .into_iter()
        .map(|sheet| sheet.name)
        .collect();
    let expected = [
        "附件1",
        "附件2",
        "附件3（1）",
        "附件3（2）",
        "附件3（3）",
        "附件4",
        "附件5",
        "附件6",
        "自检",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left behind"
    );
}

#[test]
fn the_form_sets_are_listed() {
    let output = run(&["template", "--list"]);
    assert_eq!(code(&output), 0);
    assert!(
        stdout(&output).contains("yueyang-2023  2023  岳阳市"),
        "{}",
        stdout(&output)
    );
    assert_eq!(stdout(&output), stdout(&run(&["form", "list"])));
}

#[test]
fn an_unknown_form_is_named_with_the_known_ones() {
    let output = run(&["template", "--form", "yueyang-1999"]);
    assert_eq!(code(&output), 2);
    let said = stderr(&output);
    assert!(
        said.contains("yueyang-1999") && said.contains("yueyang-2023"),
        "{said}"
    );
}

const ROSTER: &str = "\
序号,单位名称,主管部门,项目名称,年初预算数,年度
1,甲中心,某某市司法局,,300.50,2023
,,,法律援助专项,8.88,2023
,,,宣传专项,1.2万元,2023
2,=乙/中心,某某市司法局,,100,2023年度
3,甲中心。,,维修费,,
,合计,,,410.58,
";

#[test]
fn a_roster_gives_a_template_for_each_unit() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("名册.csv");
    fs::write(&roster, ROSTER).unwrap();
    let out = folder.path().join("模板");
    let form = ["template", "--form", "yueyang-2023"];
    let output = run(&[&form[..], &["--roster", text(&roster), "-o", text(&out)]].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(
        stdout(&output).contains("3 个单位，已生成 3 份"),
        "{}",
        stdout(&output)
    );
    let mut names: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["=乙_中心.xlsx", "甲中心.xlsx", "甲中心。.xlsx"]);

    let first = out.join("甲中心.xlsx");
    for (name, value) in [
        ("gouji.附2.表头.单位", "甲中心"),
        ("gouji.附2.资金.总额.年初", "300.5"),
        ("gouji.附3.1.表头.项目", "法律援助专项"),
        ("gouji.附3.1.表头.主管部门", "某某市司法局"),
        ("gouji.附3.1.表头.实施单位", "甲中心"),
        ("gouji.附3.1.资金.财政.年初", "8.88"),
        // Computed, with its result stored for previews.
        ("gouji.附3.1.资金.总额.年初", "8.88"),
        ("gouji.附3.2.表头.项目", "宣传专项"),
        ("gouji.附3.2.资金.财政.年初", "1.2"),
    ] {
        assert_eq!(held(&first, name), [value], "{name}");
    }
    // Text from a roster is never a formula.
    let second = out.join("=乙_中心.xlsx");
    assert_eq!(held(&second, "gouji.附2.表头.单位"), ["=乙/中心"]);
    let (book, known) = workbook(&second);
    let (sheet, area) = known.area("gouji.附2.表头.单位").unwrap();
    assert!(
        book.sheets[sheet]
            .cell(area.first)
            .unwrap()
            .formula
            .is_none()
    );
}

/// The formulas of a workbook.
fn formulas(path: &Path) -> Vec<String> {
    let sheets = workbook(path).0.sheets.into_iter();
    let cells = sheets.flat_map(|sheet| sheet.cells);
    cells
        .filter_map(|cell| cell.formula.map(|formula| formula.to_string()))
        .collect()
}

#[test]
fn no_text_of_a_roster_or_of_last_year_is_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let template = |source: &str, from: &Path, to: &Path| {
        let form = ["template", "--form", "yueyang-2023", source, text(from)];
        let output = run(&[&form[..], &["-o", text(to), "--force"]].concat());
        assert_eq!(code(&output), 0, "{output:?}");
    };
    let made = |sign: &str| {
        let named = |what: &str| format!("{sign}SUM(1){what}");
        let (unit, project) = (named("单位"), named("项目"));
        let mut filing = super::filings::Filing::reference();
        filing.annex2.unit.clone_from(&unit);
        for project in &mut filing.projects {
            project.project = named("项目");
            project.performer.clone_from(&unit);
            project.department = named("主管");
        }
        let filed = super::filings::write(&filing, super::filings::Layout::Sheets);
        fs::write(path("上年.xlsx"), filed.bytes).unwrap();
        template("--from", &path("上年.xlsx"), &path("续表.xlsx"));
        let rows = format!("单位名称,项目名称,主管部门\n\"{unit}\",\"{project}\",\"{project}\"\n");
        fs::write(path("名册.csv"), rows).unwrap();
        let _ = fs::remove_dir_all(path("模板"));
        template("--roster", &path("名册.csv"), &path("模板"));
        let entry = fs::read_dir(path("模板")).unwrap().next().unwrap();
        [path("续表.xlsx"), entry.unwrap().path()].map(|made| {
            let unit = held(&made, "gouji.附2.表头.单位").concat();
            let project = held(&made, "gouji.附3.1.表头.项目").concat();
            assert_eq!(unit, named("单位").trim(), "{made:?}");
            assert_eq!(project, named("项目").trim(), "{made:?}");
            formulas(&made)
        })
    };
    let plain = made("");
    assert!(plain.iter().all(|formulas| formulas.len() > 50));
    for sign in ["=", "+", "-", "@", "\t=", "\r="] {
        assert!(made(sign) == plain, "{sign:?}");
    }
}

#[test]
fn a_filing_is_no_roster_and_a_roster_may_have_the_title_of_a_form() {
    let folder = tempfile::tempdir().unwrap();
    let titled = folder.path().join("名册.csv");
    let rows = "2023年度项目支出绩效自评表\n单位名称,项目名称,年初预算数\n甲局,专项一,3\n";
    fs::write(&titled, rows).unwrap();
    for (roster, expected) in [(SHEETS, 2), (text(&titled), 0)] {
        let out = folder.path().join("模板");
        let form = ["template", "--form", "yueyang-2023"];
        let output = run(&[&form[..], &["--roster", roster, "-o", text(&out)]].concat());
        assert_eq!(code(&output), expected, "{output:?}");
        let refused = stderr(&output).contains("是自评表，不是名册");
        assert_eq!(refused, expected == 2, "{output:?}");
        assert_eq!(out.exists(), expected == 0);
    }
}

/// Where a unit is called like the roster, its template would be written over it.
#[test]
fn a_roster_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("名册.xlsx");
    fs::write(&roster, "单位名称\n名册\n甲局\n").unwrap();
    let given = [
        "--roster",
        text(&roster),
        "-o",
        text(folder.path()),
        "--force",
    ];
    let form = ["template", "--form", "yueyang-2023"];
    let output = run(&[&form[..], &given].concat());
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    assert!(stdout(&output).contains("不能覆盖"), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("2 个单位，已生成 1 份"),
        "{}",
        stdout(&output)
    );
    assert_eq!(
        fs::read_to_string(&roster).unwrap(),
        "单位名称\n名册\n甲局\n"
    );
    assert!(folder.path().join("甲局.xlsx").exists());
}

#[test]
fn a_roster_that_cannot_be_used_says_which_row() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("名册.csv");
    for (written, expected) in [
        ("名称,预算\n甲,1", "没有找到「单位名称」"),
        ("单位名称,年初预算数\n", "没有单位"),
        ("单位名称,项目名称\n,宣传专项", "第 2 行没有单位名称"),
        ("单位名称,年初预算数\n甲,约三百", "第 2 行的预算「约三百」"),
        ("单位名称,年初预算数\n甲,85%", "第 2 行的预算「85%」"),
        (
            "单位名称,年初预算数\n甲,1\n甲,2",
            "第 3 行「甲」的预算是 2 万元，前面写的是 1 万元",
        ),
        ("单位名称,年度\n甲,2022", "第 2 行的年度是「2022」"),
        ("单位名称,预算\n甲局,1\n\"乙局,2\n丙局,3", "第 3 行的双引号"),
        (
            "单位名称\n\"甲局\n乙局\"\n丙局",
            "第 2 行的单位名称「甲局 乙局」",
        ),
        ("单\0位\0\n\0", "UTF-8"),
    ] {
        fs::write(&roster, written).unwrap();
        let output = run(&[
            "template",
            "--form",
            "yueyang-2023",
            "--roster",
            text(&roster),
            "-o",
            text(folder.path()),
        ]);
        assert_eq!(code(&output), 2, "{written}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(stderr(&output).contains("名册.csv"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_unit_with_too_many_projects_is_told_and_the_others_have_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("名册.csv");
    let projects: String = (1..=201).map(|number| format!(",项目{number}\n")).collect();
    let units = format!("单位名称,项目名称\n甲局,\n{projects}乙局,维修费\n");
    fs::write(&roster, units).unwrap();
    let out = folder.path().join("模板");
    let args = ["template", "--form", "yueyang-2023", "--roster"];
    let output = run(&[&args[..], &[text(&roster), "-o", text(&out)]].concat());
    assert_eq!(code(&output), 2);
    let said = stdout(&output);
    assert!(
        said.contains("甲局") && said.contains("有 201 个项目，一份最多 200 个"),
        "{said}"
    );
    assert!(said.contains("2 个单位，已生成 1 份"), "{said}");
    assert!(out.join("乙局.xlsx").exists());
}

#[test]
fn last_years_filing_is_rolled_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2024.xlsx");
    let output = run(&[
        "template",
        "--form",
        "yueyang-2023",
        "--from",
        SHEETS,
        "-o",
        text(&path),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for (name, value) in [
        // Last year's outturn.
        ("gouji.附1.经费.业务.上年", "83.34"),
        ("gouji.附1.经费.专项.上年", "7.26"),
        ("gouji.附1.经费.接待.上年", "0.05"),
        ("gouji.附1.经费.项目.上年", "90.6"),
        // Names and indicators.
        ("gouji.附2.表头.单位", "岳阳市法律援助中心"),
        ("gouji.附3.1.表头.项目", "法律援助专项服务"),
    ] {
        assert_eq!(held(&path, name), [value], "{name}");
    }
    let third = held(&path, "gouji.附2.指标.行.三级");
    assert_eq!(third.len(), 10, "{third:?}");
    assert_eq!(third[..2], ["法律援助案件数量", "咨询人次"]);
    assert_eq!(held(&path, "gouji.附2.指标.行.分值").len(), 10);
    // The figures of the year are cleared, and nobody has signed.
    for name in [
        "gouji.附1.经费.业务.决算",
        "gouji.附1.经费.专项.预算",
        "gouji.附2.资金.总额.全年",
        "gouji.附2.收入.其他",
        "gouji.附2.指标.行.完成",
        "gouji.附2.指标.行.得分",
        "gouji.附2.指标.行.原因",
        "gouji.附2.目标.完成",
        "gouji.附2.签字.填表人",
    ] {
        assert!(held(&path, name).is_empty(), "{name}");
    }
}

/// What the filer called the form's own row is a name like those of inserted rows.
#[test]
fn the_names_of_specials_are_rolled_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2024.xlsx");
    let named = |from: &str| {
        let form = ["template", "--form", "yueyang-2023", "--force"];
        let output = run(&[&form[..], &["--from", from, "-o", text(&path)]].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        held(&path, "gouji.附1.经费.专项.行.名称")
    };
    assert_eq!(
        named("fixtures/clean/clean.xlsx"),
        ["3、市级专项资金：农村公路养护专项", "水质监测专项", "……"]
    );
    // One that is not named is asked for anew.
    assert_eq!(named(SHEETS), ["3、市级专项资金（一个专项一行）", "……"]);
}

#[test]
fn what_cannot_be_rolled_over_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[
        "template",
        "--form",
        "yueyang-2023",
        "--from",
        "fixtures/unreadable/empty.xlsx",
        "-o",
        text(&folder.path().join("a.xlsx")),
    ]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("empty.xlsx"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A set that says nothing about printing gives a plain template, which computes and is known
/// again all the same.
#[test]
fn a_set_without_a_layout_has_a_template_too() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("plain-2023");
    fs::create_dir(&set).unwrap();
    for file in fs::read_dir(fixture("workbook-templates/yueyang-2023")).unwrap() {
        let file = file.unwrap();
        let printing = [
            "[layout]",
            "widths",
            "landscape",
            "spans",
            "beside",
            "under",
            "lines",
            "rows_printed",
        ];
        let text = fs::read_to_string(file.path()).unwrap();
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| !printing.iter().any(|word| line.starts_with(word)))
            .collect();
        let text = kept
            .join("\n")
            .replace("\"yueyang-2023\"", "\"plain-2023\"");
        fs::write(set.join(file.file_name()), text).unwrap();
    }
    let path = folder.path().join("plain.xlsx");
    let forms = ["--forms", text(folder.path())];
    let made = run(&[
        &["template", "--form", "plain-2023", "-o", text(&path)],
        &forms[..],
    ]
    .concat());
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let checked = run(&[&["check", text(&path)], &forms[..]].concat());
    assert!(
        stdout(&checked).contains("未填：各张表都还是空的"),
        "{}",
        stdout(&checked)
    );
    assert!(held(&path, "gouji.附1.经费.项目.决算").is_empty());
}

#[test]
fn what_template_says_of_last_year_is_in_the_language_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("去年.xlsx");
    fs::write(&path, "不是工作簿").unwrap();
    let out = folder.path().join("今年.xlsx");
    let args = ["template", "--form", "yueyang-2023", "--from"];
    for (lang, words) in [("zh", "不是"), ("en", "no workbook")] {
        let rest = [text(&path), "-o", text(&out), "--lang", lang];
        let output = run(&[&args[..], &rest].concat());
        assert_eq!(code(&output), 2);
        let said = stderr(&output);
        assert!(said.contains(words), "{said}");
        let chinese = |sign: char| ('\u{4E00}'..='\u{9FFF}').contains(&sign);
        let message = said.replace(text(&path), "");
        assert_eq!(message.contains(chinese), lang == "zh", "{said}");
    }
}
