//! Random filings in which everything ties: no E and no C by the catalogue of rules.
//!
//! What may remain is for a unit to explain or to note (V, H): a budget that is overspent, an
//! execution rate below 90 %, a year-on-year change.

use rust_decimal::Decimal;

use super::filing::*;
use super::random_base::Project;
use super::rng::Rng;
use super::targets::{Bank, Form};

impl Filing {
    /// A filing without errors and gaps; the same for the same seed.
    pub(crate) fn random(seed: u64) -> Self {
        Maker {
            rng: Rng::new(seed),
            digits: 2,
        }
        .filing()
    }
}

/// Amounts are counted in units of the last digit, so that sums are exact.
pub(super) type Cents = i64;
pub(super) type Blankable = Option<Cents>;

pub(super) struct Maker {
    pub(super) rng: Rng,
    /// Decimals of all amounts.
    pub(super) digits: u32,
}

impl Maker {
    fn filing(&mut self) -> Filing {
        self.digits = self.rng.pick(&[2, 2, 2, 2, 2, 2, 2, 0, 4, 4]);
        let sign = self.sign();
        let projects = self.projects();
        let tables: Vec<&Project> = projects
            .iter()
            .filter(|p| p.cells[2].is_some_and(|spent| spent > 0))
            .collect();
        let annex1 = self.annex1(&projects, tables.len(), &sign);
        let spent: Vec<(Blankable, Cents)> = tables
            .iter()
            .map(|p| (p.cells[1], p.cells[2].unwrap_or(0)))
            .collect();
        // 全年预算数 of each project: what was spent and mostly a little more.
        let budgets: Vec<Cents> = spent
            .iter()
            .map(|(_, spent)| spent + self.slack(*spent))
            .collect();

        let row = |id: &str, column: usize| {
            self.cents(annex1.row(id, 1).and_then(|row| row.cells[column]))
        };
        let (project_budget, project_spent) = (row("项目", 1), row("项目", 2));
        let (public_budget, public_spent) = (row("公用", 1), row("公用", 2));
        let staff_spent = self.some_amount(20);
        let basic = public_spent + staff_spent;
        let executed = basic + project_spent;
        let planned = project_budget + public_budget + self.near(staff_spent);
        let budget = (executed + self.slack(executed)).max(budgets.iter().sum());

        let unit = self.rng.pick(&UNITS).to_owned();
        let mut bank = Bank::new(&mut self.rng);
        let money = self.money_row(Some(planned), budget, executed);
        let table = bank.table(&mut self.rng, Form::Annex2, money[5]);
        let annex2 = Annex2 {
            unit: unit.clone(),
            money,
            income: self.income(budget),
            spending: [self.figure(Some(basic)), self.figure(Some(project_spent))],
            goals: GOALS.map(str::to_owned),
            table,
            sign: sign.clone(),
        };
        let mut annexes = Vec::new();
        for ((project, (planned, spent)), budget) in tables.iter().zip(spent).zip(budgets) {
            let money = self.project_money(planned, budget, spent);
            let table = bank.table(&mut self.rng, Form::Annex3, money[0][5]);
            annexes.push(Annex3 {
                project: project.name.to_owned(),
                department: self.rng.pick(&DEPARTMENTS).to_owned(),
                performer: unit.clone(),
                money,
                goals: GOALS.map(str::to_owned),
                table,
                sign: sign.clone(),
            });
        }
        Filing {
            year: 2023,
            annex1,
            annex2,
            projects: annexes,
        }
    }

    pub(super) fn figure(&self, cents: Blankable) -> Figure {
        cents.map(|cents| Decimal::new(cents, self.digits))
    }

    fn cents(&self, figure: Figure) -> Cents {
        let mut value = figure.unwrap_or_default();
        value.rescale(self.digits);
        i64::try_from(value.mantissa()).unwrap()
    }

    /// An amount of about `size` 万元, over several orders of magnitude, never 0.
    pub(super) fn some_amount(&mut self, size: i64) -> Cents {
        let unit = 10_i64.pow(self.digits);
        let size = size * self.rng.pick(&[1, 1, 5, 30]);
        // Now and then a round sum, as budgets are.
        match self.rng.chance(25) {
            true => self.rng.between(1, size) * unit,
            false => self.rng.between(1, size * unit),
        }
    }

