//! What departments report for all their units, against the sum of these.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::{ROUNDING, Seen};
use crate::batch::store::{AcrossRow, StoreError, TableRow, UnitStatus};
use crate::catalog::{AcrossRule, Form, Unit, place_of_slot, slot_path};
use crate::label;
use crate::report::json::Level;

/// How many figures of one department are listed that are not the sum of its units.
const MOST_FIGURES: usize = 50;

/// A department that reports for its units.
#[derive(Default)]
struct Department {
    /// How many units are to report to it.
    units: usize,
    /// Those that have not.
    missing: usize,
    /// Its own figures, by form, annex and slot.
    own: BTreeMap<Place, Own>,
    /// Sums over its units, with how many figures went into them.
    sums: BTreeMap<Place, (Decimal, u32)>,
}

/// Form, annex, slot.
type Place = (String, String, usize);

/// A figure that a department reports.
struct Own {
    unit: i64,
    file: i64,
    at: (String, String),
    place: String,
    value: Decimal,
}

impl Seen<'_> {
    pub(super) fn department_total(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let mut departments: BTreeMap<usize, Department> = BTreeMap::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, unit) in self
            .roster
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.total)
        {
            departments.insert(index, Department::default());
            by_name.insert(label::normalise(&unit.name), index);
        }
        if departments.is_empty() {
            return Ok(());
        }
        // The department of each unit of the roster, where that reports for it.
        let above: Vec<Option<usize>> = self
            .roster
            .iter()
            .map(|unit| {
                let name = label::normalise(unit.department.as_deref()?);
                by_name.get(&name).copied().filter(|_| !unit.total)
            })
            .collect();
        for department in above.iter().flatten() {
            departments.entry(*department).or_default().units += 1;
        }
        for (unit, _) in self.store.units_with(UnitStatus::Missing)? {
            if let Some(department) = index(unit).and_then(|unit| *above.get(unit)?) {
                departments.entry(department).or_default().missing += 1;
            }
        }
        for form in self.store.forms()? {
            let Some(form) = self.catalog.form(&form) else {
                continue;
            };
            self.store.each_table(&form.id, |table| {
                let Some(unit) = index(table.unit_id).filter(|unit| *unit < above.len()) else {
                    return Ok(());
                };
                if let Some(department) = departments.get_mut(&unit) {
                    self.own_figures(form, &table, department);
                } else if let Some(at) = above[unit] {
                    add_up(form, &table, departments.entry(at).or_default());
                }
                Ok::<_, StoreError>(())
            })?;
        }
        for (index, department) in departments {
            self.compare(rule, index, &department);
        }
        Ok(())
    }

    fn own_figures(&self, form: &Form, table: &TableRow, department: &mut Department) {
        for (slot, value, cell) in amounts(form, table) {
            let own = Own {
                unit: table.unit_id,
                file: table.file,
                at: (table.sheet.clone(), cell.to_owned()),
                place: self.place(form, Some(slot), table),
                value,
            };
            department.own.insert(key(form, table, slot), own);
        }
    }

    fn compare(&mut self, rule: &AcrossRule, index: usize, department: &Department) {
        let name = &self.roster[index].name;
        let Some(first) = department
            .own
            .values()
            .next()
            .filter(|_| department.units > 0)
        else {
            return;
        };
        if department.missing > 0 {
            let missing = department.missing;
            let message = self.say(
                format!("所属单位还有 {missing} 个没有报送，汇总数没有核对。"),
                format!("{missing} of its units have not reported; its totals were not compared."),
            );
            let row = self.about(rule, first.unit, name, message);
            self.found.push(AcrossRow {
                severity: Level::Hint,
                ..row
            });
            return;
        }
        let differing = department.own.iter().filter_map(|(place, own)| {
            let (sum, parts) = department.sums.get(place)?;
            let difference = own.value.checked_sub(*sum)?.abs();
            (difference > ROUNDING * Decimal::from(*parts)).then_some((own, *sum, difference))
        });
        for (own, sum, difference) in differing.take(MOST_FIGURES) {
            let (value, sum) = (own.value.normalize(), sum.normalize());
            let difference = difference.normalize();
            let units = department.units;
            let message = self.say(
                format!("部门汇总填 {value}，所属 {units} 个单位合计 {sum}，差 {difference}。"),
                format!("The department reports {value}, its {units} units {sum}: {difference} between them."),
            );
            let row = self.about(rule, own.unit, name, message);
            self.found.push(AcrossRow {
                file: Some(own.file),
                at: Some(own.at.clone()),
                place: own.place.clone(),
                found: Some(value.to_string()),
                expected: Some(sum.to_string()),
                ..row
            });
        }
    }
}

/// The unit's place in the roster.
fn index(unit: i64) -> Option<usize> {
    usize::try_from(unit).ok()?.checked_sub(1)
}

fn key(form: &Form, table: &TableRow, slot: usize) -> Place {
    (form.id.clone(), table.annex.clone(), slot)
}

fn add_up(form: &Form, table: &TableRow, department: &mut Department) {
    for (slot, value, _) in amounts(form, table) {
        let sum = department.sums.entry(key(form, table, slot)).or_default();
        sum.0 = sum.0.saturating_add(value);
        sum.1 += 1;
    }
}

/// What can be added up in a table of a whole unit: 万元, persons, square metres.
fn amounts<'a>(
    form: &Form,
    table: &'a TableRow,
) -> impl Iterator<Item = (usize, Decimal, &'a str)> {
    let annex = form.annexes.iter().find(|annex| annex.id == table.annex);
    let annex = annex.filter(|annex| !annex.repeat);
    let added = annex.into_iter().flat_map(|annex| {
        (0..annex.slots).filter_map(|slot| {
            let unit = place_of_slot(annex, slot).2.unit;
            let adds_up = matches!(unit, Unit::Money | Unit::People | Unit::Area);
            adds_up.then(|| (slot, slot_path(annex, slot)))
        })
    });
    let added: Vec<(usize, String)> = added.collect();
    added.into_iter().filter_map(|(slot, field)| {
        let fact = table
            .facts
            .iter()
            .find(|fact| fact.1 == 0 && fact.0 == field)?;
        Some((slot, fact.2.parse().ok()?, fact.3.as_str()))
    })
}
