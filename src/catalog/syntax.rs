//! The expression language of the rules: words and figures to a tree, nothing resolved yet.
//!
//! ```text
//! or    = and { "or" and }          and  = not { "and" not }      not = "not" not | compare
//! compare = sum [ ("="|"!="|"<"|"<="|">"|">=") sum ]
//! sum   = product { ("+"|"-") product }     product = unary { ("*"|"/") unary }
//! unary = "-" unary | number ["%"] | "text" | name "(" args ")" | field | parameter | "(" or ")"
//! field = [annex "."] [block] "[" id { "," id } "]"       annex may be "@", an id may be "*"
//! ```
//! It is closed: no loops, no definitions, depth and length are bounded.

use rust_decimal::Decimal;

/// An expression as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Syntax {
    Number { value: Decimal, percent: bool },
    Text(String),
    Name(String),
    Field(FieldName),
    Not(Box<Syntax>),
    Negative(Box<Syntax>),
    Binary(Operator, Box<Syntax>, Box<Syntax>),
    Call(String, Vec<Syntax>),
}

/// `附2.资金[总额,执行]`, or `[完成]` inside `each`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldName {
    pub(super) annex: Option<String>,
    pub(super) block: Option<String>,
    pub(super) ids: Vec<String>,
}

/// The binary operators, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Either holds.
    Or,
    /// Both hold.
    And,
    /// Equal within the tolerance of the rule.
    Equal,
    /// Not equal.
    NotEqual,
    /// Less, exactly.
    Less,
    /// At most, within the tolerance of the rule.
    AtMost,
    /// More, exactly.
    More,
    /// At least, within the tolerance of the rule.
    AtLeast,
    /// Sum; blank parts count as nothing when another part is filled.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient.
    Divide,
}

/// The longest expression, in characters.
const LONGEST: usize = 4_000;
/// The deepest nesting.
const DEEPEST: usize = 40;

