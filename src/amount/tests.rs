use super::*;

fn amount_of(text: &str) -> Amount {
    match read_text(text) {
        Reading::Amount(amount) => amount,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn amounts_are_read_as_people_write_them() {
    for (text, value, decimals) in [
        ("233.74", "233.74", 2),
        ("90.60", "90.60", 2),
        ("４７５３.６６万元", "4753.66", 2),
        ("5.8万", "5.8", 1),
        ("1,234,567.80", "1234567.80", 2),
        ("854万(其中：基本支出 300 万)", "854", 0),
        ("84.78％", "84.78", 2),
        ("－1.5", "-1.5", 1),
        ("(1.23)", "-1.23", 2),
        ("￥12.00", "12.00", 2),
        ("10人", "10", 0),
    ] {
        let amount = amount_of(text);
        assert_eq!(
            (amount.value, amount.decimals),
            (value.parse().unwrap(), decimals),
            "{text}"
        );
    }
    assert_eq!(amount_of("4753.66万元").unit, Some(Scale::WanYuan));
    assert_eq!(amount_of("47千元").unit, Some(Scale::QianYuan));
    assert_eq!(amount_of("100元").unit, Some(Scale::Yuan));
    assert!(amount_of("84.78%").percent);
}

#[test]
fn blanks_dashes_and_words_are_told_apart() {
    assert_eq!(read_text(" \u{3000}\u{a0}\u{200b}"), Reading::Blank);
    for text in ["——", "—", "-", "/", "无", "×"] {
        assert_eq!(read_text(text), Reading::NotApplicable, "{text}");
    }
    for text in [
        "2023年无完工项目",
        "本年度没有发生",
        "无此项支出",
        "暂无",
        "没有",
        "本年无",
        "2023年无",
        "（无）",
        "无。",
        "未发生",
        "（未发生支出）",
        "不涉及。",
        "2023年度无楼堂馆所建设项目",
        "本单位无新建项目",
        "此项不涉及",
        "无政府采购",
        "本年度无出国经费",
        "无调整",
    ] {
        assert_eq!(read_text(text), Reading::NotApplicable, "{text}");
    }
    for text in [
        "见附表",
        "无法统计",
        "无法区分项目",
        "无其他支出",
        "无误",
        "无变化",
        "无3个项目",
        "没有完成，已安排资金",
        "单位项目",
        "2023年新建项目",
        "未完工项目",
        "2023年",
        "()",
        "12abc",
        "1.2.3",
        "约10",
        "．5",
    ] {
        assert_eq!(read_text(text), Reading::Text, "{text}");
    }
}

#[test]
fn what_the_form_prints_around_a_figure_is_no_part_of_it() {
    for text in [
        "      万元",
        "元",
        "%",
        "（万元）",
        "________",
        "____万元",
        "㎡",
        "＿＿人",
    ] {
        assert_eq!(read_text(text), Reading::Blank, "{text}");
    }
    for (text, value) in [
        ("________26.20________万元", "26.20"),
        ("__26.20__", "26.20"),
        ("+1.51", "1.51"),
        ("＋5.00%", "5.00"),
    ] {
        assert_eq!(amount_of(text).value, value.parse().unwrap(), "{text}");
    }
    assert_eq!(amount_of("____26.20____万元").unit, Some(Scale::WanYuan));
    for text in ["1_2", "++1", "+-1", "4.00+6.00", "_见附表_"] {
        assert_eq!(read_text(text), Reading::Text, "{text}");
    }
}

/// A figure that a formula left unrounded is known as far as it is used.
#[test]
fn the_last_digit_is_one_that_is_kept() {
    for (value, cleaned, digit) in [
        ("0.668711656441718", "0.668712", "0.000001"),
        ("54.523334112238", "54.523334", "0.000001"),
        ("123456.713333333", "123456.71", "0.01"),
        ("157.419998168945", "157.42", "0.01"),
        ("157.42", "157.42", "0.01"),
        ("157", "157", "1"),
    ] {
        let number = Value::Number(value.parse().unwrap());
        let Reading::Amount(amount) = read_value(&number, &NumberFormat::default()) else {
            panic!("{value}");
        };
        let wanted = (cleaned.parse().unwrap(), digit.parse().unwrap());
        assert_eq!((amount.cleaned(), amount.digit()), wanted, "{value}");
    }
}

#[test]
fn a_number_is_not_cut_at_a_sign_that_stands_between_its_digits() {
    for text in [
        "1,23",
        "163，57",
        "163，57万元",
        "194。05",
        "88。85％",
        "163、57",
        "163；57",
        "163，，57",
        "1,2345.67",
        "１，７３.０８",
        "12345,678",
        "1,234,56",
        "0,163",
        "163，57（含结转）",
        "163，57左右",
    ] {
        assert_eq!(read_text(text), Reading::Text, "{text}");
    }
    for (text, value) in [
        ("１，２３４.５", "1234.5"),
        ("163.57。", "163.57"),
        ("163.57，含上年结转12", "163.57"),
        ("163.57万元，2022年结转12", "163.57"),
        ("163.57，2022年结转12", "163.57"),
        ("163.57；2022年12月追加", "163.57"),
        ("163，2022年结转12", "163"),
        ("163.57，10万元为结转", "163.57"),
    ] {
        assert_eq!(amount_of(text).value, value.parse().unwrap(), "{text}");
    }
}

#[test]
fn quantities_keep_bound_and_unit() {
    let read = |text: &str| {
        let q = read_quantity(text).unwrap_or_else(|| panic!("{text}"));
        (
            q.value.normalize().to_string(),
            q.comparator,
            q.approximate,
            q.unit.to_string(),
        )
    };
    use Comparator::{AtLeast, AtMost, More};
    assert_eq!(read("400件"), ("400".into(), None, false, "件".into()));
    assert_eq!(
        read("3600余人次"),
        ("3600".into(), None, true, "人次".into())
    );
    assert_eq!(
        read("近12000余人次"),
        ("12000".into(), None, true, "人次".into())
    );
    assert_eq!(
        read("≥95%"),
        ("95".into(), Some(AtLeast), false, "%".into())
    );
    assert_eq!(
        read(">=95％"),
        ("95".into(), Some(AtLeast), false, "%".into())
    );
    assert_eq!(
        read("不少于30次"),
        ("30".into(), Some(AtLeast), false, "次".into())
    );
    assert_eq!(
        read("不超过5万元"),
        ("5".into(), Some(AtMost), false, "万元".into())
    );
    assert_eq!(
        read("超400件"),
        ("400".into(), Some(More), false, "件".into())
    );
    assert_eq!(
        read("90%以上"),
        ("90".into(), Some(AtLeast), false, "%".into())
    );
    for text in [
        "3个工作日内",
        "3个工作日以内",
        "≤3个工作日",
        "3个工作日之内",
    ] {
        let within = ("3".into(), Some(AtMost), false, "个工作日".into());
        assert_eq!(read(text), within, "{text}");
    }
    assert_eq!(read("5%内"), ("5".into(), Some(AtMost), false, "%".into()));
    assert_eq!(read("3篇国内"), ("3".into(), None, false, "篇国内".into()));
    assert_eq!(read("完成100%"), ("100".into(), None, false, "%".into()));
    assert_eq!(
        read("400元/人、天"),
        ("400".into(), None, false, "元/人、天".into())
    );
    assert_eq!(read("400㎡"), ("400".into(), None, false, "平方米".into()));
    assert_eq!(
        read("12.5万人"),
        ("125000".into(), None, false, "人".into())
    );
}

#[test]
fn words_are_no_quantities() {
    for text in [
        "接到申请3个工作日内",
        "均在3日内",
        "优秀，良好，合格，不合格",
        "2021年底",
        "按《经费管理办法》定",
        "新建3个，改造5个",
        "3个，改造5个",
        "2023年12月31日前",
        "无",
    ] {
        assert_eq!(read_quantity(text), None, "{text}");
    }
}

#[test]
fn labels_and_values_in_one_cell_are_cut() {
    assert_eq!(
        split_label("  其中：  一般公共预算：233.74"),
        Some(("  其中：  一般公共预算", "233.74"))
    );
    assert_eq!(
        split_label("政府性基金拨款："),
        Some(("政府性基金拨款", ""))
    );
    assert_eq!(split_label("项目支出 90.60"), Some(("项目支出 ", "90.60")));
    assert_eq!(
        split_label("其中：项目支出：1，92.19"),
        Some(("其中：项目支出", "1，92.19"))
    );
    for (text, label, value) in [
        (
            "其中：一般公共预算：152.19（其中：上年结转20.00）",
            "其中：一般公共预算",
            "152.19（其中：上年结转20.00）",
        ),
        (
            "项目支出（含专项：甲）：90.60",
            "项目支出（含专项：甲）",
            "90.60",
        ),
    ] {
        assert_eq!(split_label(text), Some((label, value)), "{text}");
    }
    assert_eq!(
        split_label("政府性基金拨款：      万元"),
        Some(("政府性基金拨款", "      万元"))
    );
    assert_eq!(split_label("金额单位：万元"), None);
    assert_eq!(split_label("填报日期：2024.6.28"), None);
    assert_eq!(split_label("填表人：张××"), None);
}

#[test]
fn dates_are_read() {
    for text in [
        "2024年6月28日",
        "2024.6.28",
        "2024 年  6 月  28 日",
        "2024-06-28",
        "2024/6/28",
        "20240628",
    ] {
        assert_eq!(read_date_text(text), Some((2024, 6, 28)), "{text}");
    }
    let format = NumberFormat {
        date: true,
        ..NumberFormat::default()
    };
    assert_eq!(
        read_date(&Value::Number(45471.into()), &format, false),
        Some((2024, 6, 28))
    );
    let general = NumberFormat::default();
    for (number, date) in [
        ("20240628", Some((2024, 6, 28))),
        ("2024.8", None),
        ("45471", None),
        ("20241301", None),
    ] {
        let number = Value::Number(number.parse().unwrap());
        assert_eq!(read_date(&number, &general, false), date, "{number:?}");
    }
    assert_eq!(read_date_text("2024年"), None);
}
