//! Who may ask: programs and the page itself, not other sites that a browser has open.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// Knows the names of this server.
pub(super) struct Guard {
    names: Vec<String>,
}

impl Guard {
    pub(super) fn new(names: impl Iterator<Item = String>) -> Self {
        let names = names.map(|name| name.to_lowercase());
        Self {
            names: names.chain(["localhost".to_owned()]).collect(),
        }
    }

    /// Whether a request is addressed to this server, and comes from its own page where a page
    /// sent it. A strange site can make its own name point here, but not an address.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        // Of two, what stands before this server may look at the other one.
        let text = |name| {
            let mut values = headers.get_all(name).iter();
            let value = values.next()?.to_str().ok();
            Some(value.filter(|_| values.next().is_none()).unwrap_or("\0"))
        };
        let Some(host) = text(header::HOST) else {
            return false;
        };
        let name = without_port(host).to_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let is_ours = self.names.contains(&name) || address.parse::<IpAddr>().is_ok();
        let same_site = |origin: &str| {
            origin
                .split_once("://")
                .is_some_and(|(_, site)| site.eq_ignore_ascii_case(host))
        };
        is_ours && text(header::ORIGIN).is_none_or(same_site)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        Guard::new(std::iter::once("Caiwu.local".to_owned())).admits(&headers)
    }

    #[test]
    fn addresses_and_own_names_are_admitted() {
        for host in [
            "127.0.0.1:8750",
            "localhost:8750",
            "[::1]:8750",
            "[::1]",
            "10.0.0.7",
            "CAIWU.local:80",
        ] {
            assert!(admits(host, None), "{host}");
            assert!(admits(host, Some(&format!("http://{host}"))), "{host}");
        }
    }

    #[test]
    fn strange_names_and_strange_pages_are_not() {
        assert!(!admits("evil.example:8750", None));
        assert!(!admits("", None));
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost:9999",
            "file://",
        ] {
            assert!(!admits("localhost:8750", Some(origin)), "{origin}");
        }
    }
}
