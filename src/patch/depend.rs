//! Which formulas no longer have the right stored result.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::book::Book;
use super::plan::Plan;
use super::sheet::{Kind, Sheet};
use crate::formula::{Needs, needs};
use crate::workbook::{Addr, Area};

/// Areas of more rows than this are compared one by one; others are found by row.
const TALL: u32 = 32;
/// Comparisons after which every formula counts as depending on a change.
const PATIENCE: usize = 20_000_000;
/// References after which a formula counts as depending on anything.
const MOST_LINKS: usize = 4_000_000;

/// Excel's own limit of formulas.
const LONGEST_NAME: usize = 8_192;

/// So much text to be read counts as a reference.
const CHARS_OF_LINK: usize = 64;

/// What words in formulas stand for, by lower-case name.
struct Names {
    sheets: HashMap<String, usize>,
    texts: HashMap<String, Vec<Needs>>,
}

impl Names {
    fn of(book: &Book) -> Self {
        let mut names = Self {
            sheets: HashMap::new(),
            texts: HashMap::new(),
        };
        for (index, sheet) in book.sheets.iter().enumerate() {
            names
                .sheets
                .entry(sheet.name.to_lowercase())
                .or_insert(index);
        }
        for name in &book.names {
            let texts = names.texts.entry(name.name.to_lowercase()).or_default();
            texts.push(match name.text.len() {
                0..=LONGEST_NAME => needs(&name.text, 0, 0),
                _ => Needs {
                    opaque: true,
                    ..Needs::default()
                },
            });
        }
        names
    }
}

/// A formula, as far as changes spread through it.
struct Node {
    sheet: usize,
    at: Addr,
    /// The cells that show its results.
    gives: Area,
    stale: bool,
}

/// Who refers to what.
#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    rows: HashMap<(usize, u32), Vec<(usize, Area)>>,
    tall: HashMap<usize, Vec<(usize, Area)>>,
    /// What they depend on cannot be told.
    opaque: Vec<usize>,
    /// How many references have been followed.
    links: usize,
}

/// The cells with a formula that depends on one of the `changed`, over any number of steps.
/// Those changed are among them where they depend on each other.
pub(super) fn stale(
    sheets: &BTreeMap<usize, (Sheet, Plan)>,
    book: &Book,
    changed: &[(usize, Addr)],
) -> Vec<(usize, Addr)> {
    let mut graph = Graph::of(sheets, book);
    // Of an array formula all results change with the first.
    let several = graph
        .nodes
        .iter()
        .filter(|node| node.gives.first != node.gives.last);
    let spread: HashMap<(usize, Addr), Area> = several
        .map(|node| ((node.sheet, node.at), node.gives))
        .collect();
    let mut queue: Vec<(usize, Area)> = changed
        .iter()
        .map(|&(sheet, at)| {
            let one = Area {
                first: at,
                last: at,
            };
            (sheet, spread.get(&(sheet, at)).copied().unwrap_or(one))
        })
        .collect();
    for index in std::mem::take(&mut graph.opaque) {
        graph.spoil(index, &mut queue);
    }
    let mut compared = 0;
    while let Some((sheet, area)) = queue.pop() {
        for index in graph.users(sheet, area, &mut compared) {
            graph.spoil(index, &mut queue);
        }
        if compared > PATIENCE {
            graph.nodes.iter_mut().for_each(|node| node.stale = true);
            break;
        }
    }
    let stale = graph.nodes.into_iter().filter(|node| node.stale);
    stale.map(|node| (node.sheet, node.at)).collect()
}

