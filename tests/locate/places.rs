//! Where things stand: units, titles and values in places that only look like theirs, from bytes to
//! findings.

use super::filings::{Filing, Layout, Written, write};
use gouji::catalog::Catalog;
use gouji::read::{Limits, read};
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::{Addr, Area, Cell, MergedIndex, Sheet, Value, Workbook};
use rust_decimal::Decimal;

/// The address of `F6`.
fn address(text: &str) -> Addr {
    let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
    let col = text[..letters]
        .bytes()
        .fold(0, |col, letter| col * 26 + u32::from(letter - b'A') + 1);
    Addr::new(text[letters..].parse::<u32>().unwrap() - 1, col - 1)
}

fn workbook(written: &Written) -> Workbook {
    read(&written.bytes, &Limits::default()).unwrap()
}

/// What the findings say.
fn told(catalog: &Catalog, workbook: Workbook) -> Vec<String> {
    let checked = match review_workbook(catalog, workbook, None, &Options::default()) {
        Review::Checked(checked) => checked,
        other => panic!("{other:?}"),
    };
    let findings = checked.report.findings.iter();
    findings
        .map(|found| format!("{} {}", found.code, found.message))
        .collect()
}

fn sheet<'w>(workbook: &'w mut Workbook, name: &str) -> &'w mut Sheet {
    let mut sheets = workbook.sheets.iter_mut();
    sheets.find(|sheet| sheet.name == name).unwrap()
}

/// Writes a text into a cell, what is merged over it taken apart.
fn set(sheet: &mut Sheet, at: Addr, text: &str) {
    let covers = |area: &Area| {
        (area.first.row..=area.last.row).contains(&at.row)
            && (area.first.col..=area.last.col).contains(&at.col)
    };
    sheet.merges.retain(|area| !covers(area));
    sheet.merged = MergedIndex::default();
    sheet.cells.retain(|cell| cell.at != at);
    sheet.cells.push(Cell {
        at,
        value: Value::Text(text.into()),
        format: 0,
        formula: None,
    });
    sheet.cells.sort_by_key(|cell| cell.at);
}

/// Writes a text into the field at `path`.
fn set_field(workbook: &mut Workbook, written: &Written, path: &str, text: &str) {
    let place = written.place(path);
    set(sheet(workbook, &place.sheet), address(&place.cell), text);
}

/// The cells of a sheet that hold texts.
fn texts(sheet: &Sheet) -> Vec<(Addr, String)> {
    let text = |cell: &Cell| match &cell.value {
        Value::Text(text) => Some((cell.at, text.to_string())),
        _ => None,
    };
    sheet.cells.iter().filter_map(text).collect()
}

#[test]
fn the_unit_may_be_named_in_the_title_above_it_or_below_it() {
    let catalog = Catalog::embedded().unwrap();
    // Where the unit is named differs, and so does GJ011, which tells of it.
    let rest = |told: Vec<String>| -> Vec<String> {
        let (unit, rest): (Vec<_>, Vec<_>) =
            told.into_iter().partition(|told| told.starts_with("GJ011"));
        assert!(unit.len() >= 3, "{unit:#?}");
        rest
    };
    let written = write(&Filing::reference(), Layout::Yuan);
    let wanted = rest(told(&catalog, workbook(&written)));
    type Place = fn(&str) -> (Option<Addr>, String);
    let places: [(&str, Place); 5] = [
        ("the title", |title| (None, format!("{title}（单位：元）"))),
        ("the title", |title| {
            (None, format!("{title}  金额单位：人民币元"))
        }),
        ("above", |_| (Some(Addr::new(0, 6)), "单位：元".to_owned())),
        ("beside", |_| {
            (Some(Addr::new(1, 9)), "（单位：元）".to_owned())
        }),
        ("below", |_| {
            (Some(Addr::new(2, 9)), "金额单位：人民币元".to_owned())
        }),
    ];
    for (what, place) in places {
        let mut workbook = workbook(&written);
        for sheet in &mut workbook.sheets {
            for (at, text) in texts(sheet) {
                set_plain(sheet, at, &text.replace("（元）", ""));
            }
            let title = Addr::new(1, 0);
            let (at, text) = place(&texts(sheet).iter().find(|(at, _)| *at == title).unwrap().1);
            match at {
                Some(at) => set(sheet, at, &text),
                None => set_plain(sheet, title, &text),
            }
        }
        assert_eq!(rest(told(&catalog, workbook)), wanted, "{what}");
    }
}

