//! Random 附件1: rows that add up, column by column.

use rust_decimal::Decimal;

use super::filing::*;
use super::random::{Blankable, Cents, Maker};

/// A row of 项目支出 with the columns of 附件1.
pub(super) struct Project {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) cells: [Blankable; 3],
}

impl Maker {
    pub(super) fn projects(&mut self) -> Vec<Project> {
        let mut projects = Vec::new();
        let mut add = |maker: &mut Self, id, name, filled: i64| {
            let mut cells = maker.row(60, filled);
            // A project with a budget has been started: a table is due for it.
            cells[2] = cells[1].map(|budget| maker.near(budget));
            // Now and then the money was only added in the course of the year.
            if maker.rng.chance(6) {
                cells[1] = None;
            }
            projects.push(Project { id, name, cells });
        };
        add(self, "业务", "业务工作经费", 50);
        add(self, "运维", "运行维护经费", 40);
        for name in EXTRAS.iter().take(self.count([60, 25, 15])) {
            add(self, "其他项目", name, 100);
        }
        for name in SPECIALS.iter().take(1 + self.count([40, 30, 20])) {
            add(self, "专项", name, 100);
        }
        projects
    }

    /// 0 with the first chance in percent, 1 with the second …, else one more than the last.
    fn count(&mut self, chances: [i64; 3]) -> usize {
        let mut left = self.rng.between(1, 100);
        chances
            .iter()
            .take_while(|chance| {
                left -= **chance;
                left > 0
            })
            .count()
    }

    pub(super) fn annex1(&mut self, projects: &[Project], tables: usize, sign: &Sign) -> Annex1 {
        let posts = self.rng.between(4, 300);
        let staff = (posts * self.rng.between(55, 100) / 100).max(1);
        let (posts, staff) = (Decimal::from(posts), Decimal::from(staff));
        let mut funds = Vec::new();
        let mut add = |maker: &Self, id, name: &str, cells: [Blankable; 3]| {
            let cells = cells.map(|cell| maker.figure(cell));
            funds.push(FundRow {
                id,
                name: name.to_owned(),
                cells,
            });
        };

        let (bought, run) = (self.row(2, 15), self.row(2, 40));
        let car = sum(&[bought, run]);
        let (abroad, guests) = (self.row(1, 10), self.row(1, 80));
        let hospitality = sum(&[car, abroad, guests]);
        for (id, cells) in [
            ("三公", hospitality),
            ("车", car),
            ("购置", bought),
            ("运行", run),
            ("出国", abroad),
            ("接待", guests),
        ] {
            add(self, id, "", cells);
        }
        let rows: Vec<[Blankable; 3]> = projects.iter().map(|project| project.cells).collect();
        add(self, "项目", "", sum(&rows));
        // One special alone needs no name; beside other tables it has one to be found by.
        let named = tables > 1 || self.rng.chance(50);
        for project in projects {
            let own = matches!(project.id, "其他项目") || project.id == "专项" && named;
            add(
                self,
                project.id,
                if own { project.name } else { "" },
                project.cells,
            );
        }
        let parts = [self.row(5, 85), self.row(5, 85), self.row(3, 85)];
        // The rest of 公用经费, at least what the three 公 come to.
        let mut public = sum(&parts);
        for (column, total) in public.iter_mut().enumerate() {
            *total =
                Some(total.unwrap_or(0) + hospitality[column].unwrap_or(0) + self.some_amount(4));
        }
        add(self, "公用", "", public);
        for (id, cells) in ["办公", "水电", "会议"].into_iter().zip(parts) {
            add(self, id, "", cells);
        }
        let [_, budget, spent] = self.row(30, 80);
        add(self, "采购", "", [None, budget, spent]);
        let adjusted = self.amount(10, 60);
        add(self, "调整", "", [None, None, adjusted]);
        Annex1 {
            staff: [Some(posts), Some(staff), Some(rate(staff, posts))],
            funds,
            building: self.building(),
            thrift: self.rng.pick(&["", "严格执行各项开支标准"]).to_owned(),
            sign: sign.clone(),
        }
    }

    fn building(&mut self) -> [Figure; 6] {
        if self.rng.chance(75) {
            return [None; 6];
        }
        let area = Decimal::from(self.rng.between(200, 20_000));
        let built = Decimal::from(self.rng.between(100, 200));
        let planned = self.some_amount(900) + 100;
        let spent = planned * self.rng.between(80, 100) / 100;
        let (planned, spent) = (
            Decimal::new(planned, self.digits),
            Decimal::new(spent, self.digits),
        );
        [
            Some(area),
            Some(built),
            Some(rate(built, area)),
            Some(planned),
            Some(spent),
            Some(rate(spent, planned)),
        ]
    }
}

/// Column by column; blank where all parts are.
fn sum(rows: &[[Blankable; 3]]) -> [Blankable; 3] {
    std::array::from_fn(|column| {
        let parts: Vec<Cents> = rows.iter().filter_map(|row| row[column]).collect();
        (!parts.is_empty()).then(|| parts.iter().sum())
    })
}

const EXTRAS: [&str; 3] = ["信息化建设经费", "宣传教育经费", "设备更新经费"];
const SPECIALS: [&str; 4] = [
    "农村公路养护专项",
    "水质监测专项",
    "公益服务专项",
    "基层培训专项",
];