impl Graph {
    fn of(sheets: &BTreeMap<usize, (Sheet, Plan)>, book: &Book) -> Self {
        let mut graph = Self::default();
        let names = Names::of(book);
        for (&number, (sheet, _)) in sheets {
            let masters: HashMap<u32, usize> = sheet
                .formulas
                .iter()
                .enumerate()
                .rev()
                .filter_map(|(index, formula)| match formula.kind {
                    Kind::Shared(group) if !formula.text.is_empty() => Some((group, index)),
                    _ => None,
                })
                .collect();
            for formula in &sheet.formulas {
                let master = match formula.kind {
                    Kind::Shared(group) if formula.text.is_empty() => masters
                        .get(&group)
                        .and_then(|&index| sheet.formulas.get(index)),
                    _ => None,
                };
                let source = master.unwrap_or(formula);
                let gives = match formula.kind {
                    Kind::Array(Some(area)) | Kind::Table(Some(area)) => area,
                    _ => Area {
                        first: formula.at,
                        last: formula.at,
                    },
                };
                let index = graph.nodes.len();
                graph.nodes.push(Node {
                    sheet: number,
                    at: formula.at,
                    gives,
                    stale: false,
                });
                // Followers read their master's text, however long that is.
                graph.links += source.text.len() / CHARS_OF_LINK;
                // The cells that a data table is made from stand in attributes.
                let table = matches!(formula.kind, Kind::Table(_));
                if table || graph.links > MOST_LINKS {
                    graph.opaque.push(index);
                    continue;
                }
                let needs = needs(
                    &source.text,
                    i64::from(formula.at.row) - i64::from(source.at.row),
                    i64::from(formula.at.col) - i64::from(source.at.col),
                );
                if graph.refer(index, number, needs, &names) {
                    graph.opaque.push(index);
                }
            }
        }
        graph
    }

    /// Notes what the formula refers to; whether that cannot be told.
    fn refer(&mut self, index: usize, own: usize, needs: Needs, names: &Names) -> bool {
        let mut opaque = needs.opaque;
        let mut words = needs.names;
        let mut areas = needs.areas;
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(word) = words.pop() {
            let word = word.to_lowercase();
            for meant in names.texts.get(&word).into_iter().flatten() {
                self.links += 1 + meant.areas.len();
                opaque |= meant.opaque || self.links > MOST_LINKS;
                if opaque {
                    return true;
                }
                areas.extend(meant.areas.iter().cloned());
                self.links += meant.names.len();
                for name in &meant.names {
                    if seen.insert(name.to_lowercase()) {
                        words.push(name.clone());
                    }
                }
            }
        }
        for (name, area) in areas {
            let sheet = match name {
                None => own,
                // Another workbook does not change.
                Some(name) if name.starts_with('[') => continue,
                Some(name) => match names.sheets.get(&name.to_lowercase()) {
                    Some(sheet) => *sheet,
                    None => {
                        // Over several sheets, as in `Jan:Dec!A1`.
                        opaque |= name.contains(':');
                        continue;
                    }
                },
            };
            if area.last.row - area.first.row >= TALL {
                self.tall.entry(sheet).or_default().push((index, area));
                self.links += 1;
            } else {
                for row in area.first.row..=area.last.row {
                    let users = self.rows.entry((sheet, row)).or_default();
                    users.push((index, area));
                    self.links += 1;
                }
            }
            if self.links > MOST_LINKS {
                return true;
            }
        }
        opaque
    }

    /// The formulas that refer to a cell of the area.
    fn users(&self, sheet: usize, area: Area, compared: &mut usize) -> Vec<usize> {
        let mut users = Vec::new();
        let mut look = |list: Option<&Vec<(usize, Area)>>| {
            let list = list.map_or(&[][..], Vec::as_slice);
            *compared += list.len() + 1;
            users.extend(
                list.iter()
                    .filter(|user| meet(user.1, area))
                    .map(|user| user.0),
            );
        };
        look(self.tall.get(&sheet));
        for row in area.first.row..=area.last.row {
            look(self.rows.get(&(sheet, row)));
        }
        users
    }

    fn spoil(&mut self, index: usize, queue: &mut Vec<(usize, Area)>) {
        if let Some(node) = self.nodes.get_mut(index).filter(|node| !node.stale) {
            node.stale = true;
            queue.push((node.sheet, node.gives));
        }
    }
}

fn meet(a: Area, b: Area) -> bool {
    a.first.row <= b.last.row
        && b.first.row <= a.last.row
        && a.first.col <= b.last.col
        && b.first.col <= a.last.col
}
