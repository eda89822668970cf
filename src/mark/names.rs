//! What sheets are called in the copy: as in the original, where Excel can call them that.

use std::collections::HashSet;

use crate::lang::Lang;
use crate::patch::escape_at;
use crate::reasons::Added;
use crate::workbook::Workbook;

/// The longest name of a sheet, in UTF-16 units.
const LONGEST: usize = 31;

/// A name for each sheet of a workbook that is written anew. OpenDocument allows longer names,
/// Excel's signs for references, and one name twice.
pub(super) fn usable(workbook: &Workbook) -> Vec<String> {
    let mut taken = HashSet::new();
    let named = workbook.sheets.iter().map(|sheet| {
        if Added::is_ours(sheet) {
            return sheet.name.clone();
        }
        let plain = plain(&sheet.name);
        let numbered = (2..).map(|number| {
            let number = format!("({number})");
            cut(&plain, LONGEST - number.len()).to_owned() + &number
        });
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let free = names.find(|name| taken.insert(name.to_lowercase()));
        free.unwrap_or_else(|| plain.clone())
    });
    named.collect()
}

fn plain(name: &str) -> String {
    let is_sign = |symbol: char| {
        symbol.is_control() || matches!(symbol, '[' | ']' | ':' | '*' | '?' | '/' | '\\')
    };
    let name: String = name
        .chars()
        .map(|symbol| if is_sign(symbol) { '_' } else { symbol })
        .collect();
    let name = unescaped(name);
    let name = cut(name.trim_matches('\''), LONGEST).trim_end_matches('\'');
    match name {
        "" => "Sheet".to_owned(),
        // Excel keeps this one for itself.
        name if name.eq_ignore_ascii_case("history") => format!("{name}_"),
        name => name.to_owned(),
    }
}

/// A name in which programs see no letter spelled out, as `_x0041_` is in this format.
fn unescaped(mut name: String) -> String {
    while let Some(at) = escape_at(&name) {
        name.replace_range(at..=at, "-");
    }
    name
}

/// As much of a text as takes `most` UTF-16 units.
fn cut(text: &str, most: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, symbol)| {
        units += symbol.len_utf16();
        units > most
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Names for the tabs that we add, which no other sheet of these names has.
pub(super) fn tabs(workbook: &Workbook, names: &[String], lang: Lang) -> [String; 2] {
    let others = workbook.sheets.iter().zip(names);
    let taken: HashSet<String> = others
        .filter(|(sheet, _)| !Added::is_ours(sheet))
        .map(|(_, name)| name.to_lowercase())
        .collect();
    Added::ALL.map(|added| {
        let own = added.tab(lang);
        let numbered = (2..).map(|number| format!("{own}（{number}）"));
        std::iter::once(own.to_owned())
            .chain(numbered)
            .find(|name| !taken.contains(&name.to_lowercase()))
            .unwrap_or_else(|| own.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::Sheet;

    #[test]
    fn every_sheet_gets_a_name_that_excel_takes() {
        let long = "2023年度湖南省岳阳市项目支出绩效自评表（农村公路养护专项资金）之一";
        let names = [
            "附件1",
            "附件1",
            long,
            long,
            "[表]",
            "'表'",
            "",
            "History",
            "a:b",
            "A_B",
            "附件1",
            "_x0041_表",
            "_xD_表",
        ];
        let workbook = Workbook {
            sheets: names
                .iter()
                .map(|name| Sheet {
                    name: (*name).to_owned(),
                    ..Sheet::default()
                })
                .collect(),
            ..Workbook::default()
        };
        assert_eq!(
            usable(&workbook),
            [
                "附件1",
                "附件1(2)",
                "2023年度湖南省岳阳市项目支出绩效自评表（农村公路养护专项资",
                "2023年度湖南省岳阳市项目支出绩效自评表（农村公路养护(2)",
                "_表_",
                "表",
                "Sheet",
                "History_",
                "a_b",
                "A_B(2)",
                "附件1(3)",
                "-x0041_表",
                "_xD_表",
            ]
        );
    }
}
