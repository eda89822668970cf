//! Tokens, byte by byte, and the text that they stand for.

use encoding_rs::GBK;

use super::*;
use crate::workbook::Area;

const LAYOUTS: [Layout; 3] = [Layout::Biff5(GBK), Layout::Biff8, Layout::Biff12];

/// Of a workbook with two sheets. Links lead to the second, to another workbook, to a sheet that
/// does not exist, to the first.
fn wording(layout: Layout) -> Wording {
    let links = vec![Some(1), None, Some(9), Some(0)];
    Wording::new(layout, ["附件1", "附 件'2"].into_iter(), links, 1 << 20)
}

fn text(layout: Layout, tokens: &[u8]) -> String {
    wording(layout).text(Stored::Own(tokens))
}

fn halves(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The number `number`.
fn int(number: u16) -> Vec<u8> {
    [vec![0x1E], halves(&[number])].concat()
}

#[test]
fn a_reference_to_another_sheet_names_its_cell_and_that_sheet() {
    // Row 16 and column F; as a column, both are relative, then none is.
    let biff8 = |flags: u16| [vec![0x5A], halves(&[0, 15, 5 | flags])].concat();
    let biff12 = |flags: u16| [vec![0x7A], halves(&[0, 15, 0, 5 | flags])].concat();
    let biff5 = |flags: u16| {
        let head = halves(&[0xFFFF, 0, 0, 0, 0, 1, 1, 15 | flags]);
        [vec![0x3A], head, vec![5]].concat()
    };
    for (layout, cell) in [
        (LAYOUTS[0], &biff5 as &dyn Fn(u16) -> Vec<u8>),
        (LAYOUTS[1], &biff8),
        (LAYOUTS[2], &biff12),
    ] {
        assert_eq!(text(layout, &cell(0xC000)), "'附 件''2'!F16");
        assert_eq!(text(layout, &cell(0x8000)), "'附 件''2'!$F16");
        assert_eq!(text(layout, &cell(0x4000)), "'附 件''2'!F$16");
        assert_eq!(text(layout, &cell(0)), "'附 件''2'!$F$16");
    }
}

#[test]
fn a_reference_to_an_area_of_another_sheet_names_both() {
    let sum = [0x22, 1, 4, 0];
    let biff8 = halves(&[3, 6, 8, 5 | 0xC000, 7]);
    let biff12 = [halves(&[3]), words(&[6, 8]), halves(&[5 | 0xC000, 7])].concat();
    let biff5 = halves(&[0xFFFF, 0, 0, 0, 0, 0, 0, 6 | 0xC000, 8]);
    let biff5 = [biff5, vec![5, 7]].concat();
    for (layout, area) in LAYOUTS.into_iter().zip([biff5, biff8, biff12]) {
        let tokens = [vec![0x3B], area, sum.to_vec()].concat();
        assert_eq!(text(layout, &tokens), "SUM('附件1'!F7:$H$9)");
    }
}

#[test]
fn what_is_on_no_one_sheet_of_this_workbook_is_not_known() {
    let biff8 = |link| [vec![0x3A], halves(&[link, 15, 5])].concat();
    for link in [1, 2, 4, 0xFFFF] {
        assert_eq!(text(Layout::Biff8, &biff8(link)), "", "{link}");
    }
    // Another workbook; several sheets; a sheet that is gone.
    for (book, first, last) in [(1, 0, 0), (0xFFFF, 0, 1), (0xFFFF, 0xFFFF, 0xFFFF)] {
        let head = halves(&[book, 0, 0, 0, 0, first, last, 15]);
        let tokens = [vec![0x3A], head, vec![5]].concat();
        assert_eq!(text(LAYOUTS[0], &tokens), "", "{book} {first} {last}");
    }
    for layout in LAYOUTS {
        // Array, name, lost references, unions, names of others, and what does not exist.
        for token in [
            0x20, 0x23, 0x26, 0x2A, 0x2B, 0x39, 0x3C, 0x3D, 0x18, 0x00, 0xFF,
        ] {
            let tokens = [&[token][..], &[0; 30]].concat();
            assert_eq!(text(layout, &tokens), "", "{token:x}");
        }
        // A function that is not computed, one with too few arguments, parts without operator.
        assert_eq!(text(layout, &[int(1), vec![0x22, 1, 55, 0]].concat()), "");
        assert_eq!(text(layout, &[int(1), vec![0x22, 2, 4, 0]].concat()), "");
        assert_eq!(text(layout, &[int(1), int(2)].concat()), "");
        assert_eq!(text(layout, &[]), "");
    }
}

#[test]
fn references_on_the_same_sheet_reach_its_last_cell() {
    let cell = [vec![0x44], halves(&[0xFFFF, 0xC000 | 0xFF])].concat();
    assert_eq!(text(Layout::Biff8, &cell), "IV65536");
    let area = [vec![0x25], halves(&[0, 0xFFFF, 0xC002, 0x8003])].concat();
    assert_eq!(text(Layout::Biff8, &area), "C1:$D65536");
    let cell = [vec![0x24], halves(&[0xFFFF]), vec![0xFF]].concat();
    assert_eq!(text(LAYOUTS[0], &cell), "IV16384");
    let area = [vec![0x25], words(&[0, 0xF_FFFF]), halves(&[0xC002, 0x3FFF])].concat();
    assert_eq!(text(Layout::Biff12, &area), "C1:$XFD$1048576");
    // Beyond.
    let cell = [vec![0x44], halves(&[0, 0x100])].concat();
    assert_eq!(text(Layout::Biff8, &cell), "");
    let cell = [vec![0x44], words(&[0x10_0000]), halves(&[0])].concat();
    assert_eq!(text(Layout::Biff12, &cell), "");
}

#[test]
fn operators_are_those_that_are_stored() {
    let signs = [
        "+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>",
    ];
    for (token, sign) in (0x03_u8..).zip(signs) {
        let tokens = [int(1), int(2), vec![token]].concat();
        assert_eq!(text(Layout::Biff8, &tokens), format!("1{sign}2"));
    }
    let tokens = [int(5), vec![0x14, 0x13, 0x12, 0x15]].concat();
    assert_eq!(text(Layout::Biff8, &tokens), "(+-5%)");
}

#[test]
fn the_order_of_tokens_holds_without_brackets_too() {
    let (add, subtract, times, power) = (0x03, 0x04, 0x05, 0x07);
    for (tokens, want) in [
        (
            [int(1), int(2), vec![add], int(3), vec![times]].concat(),
            "(1+2)*3",
        ),
        ([int(1), int(2), int(3), vec![times, add]].concat(), "1+2*3"),
        (
            [int(1), int(2), int(3), vec![subtract, subtract]].concat(),
            "1-(2-3)",
        ),
        (
            [int(1), int(2), vec![subtract], int(3), vec![subtract]].concat(),
            "1-2-3",
        ),
        ([int(2), vec![0x13], int(2), vec![power]].concat(), "-2^2"),
        ([int(2), int(2), vec![power, 0x13]].concat(), "-(2^2)"),
        ([int(5), vec![0x13, 0x14]].concat(), "(-5)%"),
        // Brackets that are stored are there once.
        (
            [int(1), int(2), vec![add, 0x15], int(3), vec![times]].concat(),
            "(1+2)*3",
        ),
    ] {
        assert_eq!(text(Layout::Biff8, &tokens), want);
    }
}

#[test]
fn texts_and_numbers_are_those_that_are_stored() {
    let wide = |text: &str| halves(&text.encode_utf16().collect::<Vec<_>>());
    let strings = [
        [&[0x17, 4][..], b"\xCD\xF2\"x"].concat(),
        [vec![0x17, 3, 1], wide("万\"x")].concat(),
        [vec![0x17, 3, 0], wide("万\"x")].concat(),
    ];
    for (layout, string) in LAYOUTS.into_iter().zip(strings) {
        assert_eq!(text(layout, &string), "\"万\"\"x\"");
    }
    let number = |number: f64| [&[0x1F][..], &number.to_le_bytes()].concat();
    for (stored, want) in [
        (0.1 + 0.2, "0.3"),
        (-1.5, "-1.5"),
        (1e300, ""),
        (f64::NAN, ""),
    ] {
        assert_eq!(text(Layout::Biff8, &number(stored)), want);
    }
    let negative = [number(-2.0), int(2), vec![0x07]].concat();
    assert_eq!(text(Layout::Biff8, &negative), "-2^2");
    assert_eq!(
        text(Layout::Biff8, &[0x1D, 1, 0x1C, 0x2A, 0x08]),
        "TRUE&#N/A"
    );
}

#[test]
fn functions_have_their_arguments_and_hints_are_passed_over() {
    let condition = [int(1), vec![0x19, 0x02, 9, 0]].concat();
    let choice = [
        condition,
        vec![0x16, 0x19, 0x08, 9, 0],
        int(3),
        vec![0x19, 0x40, 0, 4, 0x42, 3, 1, 0],
    ];
    assert_eq!(text(Layout::Biff8, &choice.concat()), "IF(1,,3)");
    let round = [int(7), int(2), vec![0x41, 27, 0]].concat();
    assert_eq!(text(Layout::Biff8, &round), "ROUND(7,2)");
    let chosen = [
        int(1),
        vec![0x19, 4, 1, 0, 8, 0, 9, 0],
        int(5),
        vec![0x22, 2, 100, 0],
    ];
    assert_eq!(text(Layout::Biff8, &chosen.concat()), "CHOOSE(1,5)");
    let sum = [int(1), vec![0x19, 0x10, 0, 0]].concat();
    assert_eq!(text(Layout::Biff12, &sum), "SUM(1)");
    assert_eq!(text(Layout::Biff8, &[0x21, 34, 0]), "TRUE()");
}

#[test]
fn a_shared_formula_reads_cells_as_far_from_each_that_has_it() {
    // One row up and one column left; the same column fixed; one row down.
    let biff8 = halves(&[0xFFFF, 0xC0FF]);
    let biff12 = [words(&[0xF_FFFF]), halves(&[0xFFFF])].concat();
    let biff5 = [halves(&[0xFFFF]), vec![0xFF]].concat();
    for (layout, cell) in LAYOUTS.into_iter().zip([biff5, biff8, biff12]) {
        let tokens = [vec![0x2C], cell].concat();
        let mut wording = wording(layout);
        let mut at = |row, col| wording.text(Stored::Shared(&tokens, Addr::new(row, col)));
        assert_eq!(at(5, 8), "H5");
        assert_eq!(at(9, 1), "A9");
    }
    let mut wording = wording(Layout::Biff8);
    let area = [vec![0x4D], halves(&[1, 7, 0x8002, 0x4001])].concat();
    let shared = Stored::Shared(&area, Addr::new(3, 4));
    assert_eq!(wording.text(shared), "$C5:F$8");
    // Around the edge, as in a circle.
    let up = [vec![0x2C], halves(&[0xFFFF, 0xC0FF])].concat();
    assert_eq!(
        wording.text(Stored::Shared(&up, Addr::new(0, 0))),
        "IV65536"
    );
    // A distance is none where the formula is not shared, and a relative place none where it is.
    assert_eq!(wording.text(Stored::Own(&up)), "");
    let place = |flags: u16| [vec![0x24], halves(&[1, 2 | flags])].concat();
    let at = Addr::new(0, 0);
    assert_eq!(wording.text(Stored::Shared(&place(0x8000), at)), "");
    assert_eq!(wording.text(Stored::Shared(&place(0), at)), "$C$2");
}

#[test]
fn cells_share_the_formula_that_is_stored_for_them() {
    let mut wording = wording(Layout::Biff8);
    let mut shares = Shares::default();
    let first = Addr::new(4, 2);
    let exp = [vec![0x01], halves(&[4, 2])].concat();
    for (place, row) in (0..).zip(4..8) {
        let cell = (place, Addr::new(row, 2));
        assert_eq!(shares.text(&mut wording, cell, &exp, &[]), "");
    }
    let area = Area {
        first,
        last: Addr::new(6, 2),
    };
    let left = [vec![0x2C], halves(&[0, 0xC0FF])].concat();
    shares.add(first, area, &left);
    let texts: Vec<_> = shares.texts(&mut wording).collect();
    // The last is outside.
    let want = ["B5", "B6", "B7"].map(str::to_owned);
    assert_eq!(texts, [0, 1, 2].into_iter().zip(want).collect::<Vec<_>>());
}

#[test]
fn short_formulas_that_would_be_long_texts_have_an_end() {
    let reference = [vec![0x3A], halves(&[0, 15, 5])].concat();
    let mut many = reference.clone();
    for _ in 0..500 {
        many.extend([&reference[..], &[0x08]].concat());
    }
    let mut wording = wording(Layout::Biff8);
    let length = wording.text(Stored::Own(&many)).len();
    assert!(length > 8_000, "{length}");
    // Those that are left have no text.
    let texts = (0..20).map(|_| wording.text(Stored::Own(&many)));
    assert!(texts.last().unwrap().is_empty());

    let longest = [int(1), vec![0x13; 40_000]].concat();
    assert_eq!(text(Layout::Biff12, &longest), "");
    let brackets = [int(1), vec![0x15; 16_000]].concat();
    assert_eq!(text(Layout::Biff12, &brackets).len(), 0);
}

#[test]
fn tokens_that_end_too_early_or_mean_nothing_are_not_known() {
    let all: Vec<u8> = (0..=255).collect();
    for layout in LAYOUTS {
        for from in 0..all.len() {
            for to in from..all.len().min(from + 24) {
                let _ = text(layout, &all[from..to]);
            }
        }
        for token in 0..=255 {
            assert_eq!(text(layout, &[token]), "", "{token:x}");
        }
    }
}
