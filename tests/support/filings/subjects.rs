//! What random indicators are about.

pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) measure: Measure,
}

pub(super) enum Measure {
    /// At least so many.
    Count(&'static str),
    /// At least this percentage.
    Percent,
    /// At most so much.
    Limit(&'static str),
    /// Target and result in words.
    Words(&'static str, &'static str),
}

const fn of(name: &'static str, measure: Measure) -> Subject {
    Subject { name, measure }
}

pub(super) const SUBJECTS: &[(&str, &[Subject])] = &[
    (
        "数量指标",
        &[
            of("办理案件数量", Measure::Count("件")),
            of("培训人次", Measure::Count("人次")),
            of("开展活动场次", Measure::Count("场")),
        ],
    ),
    (
        "质量指标",
        &[
            of("验收合格率", Measure::Percent),
            of("服务质量", Measure::Words("良好", "良好")),
        ],
    ),
    (
        "时效指标",
        &[
            of("办结时限", Measure::Words("按规定时限", "均在时限内")),
            of("按时完成比例", Measure::Percent),
        ],
    ),
    (
        "成本指标",
        &[
            of("人均成本", Measure::Limit("元")),
            of("支出标准", Measure::Words("按文件标准", "符合文件标准")),
        ],
    ),
    ("经济成本指标", &[of("单位成本", Measure::Limit("元"))]),
    (
        "社会成本指标",
        &[of("对社会的负面影响", Measure::Words("无", "无负面影响"))],
    ),
    (
        "生态环境成本指标",
        &[of("对环境的负面影响", Measure::Words("无", "无负面影响"))],
    ),
    (
        "经济效益指标",
        &[
            of("带动就业人数", Measure::Count("人")),
            of("促进经济发展", Measure::Words("平稳发展", "平稳发展")),
        ],
    ),
    (
        "社会效益指标",
        &[
            of("保障群众权益", Measure::Words("得到保障", "得到保障")),
            of("知晓率", Measure::Percent),
        ],
    ),
    (
        "生态效益指标",
        &[of("环境改善情况", Measure::Words("有所改善", "有所改善"))],
    ),
    (
        "可持续影响指标",
        &[of("长效机制建设", Measure::Words("持续完善", "持续完善"))],
    ),
    (
        "服务对象满意度指标",
        &[
            of("服务对象满意度", Measure::Percent),
            of("受益群众满意度", Measure::Percent),
        ],
    ),
];
