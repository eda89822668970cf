//! The test support itself: random filings tie, whatever the seed.

use std::collections::{BTreeMap, BTreeSet};

use super::filings::*;
use rust_decimal::Decimal;

/// The figures of a filing, blanks as 0.
struct Book(BTreeMap<Path, Figure>);

impl Book {
    fn of(&self, path: &str) -> Decimal {
        *self
            .0
            .get(path)
            .unwrap_or_else(|| panic!("no {path}"))
            .as_ref()
            .unwrap_or(&Decimal::ZERO)
    }

    /// All figures whose path begins and ends so.
    fn sum(&self, start: &str, end: &str) -> Decimal {
        let paths = self
            .0
            .iter()
            .filter(|(path, _)| path.starts_with(start) && path.ends_with(end));
        paths.filter_map(|(_, figure)| *figure).sum()
    }

    fn filled(&self, path: &str) -> bool {
        self.0[path].is_some()
    }
}

#[test]
fn random_filings_tie_in_annex_1() {
    for seed in 0..300 {
        let book = Book(Filing::random(seed).figures());
        for column in FUND_COLUMNS {
            let of = |row: &str| book.of(&format!("附1.经费[{row},{column}]"));
            let all = |row: &str| book.sum(&format!("附1.经费[{row}#"), &format!(",{column}]"));
            assert_eq!(of("三公"), of("车") + of("出国") + of("接待"), "{seed}");
            assert_eq!(of("车"), of("购置") + of("运行"), "{seed}");
            let projects = of("业务") + of("运维") + all("其他项目") + all("专项");
            assert_eq!(of("项目"), projects, "{seed}");
            assert!(of("办公") + of("水电") + of("会议") <= of("公用"), "{seed}");
            assert!(of("三公") <= of("公用"), "{seed}");
            for (parent, children) in [
                ("三公", ["车", "出国", "接待"]),
                ("车", ["购置", "运行", "购置"]),
            ] {
                let filled = |row: &str| book.filled(&format!("附1.经费[{row},{column}]"));
                assert_eq!(
                    filled(parent),
                    children.into_iter().any(filled),
                    "{seed} {parent}"
                );
            }
        }
        let of = |path: &str| book.of(&format!("附1.{path}"));
        assert_eq!(
            of("人员[控制率]"),
            rate(of("人员[在职]"), of("人员[编制]")),
            "{seed}"
        );
        if book.filled("附1.楼堂馆所[批复规模]") {
            for (part, whole, share) in [
                ("实际规模", "批复规模", "规模控制率"),
                ("实际投资", "预算投资", "投资控制率"),
            ] {
                let of = |column: &str| of(&format!("楼堂馆所[{column}]"));
                assert_eq!(of(share), rate(of(part), of(whole)), "{seed}");
            }
        }
    }
}

#[test]
fn random_filings_tie_between_annexes() {
    for seed in 0..300 {
        let filing = Filing::random(seed);
        let book = Book(filing.figures());
        let of = |path: &str| book.of(path);
        assert_eq!(
            of("附2.资金[总额,全年]"),
            book.sum("附2.收入", ""),
            "{seed}"
        );
        assert_eq!(
            of("附2.资金[总额,执行]"),
            book.sum("附2.支出", ""),
            "{seed}"
        );
        assert!(!book.filled("附2.收入[政府性基金]"), "{seed}");
        assert_eq!(of("附1.经费[项目,决算]"), of("附2.支出[项目]"), "{seed}");
        assert!(of("附1.经费[公用,决算]") <= of("附2.支出[基本]"), "{seed}");
        let planned = of("附1.经费[项目,预算]") + of("附1.经费[公用,预算]");
        assert!(planned <= of("附2.资金[总额,年初]"), "{seed}");
        assert_eq!(
            book.sum("附3#", "资金[总额,执行]"),
            of("附1.经费[项目,决算]"),
            "{seed}"
        );
        for column in ["年初", "全年"] {
            let projects = book.sum("附3#", &format!("资金[总额,{column}]"));
            assert!(
                projects <= of(&format!("附2.资金[总额,{column}]")),
                "{seed}"
            );
        }
        let mut names = BTreeSet::new();
        for (index, project) in filing.projects.iter().enumerate() {
            let own = |column: &str| format!("附3#{}.资金[总额,{column}]", index + 1);
            assert!(names.insert(&project.project), "{seed}");
            let rows: Vec<&FundRow> = filing
                .annex1
                .funds
                .iter()
                .filter(|row| row.cells[1..] == [book.0[&own("年初")], book.0[&own("执行")]])
                .filter(|row| row.name == project.project || row.name.is_empty())
                .collect();
            assert!(!rows.is_empty(), "{seed} {}", project.project);
        }
        let specials = filing.annex1.funds.iter().filter(|row| row.id == "专项");
        assert!(specials.clone().count() <= 1 || specials.clone().all(|row| !row.name.is_empty()));
    }
}

#[test]
fn random_filings_are_scored_rightly() {
    for seed in 0..300 {
        let filing = Filing::random(seed);
        let book = Book(filing.figures());
        let tables: Vec<(String, &Indicators)> =
            std::iter::once(("附2".to_owned(), &filing.annex2.table))
                .chain(
                    (1..)
                        .map(|k| format!("附3#{k}"))
                        .zip(filing.projects.iter().map(|p| &p.table)),
                )
                .collect();
        let mut known = BTreeMap::new();
        for (annex, table) in tables {
            let told = format!("{seed} {annex}");
            let money = |column: &str| book.of(&format!("{annex}.资金[总额,{column}]"));
            let (share, printed) = (money("执行") / money("全年"), money("执行率"));
            assert_eq!(printed, rate(money("执行"), money("全年")), "{told}");
            let score = |share: Decimal| round2(share.min(Decimal::ONE) * d("10"));
            assert!(
                [score(share), score(printed / d("100"))].contains(&money("得分")),
                "{told}"
            );
            if annex != "附2" {
                for column in ["年初", "全年", "执行"] {
                    let parts = ["财政", "结转", "其他"]
                        .map(|row| book.of(&format!("{annex}.资金[{row},{column}]")));
                    assert_eq!(
                        money(column),
                        parts.iter().sum::<Decimal>(),
                        "{told} {column}"
                    );
                }
            }
            for (index, group) in table.groups.iter().enumerate() {
                let rows = table.rows.iter().filter(|row| row.group == index);
                assert_eq!(
                    group.weight,
                    Some(rows.filter_map(|row| row.weight).sum()),
                    "{told}"
                );
            }
            for row in &table.rows {
                let (weight, score) = (row.weight.unwrap(), row.score.unwrap());
                assert!(
                    weight > Decimal::ZERO && (weight * d("2")).is_integer(),
                    "{told} {row:?}"
                );
                assert!(Decimal::ZERO <= score && score <= weight, "{told} {row:?}");
                assert!(score == weight || !row.reason.is_empty(), "{told} {row:?}");
                let result = (row.target.as_str(), row.actual.as_str());
                assert_eq!(*known.entry(&row.third).or_insert(result), result, "{told}");
            }
            let sum = |column: &str| book.sum(&format!("{annex}.指标"), column);
            assert_eq!(table.totals[0], Some(d("100")), "{told}");
            assert_eq!(sum(".分值") + money("分值"), d("100"), "{told}");
            assert_eq!(
                table.totals[1],
                Some(sum(".得分") + money("得分")),
                "{told}"
            );
        }
    }
}
