use std::time::Duration;

/// The time since 1970 of an RFC 3339 timestamp such as `2026-11-21T09:04:05.14Z`; none when it is no such, or earlier.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let days = days_since_1970(date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?)?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let mut clock = clock.splitn(3, ':');
    let hours: i64 = clock.next()?.parse().ok()?;
    let minutes: i64 = clock.next()?.parse().ok()?;
    let (seconds, fraction) = clock
        .next()
        .map(|text| text.split_once('.').unwrap_or((text, "0")))?;
    let seconds: i64 = seconds.parse().ok()?;
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0..=60).contains(&seconds) {
        return None;
    }
    let total = days * 86_400 + hours * 3_600 + minutes * 60 + seconds - zone_seconds(zone)?;
    Some(Duration::new(u64::try_from(total).ok()?, nanoseconds(fraction)?))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    let digits = fraction.get(..fraction.len().min(9))?;
    let missing = u32::try_from(9 - digits.len()).ok()?;
    Some(digits.parse::<u32>().ok()? * 10_u32.pow(missing))
}

fn zone_seconds(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(
        sign * (hours.parse::<u16>().map(i64::from).ok()? * 3_600
            + minutes.parse::<u16>().map(i64::from).ok()? * 60),
    )
}

/// Days of the Gregorian calendar, counted in years that begin in March so that the leap day is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, seconds: Option<f64>) {
        assert_eq!(parse(text).map(|time| time.as_secs_f64()), seconds, "{text}");
    }

    #[test]
    fn reads_what_go_writes() {
        check("1970-01-01T00:00:00Z", Some(0.0));
        check("2000-02-29T12:00:00.5Z", Some(951_825_600.5));
        check("2026-11-21T09:04:05.000000001Z", Some(1_795_251_845.000_000_001));
        check("2026-11-21T10:04:05+01:00", Some(1_795_251_845.0));
        check("0001-01-01T00:00:00Z", None);
        for text in [
            "",
            "T",
            "2026-13-01T00:00:00Z",
            "2026-11-21T00:00:00",
            "2026-11-21T00:00Z",
            "é-é-éTé:é:éZ",
            "2026-11-21T00:00:00.éZ",
        ] {
            check(text, None);
        }
    }
}
