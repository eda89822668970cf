//! Submissions of many units: a department a folder, each workbook with mistakes that are known.

use rust_decimal::Decimal;

use super::filing::{Figure, Filing, d};
use super::layout::Layout;
use super::rng::Rng;
use super::write::{Written, write};

/// What one unit hands in.
#[derive(Debug)]
pub(crate) struct Submission {
    /// `岳阳市第03主管局/岳阳市第00017监测站.xlsx`.
    pub(crate) path: String,
    /// The unit's name, which no other unit has.
    pub(crate) unit: String,
    /// The department in charge, as its folder is called.
    pub(crate) department: String,
    pub(crate) filing: Filing,
    pub(crate) layout: Layout,
    pub(crate) defects: Vec<Defect>,
}

/// A mistake that was made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Defect {
    /// The field that is wrong or blank.
    pub(crate) path: &'static str,
    /// The rule that says so.
    pub(crate) code: &'static str,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add(&'static str),
    Clear,
    /// More points than the row has.
    AboveWeight,
}

/// Mistakes that do not touch each other: each is found where it was made.
const DEFECTS: [Defect; 7] = [
    Defect {
        path: "附2.资金[总额,执行率]",
        code: "GJ203",
        change: Change::Add("7.31"),
    },
    Defect {
        path: "附1.人员[控制率]",
        code: "GJ101",
        change: Change::Add("9.9"),
    },
    Defect {
        path: "附1.经费[车,决算]",
        code: "GJ112",
        change: Change::Add("3.25"),
    },
    Defect {
        path: "附2.指标[2].得分",
        code: "GJ305",
        change: Change::AboveWeight,
    },
    Defect {
        path: "附3#1.资金[总额,执行率]",
        code: "GJ352",
        change: Change::Add("6.18"),
    },
    Defect {
        path: "附3#1.表头[实施单位]",
        code: "GJ006",
        change: Change::Clear,
    },
    Defect {
        path: "附3#1.表头[主管部门]",
        code: "GJ006",
        change: Change::Clear,
    },
];

const TOPICS: [&str; 8] = [
    "水务", "林业", "交通", "文化", "教育", "卫生", "农业", "应急",
];
const KINDS: [&str; 5] = ["监测站", "服务中心", "事务所", "管理处", "研究院"];

impl Submission {
    /// The submission of this number; of seven in ten some figures are wrong.
    pub(crate) fn numbered(number: u64) -> Self {
        let mut rng = Rng::new(number ^ 0xba7c4);
        let wanted = match rng.chance(30) {
            true => 0,
            false => rng.between(1, 4),
        };
        Self::with_defects(number, usize::try_from(wanted).unwrap())
    }

    /// The submission of this number with as many defects as asked for, where there is room.
    pub(crate) fn with_defects(number: u64, wanted: usize) -> Self {
        let mut rng = Rng::new(number ^ 0xdefec7);
        let mut filing = Filing::random(number);
        let unit = format!(
            "岳阳市{}第{number:05}{}",
            rng.pick(&TOPICS),
            rng.pick(&KINDS)
        );
        let department = format!("岳阳市第{:02}主管局", number % 40 + 1);
        filing.annex2.unit.clone_from(&unit);
        for project in &mut filing.projects {
            project.performer.clone_from(&unit);
            project.department.clone_from(&department);
        }
        let mut left = DEFECTS.to_vec();
        let mut defects = Vec::new();
        while defects.len() < wanted && !left.is_empty() {
            let at = usize::try_from(rng.between(0, left.len() as i64 - 1)).unwrap();
            let defect = left.swap_remove(at);
            if defect.make(&mut filing) {
                defects.push(defect);
            }
        }
        Self {
            path: format!("{department}/{unit}.xlsx"),
            layout: rng.pick(&Layout::ALL),
            unit,
            department,
            filing,
            defects,
        }
    }

    /// The workbook, with the place of each field.
    pub(crate) fn write(&self) -> Written {
        write(&self.filing, self.layout)
    }
}

impl Defect {
    /// Makes the mistake, where the field is there to be wrong.
    fn make(self, filing: &mut Filing) -> bool {
        if self.path.starts_with("附3") && filing.projects.is_empty() {
            return false;
        }
        let figure = |filing: &Filing, path: &str| -> Figure { filing.get(path) };
        match self.change {
            Change::Clear => filing.clear(self.path),
            Change::Add(more) => match figure(filing, self.path) {
                Some(value) => filing.set(self.path, value + d(more)),
                None => return false,
            },
            Change::AboveWeight => {
                let weight = self.path.replace("得分", "分值");
                match (figure(filing, self.path), figure(filing, &weight)) {
                    (Some(_), Some(weight)) => filing.set(self.path, weight + Decimal::TWO),
                    _ => return false,
                }
                let [.., weight, _, score] = filing.annex2.money;
                filing.annex2.table.settle(weight, score);
            }
        }
        true
    }
}
