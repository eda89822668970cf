//! The checks that are written in code because the expression language cannot say them.
//! The names are what `check = "…"` in a form description may hold.

macro_rules! named_checks {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A check written in code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum NamedCheck { $($(#[$doc])* $variant),+ }

        impl NamedCheck {
            /// All of them, with their names in form descriptions.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),+];
        }
    };
}

named_checks! {
    /// A title without a table that can be recognised.
    UnrecognisedTables = "unrecognised_tables",
    /// One annex twice, or two projects of one name.
    DuplicateTables = "duplicate_tables",
    /// The unit's name in several places.
    UnitNames = "unit_names",
    /// Years of titles and heads.
    Years = "years",
    /// Dates of filing.
    FilingDates = "filing_dates",
    /// Amounts typed as text.
    MoneyNotation = "money_notation",
    /// Rates without percent sign.
    RateNotation = "rate_notation",
    /// Tables in 元.
    TableUnit = "table_unit",
    /// One figure ten thousand times another.
    UnitSlips = "unit_slips",
    /// Amounts and scores below nothing.
    NegativeNumbers = "negative_numbers",
    /// More decimals than the form's.
    ExtraDecimals = "extra_decimals",
    /// Instructions left in cells.
    LeftOverText = "left_over_text",
    /// Number cells without a number.
    UnreadableNumbers = "unreadable_numbers",
    /// Rows inserted, renamed or gone.
    ChangedRows = "changed_rows",
    /// Error values.
    FormulaErrors = "formula_errors",
    /// The template of another form set or version.
    TemplateVersion = "template_version",
    /// Nothing filled in at all.
    BlankFiling = "blank_filing",
    /// Last year's figures against last year's filing.
    LastYear = "last_year",
    /// Hidden figures, external links.
    HiddenContent = "hidden_content",
    /// Specials need names.
    SpecialRowsNamed = "special_rows_named",
    /// 「产出指标（50分）」 against its rows.
    GroupWeights = "group_weights",
    /// First-level weights against the form's.
    GroupSplit = "group_split",
    /// Met, yet marked down.
    MetButMarkedDown = "met_but_marked_down",
    /// Missed, yet marked high.
    GenerousScore = "generous_score",
    /// A limit exceeded, yet marked high.
    GenerousScoreOfLimit = "generous_score_of_limit",
    /// Missed and marked lower than in proportion.
    StrictScore = "strict_score",
    /// Far over the target.
    Overfulfilled = "overfulfilled",
    /// Bands for qualitative indicators.
    QualitativeBands = "qualitative_bands",
    /// Targets that are none.
    VagueTarget = "vague_target",
    /// Results that are none.
    VerdictAsActual = "verdict_as_actual",
    /// 「3600余人次」.
    ApproximateActual = "approximate_actual",
    /// Target and result in different units.
    UnitsOfMeasure = "units_of_measure",
    /// First-level or second-level indicators without rows.
    MissingGroups = "missing_groups",
    /// One indicator twice.
    RepeatedIndicator = "repeated_indicator",
    /// Full marks throughout.
    AllFullMarks = "all_full_marks",
    /// 优 良 中 差.
    GradeOfTotal = "grade_of_total",
    /// One score cell over several rows.
    MergedScores = "merged_scores",
    /// Each special has its 附件3.
    SpecialsHaveTables = "specials_have_tables",
    /// Each project has its 附件3.
    ProjectsHaveTables = "projects_have_tables",
    /// Indicators that stand in two annexes.
    SharedIndicators = "shared_indicators",
    /// Sums by account code.
    AccountTree = "account_tree",
}
