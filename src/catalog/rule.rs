//! Rules, resolved: what is tested, where a failure is shown, and in which words.

use rust_decimal::Decimal;

use super::form::Unit;
use super::named::NamedCheck;
pub use super::syntax::Operator;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 逻辑性: certainly wrong, must be corrected.
    Error,
    /// 完整性: a required cell or table is missing.
    Incomplete,
    /// 核实性: may be right, the unit must explain.
    Explain,
    /// 提示.
    Hint,
}

/// One rule, for one annex where it is written for several.
#[derive(Debug)]
pub struct Rule {
    /// `GJ203`.
    pub code: String,
    /// Short name.
    pub name: Words,
    /// Reason.
    pub why: Words,
    /// What it rests on; only what was verified.
    pub basis: Words,
    /// Not applied unless the region adopts it.
    pub off: bool,
    /// What is tested once for.
    pub scope: Scope,
    /// Applies only where this holds; else unchecked with the reason.
    pub when: Option<(Expr, Words)>,
    /// Codes of which this one is a consequence: where one of them has a finding on the same
    /// annex, findings of this rule are listed under it.
    pub after: Vec<String>,
    /// What is done.
    pub action: Action,
    /// File and line of the description.
    pub source: (String, usize),
    /// The region's reason for changing the rule of the form that it extends.
    pub changed: Option<String>,
}

/// Words in Chinese and, where given, English.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// 简体.
    pub zh: String,
    /// Falls back to Chinese.
    pub en: Option<String>,
}

impl Words {
    /// The words in `lang`.
    pub fn in_lang(&self, lang: crate::lang::Lang) -> &str {
        match (lang, &self.en) {
            (crate::lang::Lang::En, Some(en)) => en,
            _ => &self.zh,
        }
    }
}

/// What a rule is evaluated once for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The filing.
    Filing,
    /// Each table of this annex.
    Annex(usize),
}

/// What a rule does.
#[derive(Debug)]
pub enum Action {
    /// Expressions.
    Tests(Vec<Test>),
    /// The total of a row of a grid.
    Tree {
        /// The row.
        row: RowRef,
    },
    /// A check written in code.
    Check {
        /// Which.
        check: NamedCheck,
        /// What it looks at, if not everything.
        on: Option<On>,
        /// Severity of its findings.
        severity: Severity,
    },
}

/// What a named check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A list.
    List(ListRef),
    /// A row of a grid.
    Row(RowRef),
}

/// A list of an annex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListRef {
    /// Index into the form's annexes.
    pub annex: usize,
    /// Index into the annex's blocks.
    pub block: usize,
}

/// A row of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef {
    /// Index into the form's annexes.
    pub annex: usize,
    /// Index into the annex's blocks.
    pub block: usize,
    /// Index into the block's rows.
    pub row: usize,
}

/// A figure that rules can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// A figure with a place of its own.
    Slot {
        /// Index into the form's annexes.
        annex: usize,
        /// Index into the annex's slots.
        slot: usize,
    },
    /// A column of the list row at hand.
    Cell {
        /// Index into the form's annexes.
        annex: usize,
        /// Index into the annex's blocks.
        block: usize,
        /// Index into the block's columns.
        column: usize,
    },
}

impl Field {
    /// The annex that it belongs to.
    pub fn annex(self) -> usize {
        match self {
            Self::Slot { annex, .. } | Self::Cell { annex, .. } => annex,
        }
    }
}

/// What a test asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The target equals the formula; it is filled when empty.
    Fill,
    /// Must hold.
    Must,
    /// A required cell or table.
    Need,
    /// Must hold or be explained.
    Ask,
    /// Worth a look.
    Hint,
}

impl Verb {
    /// The severity of a failure.
    pub fn severity(self) -> Severity {
        match self {
            Self::Fill | Self::Must => Severity::Error,
            Self::Need => Severity::Incomplete,
            Self::Ask => Severity::Explain,
            Self::Hint => Severity::Hint,
        }
    }
}