/// Parses one expression.
///
/// # Errors
/// The message says what stands where something else was expected.
pub(super) fn parse(text: &str) -> Result<Syntax, String> {
    if text.chars().count() > LONGEST {
        return Err(format!(
            "the expression is longer than {LONGEST} characters"
        ));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
    };
    let tree = parser.either()?;
    match parser.peek() {
        None => Ok(tree),
        Some(token) => Err(format!("{} was not expected here", token.shown())),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(Decimal),
    Text(String),
    Word(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Number(number) => format!("`{number}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::Word(word) => format!("`{word}`"),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

const SIGNS: [&str; 18] = [
    "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "%", "@",
];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest[..end]
                .parse()
                .map_err(|_| format!("`{}` is no number", &rest[..end]))?;
            found.push(Token::Number(number));
            rest = &rest[end..];
        } else if first == '"' {
            let end = rest[1..]
                .find('"')
                .ok_or("a text without its closing quote")?;
            found.push(Token::Text(rest[1..=end].to_owned()));
            rest = &rest[end + 2..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(format!("`{first}` has no meaning here"));
        }
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(here);
        here
    }

    fn word(&mut self, word: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(here);
        here
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => format!("expected `{sign}`, found {}", token.shown()),
            None => format!("expected `{sign}` at the end"),
        })
    }

    fn either(&mut self) -> Result<Syntax, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST}"));
        }
        let mut left = self.both()?;
        while self.word("or") {
            left = binary(Operator::Or, left, self.both()?);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn both(&mut self) -> Result<Syntax, String> {
        let mut left = self.negation()?;
        while self.word("and") {
            left = binary(Operator::And, left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Syntax, String> {
        let mut nots = 0;
        while self.word("not") {
            nots += 1;
        }
        let inner = self.comparison()?;
        Ok((0..nots).fold(inner, |inner, _| Syntax::Not(Box::new(inner))))
    }

    fn comparison(&mut self) -> Result<Syntax, String> {
        let left = self.sum()?;
        let operators = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("<", Operator::Less),
            (">", Operator::More),
        ];
        for (sign, operator) in operators {
            if self.sign(sign) {
                return Ok(binary(operator, left, self.sum()?));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Syntax, String> {
        let mut left = self.product()?;
        loop {
            if self.sign("+") {
                left = binary(Operator::Add, left, self.product()?);
            } else if self.sign("-") {
                left = binary(Operator::Subtract, left, self.product()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Syntax, String> {
        let mut left = self.unary()?;
        loop {
            if self.sign("*") {
                left = binary(Operator::Multiply, left, self.unary()?);
            } else if self.sign("/") {
                left = binary(Operator::Divide, left, self.unary()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn unary(&mut self) -> Result<Syntax, String> {
        if self.sign("-") {
            return Ok(Syntax::Negative(Box::new(self.atom()?)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Syntax, String> {
        if self.sign("(") {
            let inner = self.either()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if matches!(self.peek(), Some(Token::Sign("[" | "@"))) {
            return self.field(None);
        }
        let token = self
            .peek()
            .cloned()
            .ok_or("the expression ends too early")?;
        self.next += 1;
        match token {
            Token::Number(value) => Ok(Syntax::Number {
                value,
                percent: self.sign("%"),
            }),
            Token::Text(text) => Ok(Syntax::Text(text)),
            Token::Word(word) => self.after_word(word),
            Token::Sign(sign) => Err(format!("`{sign}` was not expected here")),
        }
    }

    fn after_word(&mut self, word: String) -> Result<Syntax, String> {
        if self.sign("(") {
            let mut arguments = Vec::new();
            while !self.sign(")") {
                if !arguments.is_empty() {
                    self.expect(",")?;
                }
                arguments.push(self.either()?);
            }
            return Ok(Syntax::Call(word, arguments));
        }
        if matches!(self.peek(), Some(Token::Sign("." | "["))) {
            return self.field(Some(word));
        }
        Ok(Syntax::Name(word))
    }

    fn field(&mut self, first: Option<String>) -> Result<Syntax, String> {
        let mut name = FieldName {
            annex: None,
            block: first,
            ids: Vec::new(),
        };
        if self.sign("@") {
            name.block = Some("@".to_owned());
        }
        if self.sign(".") {
            name.annex = name.block.take();
            name.block = Some(self.id()?);
        }
        if self.sign("[") {
            loop {
                name.ids.push(self.id()?);
                if !self.sign(",") {
                    break;
                }
            }
            self.expect("]")?;
        }
        Ok(Syntax::Field(name))
    }

    fn id(&mut self) -> Result<String, String> {
        if self.sign("*") {
            return Ok("*".to_owned());
        }
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.next += 1;
                Ok(word)
            }
            Some(token) => Err(format!("expected a name, found {}", token.shown())),
            None => Err("expected a name at the end".to_owned()),
        }
    }
}

fn binary(operator: Operator, left: Syntax, right: Syntax) -> Syntax {
    Syntax::Binary(operator, Box::new(left), Box::new(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_annex_block_and_ids() {
        let tree = parse("附2.资金[总额,执行率]").unwrap();
        let Syntax::Field(field) = tree else {
            panic!("{tree:?}")
        };
        assert_eq!(field.annex.as_deref(), Some("附2"));
        assert_eq!(field.block.as_deref(), Some("资金"));
        assert_eq!(field.ids, ["总额", "执行率"]);
    }

    #[test]
    fn products_bind_tighter_than_sums_and_sums_than_comparisons() {
        let tree = parse("a + b * c <= d and not e").unwrap();
        let Syntax::Binary(Operator::And, left, right) = tree else {
            panic!()
        };
        assert!(matches!(*left, Syntax::Binary(Operator::AtMost, ..)));
        assert!(matches!(*right, Syntax::Not(_)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("a +", "the expression ends too early"),
            ("(a", "expected `)` at the end"),
            ("a b", "`b` was not expected here"),
            ("附1.经费[", "expected a name at the end"),
            ("a # b", "`#` has no meaning here"),
            ("\"x", "a text without its closing quote"),
        ] {
            assert_eq!(parse(text).unwrap_err(), said, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
        assert!(parse(&deep).unwrap_err().starts_with("nested deeper"));
    }
}