    pub(super) fn amount(&mut self, size: i64, filled: i64) -> Blankable {
        self.rng.chance(filled).then(|| self.some_amount(size))
    }

    /// 75 % to 120 % of an amount, at least 1.
    pub(super) fn near(&mut self, cents: Cents) -> Cents {
        (cents * self.rng.between(75, 120) / 100).max(1)
    }

    /// What was not spent of a budget: often nothing.
    fn slack(&mut self, spent: Cents) -> Cents {
        match self.rng.chance(35) {
            true => 0,
            false => spent * self.rng.between(0, 250) / 1000 + self.rng.between(0, 9),
        }
    }

    /// One amount for each column of 附件1, or none at all.
    pub(super) fn row(&mut self, size: i64, filled: i64) -> [Blankable; 3] {
        if !self.rng.chance(filled) {
            return [None; 3];
        }
        let budget = self.some_amount(size);
        let spent = self
            .rng
            .chance(90)
            .then(|| budget * self.rng.between(10, 100) / 100);
        [self.amount(size, 80), Some(budget), spent]
    }

    /// The money row: 执行率 and 得分 by either of the two honest orders of rounding.
    fn money_row(&mut self, planned: Blankable, budget: Cents, spent: Cents) -> [Figure; 6] {
        let (budget, spent) = (
            Decimal::new(budget, self.digits),
            Decimal::new(spent, self.digits),
        );
        let printed = rate(spent, budget);
        let share = match self.rng.chance(20) {
            true => printed / Decimal::ONE_HUNDRED,
            false => spent / budget,
        };
        let score = round2(share.min(Decimal::ONE) * Decimal::TEN);
        [
            self.figure(planned),
            Some(budget),
            Some(spent),
            Some(Decimal::TEN),
            Some(printed),
            Some(score),
        ]
    }

    /// Rows of 附件3: the total split over its sources.
    fn project_money(
        &mut self,
        planned: Blankable,
        budget: Cents,
        spent: Cents,
    ) -> [[Figure; 6]; 4] {
        let whole = self.money_row(planned, budget, spent);
        let (carried, other) = self
            .rng
            .pick(&[(0, 0), (0, 0), (0, 0), (20, 0), (0, 15), (10, 30)]);
        let mut rows = [whole, [None; 6], [None; 6], [None; 6]];
        for (column, cents) in [planned, Some(budget), Some(spent)].into_iter().enumerate() {
            let Some(cents) = cents else { continue };
            // Shares rounded down: a source never spends more than it has.
            let (carried, other) = (cents * carried / 100, cents * other / 100);
            rows[1][column] = self.figure(Some(cents - carried - other));
            rows[2][column] = self.figure((carried > 0).then_some(carried));
            rows[3][column] = self.figure((other > 0).then_some(other));
        }
        rows
    }

    /// No 政府性基金: it would need 附件4.
    fn income(&mut self, budget: Cents) -> [Figure; 4] {
        let (special, other) = self.rng.pick(&[(0, 0), (0, 0), (0, 12), (7, 0), (5, 20)]);
        let (special, other) = (budget * special / 100, budget * other / 100);
        let filled = |cents: Cents| self.figure((cents > 0).then_some(cents));
        [
            filled(budget - special - other),
            None,
            filled(special),
            filled(other),
        ]
    }

    fn sign(&mut self) -> Sign {
        let (month, day) = (self.rng.between(1, 12), self.rng.between(1, 28));
        let date = match self.rng.between(0, 2) {
            0 => format!("2024年{month}月{day}日"),
            1 => format!("2024.{month}.{day}"),
            _ => format!("2024-{month:02}-{day:02}"),
        };
        Sign {
            clerk: "张××".to_owned(),
            date,
            phone: "82×××69".to_owned(),
            head: "李××".to_owned(),
        }
    }
}

const UNITS: [&str; 4] = [
    "岳阳市甲级服务中心",
    "岳阳市水务监测站",
    "岳阳市公共资源管理处",
    "岳阳市青少年活动中心",
];
const DEPARTMENTS: [&str; 3] = ["岳阳市示范局", "岳阳市水务主管局", "岳阳市社会事务局"];
const GOALS: [&str; 2] = [
    "1.完成年度任务\n2.提高服务质量",
    "1.年度任务已完成\n2.服务质量有提高",
];
