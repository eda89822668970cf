//! stub until the real one is merged
pub fn normalise(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}
pub fn is_placeholder(text: &str) -> bool { text.chars().all(|c| c == '…' || c == '.') }
pub fn key(text: &str) -> String {
    let mut t = normalise(text);
    loop {
        let before = t.clone();
        for p in ["其中:", "其中", "(一)", "一、"] { if let Some(r) = t.strip_prefix(p) { t = r.to_owned(); } }
        let digits = t.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        if digits > 0 && digits < 3 && (t[digits..].starts_with('、') || t[digits..].starts_with('.')) { t = t[digits..].chars().skip(1).collect(); }
        if t == before { break; }
    }
    let mut out = String::new();
    let cs: Vec<char> = t.chars().collect();
    let mut i = 0;
    while i < cs.len() {
        if i + 4 < cs.len() && cs[i..i+4].iter().all(|c| c.is_ascii_digit()) && cs[i+4] == '年' && (cs[i] == '2' || cs[i] == '1') { out.push('#'); i += 4; continue; }
        if cs[i].is_alphanumeric() { out.push(cs[i]); }
        i += 1;
    }
    out
}
pub fn words(text: &str) -> String { text.trim().to_owned() }