/// One expression of a rule.
#[derive(Debug)]
pub struct Test {
    /// What it asks for.
    pub verb: Verb,
    /// The region re-graded it.
    pub severity: Severity,
    /// The condition; for [`Verb::Fill`] the formula.
    pub expr: Expr,
    /// For [`Verb::Fill`]: the field that is filled, and how its figure is compared.
    pub fill: Option<Fill>,
    /// Evaluated once for each row of this list.
    pub each: Option<ListRef>,
    /// Evaluated for this row and for each row inserted under it.
    pub row: Option<RowRef>,
    /// Where a failure is shown.
    pub place: Option<Field>,
    /// What is wrong, in the rule's own words.
    pub say: Option<Say>,
    /// What to do.
    pub todo: Option<Words>,
}

/// A field that is computed.
#[derive(Debug)]
pub struct Fill {
    /// Which.
    pub target: Field,
    /// How its figure is compared.
    pub tolerance: Tolerance,
    /// For a score: the printed rate that it may have been computed from.
    pub via: Option<Field>,
}

/// How a computed figure is compared with the printed one (section T of the rule book).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// T0, with a total rounded to one decimal or to a whole number as a rounding difference.
    Total,
    /// T1: sum.
    Sum,
    /// T2: rate.
    Rate,
    /// T3: score.
    Score,
}

/// A message with figures in it, in Chinese and, where given, English.
#[derive(Debug, Clone)]
pub struct Say {
    /// 简体.
    pub zh: Vec<Piece>,
    /// Falls back to Chinese.
    pub en: Option<Vec<Piece>>,
}

/// Words or a figure of a message.
#[derive(Debug, Clone)]
pub enum Piece {
    /// As it stands.
    Words(String),
    /// Evaluated and shown.
    Figure(Expr),
}

/// An expression, resolved.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A constant; its unit where it names one.
    Number(Decimal, Option<Unit>),
    /// Words.
    Text(String),
    /// A figure of the filing.
    Field(Field),
    /// Index into the form's parameters.
    Parameter(usize),
    /// Not.
    Not(Box<Expr>),
    /// Minus.
    Negative(Box<Expr>),
    /// Two operands.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// A function.
    Call(Function, Vec<Expr>),
    /// Sum of a column of a list.
    SumList(ListRef, usize),
    /// Sum of a figure over all tables of a repeated annex.
    SumTables(Field),
    /// Whether a table of this annex was found.
    Present(usize),
    /// Whether a list has no figures.
    BlankList(ListRef),
}

/// The functions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Sum of the arguments, as `+`.
    Sum,
    /// Without sign.
    Abs,
    /// 四舍五入 to so many decimals.
    Round,
    /// How many are numbers.
    Count,
    /// Holds something, `——` and `无` included.
    Filled,
    /// Is a number.
    Number,
    /// Is the number 0.
    Zero,
    /// Is blank, not applicable or 0.
    Nil,
    /// Is a whole number not below 0.
    Whole,
    /// Condition, then, else.
    If,
    /// Text begins with one of the words.
    Starts,
    /// Text contains one of the words.
    Contains,
}

impl Function {
    /// The functions by the names that rules use.
    pub const NAMES: [(&'static str, Self); 14] = [
        ("min", Self::Min),
        ("max", Self::Max),
        ("sum", Self::Sum),
        ("abs", Self::Abs),
        ("round", Self::Round),
        ("count", Self::Count),
        ("filled", Self::Filled),
        ("number", Self::Number),
        ("zero", Self::Zero),
        ("nil", Self::Nil),
        ("whole", Self::Whole),
        ("if", Self::If),
        ("starts", Self::Starts),
        ("contains", Self::Contains),
    ];
}

impl Expr {
    /// Calls `visit` on this expression and all within, outermost first, left to right.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        match self {
            Self::Not(inner) | Self::Negative(inner) => inner.walk(visit),
            Self::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|inner| inner.walk(visit)),
            _ => {}
        }
    }

    /// The fields in it, in reading order, each once.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.walk(&mut |expr| {
            if let Self::Field(field) | Self::SumTables(field) = expr
                && !fields.contains(field)
            {
                fields.push(*field);
            }
        });
        fields
    }
}