/// Where heads and a line above them disagree, the heads hold, for the amounts that stand under
/// them and for those behind labels.
#[test]
fn what_heads_say_goes_before_a_line_above() {
    let catalog = Catalog::embedded().unwrap();
    let codes = |told: Vec<String>| -> Vec<String> {
        let mut codes: Vec<String> = told.iter().map(|told| told[..5].to_owned()).collect();
        codes.retain(|code| code != "GJ011");
        codes
    };
    let written = write(&Filing::reference(), Layout::Sheets);
    let wanted = codes(told(&catalog, workbook(&written)));
    let mut workbook = workbook(&written);
    set(sheet(&mut workbook, "附件2"), Addr::new(2, 9), "单位：元");
    assert_eq!(codes(told(&catalog, workbook)), wanted);
}

/// Writes a text over another one, areas as they are.
fn set_plain(sheet: &mut Sheet, at: Addr, text: &str) {
    let mut cells = sheet.cells.iter_mut();
    let cell = cells.find(|cell| cell.at == at).unwrap();
    cell.value = Value::Text(text.into());
}

/// Each head in its own unit: the amounts of a column are in that of its head.
#[test]
fn heads_of_one_block_may_name_different_units() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    let written = write(&filing, Layout::Sheets);
    let wanted = told(&catalog, workbook(&written));
    for path in filing.numeric_paths() {
        if path.starts_with("附1.经费[")
            && path.ends_with(",决算]")
            && let Some(value) = filing.get(&path)
        {
            filing.set(&path, value * Decimal::from(10_000));
        }
    }
    let written = write(&filing, Layout::Sheets);
    let mut workbook = workbook(&written);
    let sheet = sheet(&mut workbook, "附件1");
    for (at, text) in texts(sheet) {
        match text.as_str() {
            "经费控制情况（万元）" => set_plain(sheet, at, "经费控制情况"),
            "2023年决算数" => set_plain(sheet, at, "2023年决算数（元）"),
            "2022年决算数" | "2023年预算数" => {
                set_plain(sheet, at, &format!("{text}（万元）"))
            }
            _ => {}
        }
    }
    let codes = |told: &[String]| -> Vec<String> {
        let mut codes: Vec<String> = told.iter().map(|told| told[..5].to_owned()).collect();
        codes.retain(|code| code != "GJ011");
        codes.sort();
        codes
    };
    let told = told(&catalog, workbook);
    assert_eq!(codes(&told), codes(&wanted), "{told:#?}");
}

#[test]
fn an_indicator_may_be_named_after_its_unit() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Sheets);
    let wanted = told(&catalog, workbook(&written));
    for text in ["单位成本（元/人次）", "单位面积造价（元）", "单位：元"] {
        let mut workbook = workbook(&written);
        set_field(&mut workbook, &written, "附2.指标[4].三级", text);
        assert_eq!(told(&catalog, workbook), wanted, "{text}");
    }
}

/// The title of an annex in a cell that is filled in begins no table.
#[test]
fn a_cell_that_mentions_an_annex_is_no_title() {
    let catalog = Catalog::embedded().unwrap();
    let places = [
        "附1.厉行节约[措施]",
        "附2.目标[完成]",
        "附2.目标[预期]",
        "附2.指标[3].原因",
        "附2.指标[5].完成",
        "附3#1.目标[完成]",
        "附3#1.指标[2].原因",
        "附3#1.指标[4].完成",
    ];
    let layouts = [
        Layout::Sheets,
        Layout::Stacked,
        Layout::NoMerges,
        Layout::OddOrder,
        Layout::Bare,
    ];
    for layout in layouts {
        let written = write(&Filing::reference(), layout);
        for path in places {
            let of = |text: &str| {
                let mut workbook = workbook(&written);
                set_field(&mut workbook, &written, path, text);
                let told = told(&catalog, workbook).into_iter();
                told.map(|told| told.replace(text, "……"))
                    .collect::<Vec<_>>()
            };
            let wanted = of("详见有关材料");
            for text in [
                "详见项目支出绩效自评表",
                "完成情况见部门整体支出绩效自评表",
                "与部门整体支出绩效评价基础数据表一致",
            ] {
                assert_eq!(of(text), wanted, "{}: {path}: {text}", layout.name());
            }
        }
    }
}

