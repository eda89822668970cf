//! Dates written as text (ISO 8601), as the serial numbers that spreadsheets count in.

use rust_decimal::Decimal;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The serial number of `2024-06-28`, `2024-06-28T09:30:00` or the same with fractions of a
/// second and `Z`. Days count from 1899-12-30, and from 1900-01-01 as day 1 before the
/// 29 February 1900 that Excel believes in; or from 1904-01-01 as day 0.
pub(crate) fn serial(text: &str, date_1904: bool) -> Option<Decimal> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let mut part = |len: usize| {
        let digits = parts.next()?;
        (digits.len() == len).then(|| super::address::number(digits))?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return None;
    }
    let since_1970 = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
    let mut serial = since_1970 + if date_1904 { 24_107 } else { 25_569 };
    if !date_1904 && serial < 61 {
        serial -= 1;
    }
    if serial < 0 {
        return None;
    }
    let fraction = time.map_or(Some(Decimal::ZERO), clock)?;
    Some((Decimal::from(serial) + fraction).normalize())
}

/// A duration of OpenDocument, `PT09H30M00S`, as a fraction of days.
pub(crate) fn duration(text: &str) -> Option<Decimal> {
    let mut rest = text.strip_prefix("PT")?;
    let mut seconds = Decimal::ZERO;
    for (mark, unit) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((count, behind)) = rest.split_once(mark) {
            let count: Decimal = count.parse().ok()?;
            seconds = seconds.checked_add(count.checked_mul(Decimal::from(unit))?)?;
            rest = behind;
        }
    }
    rest.is_empty().then(|| days(seconds))
}

fn clock(text: &str) -> Option<Decimal> {
    let mut parts = text.splitn(3, ':');
    let hours: Decimal = parts.next()?.parse().ok()?;
    let minutes: Decimal = parts.next()?.parse().ok()?;
    let seconds: Decimal = parts.next().unwrap_or("0").parse().ok()?;
    let (zero, sixty) = (Decimal::ZERO, Decimal::from(60));
    let on_clock = (zero..=Decimal::from(24)).contains(&hours)
        && (zero..sixty).contains(&minutes)
        && (zero..sixty).contains(&seconds);
    on_clock.then(|| days(hours * Decimal::from(3600) + minutes * sixty + seconds))
}

/// Seconds as days, to the 15 digits that a spreadsheet keeps.
fn days(seconds: Decimal) -> Decimal {
    (seconds / Decimal::from(DAY)).round_dp(15).normalize()
}

const fn days_of(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (the well-known algorithm of
/// Howard Hinnant, with years that begin in March).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_the_numbers_excel_counts() {
        for (text, date_1904, want) in [
            ("2023-06-28", false, "45105"),
            ("2023-06-28T12:00:00", false, "45105.5"),
            ("2023-06-28T06:00:00.000Z", false, "45105.25"),
            ("1900-01-01", false, "1"),
            ("1900-02-28", false, "59"),
            ("1900-03-01", false, "61"),
            ("1904-01-01", true, "0"),
            ("2023-06-28", true, "43643"),
        ] {
            assert_eq!(
                serial(text, date_1904).map(|it| it.to_string()).as_deref(),
                Some(want),
                "{text}"
            );
        }
        for text in [
            "",
            "2023",
            "2023-13-01",
            "2023-02-29",
            "2023-6-1",
            "1800-01-01",
            "2023-01-01T25:00",
        ] {
            assert_eq!(serial(text, false), None, "{text}");
        }
        assert_eq!(
            duration("PT36H00M00S").map(|it| it.to_string()).as_deref(),
            Some("1.5")
        );
        assert_eq!(duration("P1D"), None);
    }
}
