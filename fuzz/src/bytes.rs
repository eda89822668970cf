//! Input bytes as numbers and texts. At the end of the input all are zero and empty.

use gouji::workbook::Addr;
use rust_decimal::Decimal;

pub struct Bytes<'a>(pub &'a [u8]);

/// Whether this input is one of the few for which what takes long is done, too.
pub fn is_one_of_few(data: &[u8]) -> bool {
    let sum = data.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    sum.is_multiple_of(16)
}

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub fn pair(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub fn below(&mut self, end: usize) -> usize {
        let number = if end > 256 {
            usize::from(self.pair())
        } else {
            usize::from(self.byte())
        };
        number % end.max(1)
    }

    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte());
        String::from_utf8_lossy(self.take(length)).into_owned()
    }

    pub fn decimal(&mut self) -> Decimal {
        let kind = self.byte();
        let small = i64::from(i16::from_le_bytes([self.byte(), self.byte()]));
        match kind % 8 {
            0..=4 => Decimal::new(small, u32::from(kind % 5)),
            5 => Decimal::new(small * 1_000_003, u32::from(kind) % 29),
            6 => Decimal::from_i128_with_scale(i128::from(small) * 10_i128.pow(20) + 7, 2),
            _ => Decimal::MAX / Decimal::from(small.abs() + 1),
        }
    }

    /// Mostly near the beginning, where forms are; sometimes as far as sheets reach.
    pub fn address(&mut self) -> Addr {
        let (row, col) = (u32::from(self.byte()), u32::from(self.byte()));
        if row == 255 {
            return Addr::new(1_048_575 - col, 16_383 - u32::from(self.byte()));
        }
        if col >= 250 {
            return Addr::new(row * 4_099, (col - 249) * 2_500);
        }
        Addr::new(row % 96, col % 16)
    }
}