/// What stands beside a blank item, in the columns of the block to its right, is not its value.
#[test]
fn a_blank_item_takes_nothing_from_the_block_beside_it() {
    let catalog = Catalog::embedded().unwrap();
    for layout in [Layout::Sheets, Layout::NoMerges, Layout::Stacked] {
        let written = write(&Filing::reference(), layout);
        let wanted = told(&catalog, workbook(&written));
        let place = written.place("附2.收入[专户]");
        let row = address(&place.cell).row;
        let beside = address(&written.place("附2.支出[基本]").cell).col;
        for text in [
            "其中：公用经费：4.97",
            "其中：公用经费4.97万元",
            "结余",
            "（执行数含上年结转）",
            "24.34",
        ] {
            let mut workbook = workbook(&written);
            let col = if layout == Layout::Stacked {
                beside - 1
            } else {
                beside
            };
            set(
                sheet(&mut workbook, &place.sheet),
                Addr::new(row, col),
                text,
            );
            assert_eq!(
                told(&catalog, workbook),
                wanted,
                "{}: {text}",
                layout.name()
            );
        }
    }
}

/// Nor is a remark beyond the table, or beyond the merged cell that was left blank.
#[test]
fn a_blank_item_takes_nothing_from_beyond_the_table() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Sheets);
    for (path, text) in [
        ("附3#1.表头[实施单位]", "见封面"),
        ("附3#1.表头[项目]", "见封面"),
        ("附2.收入[专户]", "12"),
        ("附2.支出[项目]", "12"),
    ] {
        let of = |beside: Option<&str>| {
            let mut workbook = workbook(&written);
            let place = written.place(path);
            let at = address(&place.cell);
            let sheet = sheet(&mut workbook, &place.sheet);
            let found = sheet.cells.iter_mut().find(|cell| cell.at == at).unwrap();
            if let Value::Text(label) = &found.value
                && let Some(end) = label.find('：').filter(|_| path.starts_with("附2"))
            {
                found.value = Value::Text(label[..end + '：'.len_utf8()].into());
            } else {
                sheet.cells.retain(|cell| cell.at != at);
            }
            if let Some(text) = beside {
                set(sheet, Addr::new(at.row, 11), text);
            }
            told(&catalog, workbook)
        };
        assert_eq!(of(Some(text)), of(None), "{path}");
    }
}

/// 「其中：」 and a remark in brackets have colons of their own.
#[test]
fn a_label_and_its_value_are_cut_at_their_own_colon() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Sheets);
    let wanted = told(&catalog, workbook(&written));
    for (path, label) in [
        ("附2.收入[一般公共预算]", "其中：一般公共预算："),
        ("附2.支出[基本]", "其中：基本支出："),
    ] {
        let place = written.place(path);
        let of = |text: &str| {
            let mut workbook = workbook(&written);
            let at = address(&place.cell);
            set_plain(sheet(&mut workbook, &place.sheet), at, text);
            let mut told = told(&catalog, workbook);
            // That the amount has a remark.
            told.retain(|told| !told.starts_with("GJ009"));
            told
        };
        let value = Filing::reference().get(path).unwrap();
        let text = format!("{label}{value}（其中：上年结转20.00）");
        assert_eq!(of(&text), wanted, "{path}");
        let told = of(&format!(
            "{label}{}（其中：上年结转20.00）",
            value - Decimal::TEN
        ));
        assert!(told.len() > wanted.len(), "{path}: {told:#?}");
        let told = of(&format!("{label}见附表"));
        let unreadable = |told: &String| told.starts_with("GJ016") && told.contains("见附表");
        assert!(told.iter().any(unreadable), "{path}: {told:#?}");
        assert!(!told.iter().any(|told| told.starts_with("GJ017")), "{path}");
    }
}
