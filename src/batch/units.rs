//! Which unit each file belongs to, which of its files count, and who has not reported.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::store::{Filed, Store, StoreError, UnitRow, UnitStatus};
use crate::label;
use crate::report::json;
use crate::roster::Roster;

/// A name of the roster is suggested where it is like another by this many percent.
const LIKE_ENOUGH: u32 = 60;

/// How many names of the roster a name is compared with: those that share most pairs of
/// characters with it.
const CANDIDATES: usize = 24;

/// Writes the units of all files and of the roster: those of the roster first, in its order, then
/// the others by name, then those without a name by path.
pub(super) fn assign(store: &mut Store, roster: Option<&Roster>) -> Result<(), StoreError> {
    let mut next = 1;
    let mut put = |store: &mut Store, unit: UnitRow| {
        let unit = UnitRow { id: next, ..unit };
        next += 1;
        store.put_unit(&unit)
    };
    let mut missing = Nearest::default();
    for unit in roster.map_or(&[][..], |roster| &roster.units) {
        let files = store.filed_under(&label::normalise(&unit.name))?;
        if files.is_empty() {
            missing.add(&unit.name);
        }
        let unit = UnitRow {
            department: unit.department.clone(),
            budget: unit.budget,
            ..reported(unit.name.clone(), files)
        };
        put(store, unit)?;
    }
    let mut key = String::new();
    while let Some(name) = store.next_name(&key)? {
        let files = store.filed_under(&name)?;
        // What is found by an index that is out of order would be found for ever.
        goes_on(name > key && !files.is_empty())?;
        let written = files.first().and_then(|filed| filed.file.unit_name.clone());
        let mut unit = reported(written.unwrap_or_default(), files);
        if roster.is_some() {
            unit.status = UnitStatus::NotInRoster;
            unit.nearest = missing.nearest(&name);
        }
        put(store, unit)?;
        key = name;
    }
    let mut path = String::new();
    while let Some(filed) = store.next_nameless(&path)? {
        goes_on(filed.file.path > path)?;
        path.clone_from(&filed.file.path);
        let unit = UnitRow {
            status: UnitStatus::Nameless,
            nearest: missing.inside(&path),
            ..reported(String::new(), vec![filed])
        };
        put(store, unit)?;
    }
    Ok(())
}

fn goes_on(goes_on: bool) -> Result<(), StoreError> {
    match goes_on {
        true => Ok(()),
        false => Err(StoreError::Damaged("an index is out of order".to_owned())),
    }
}

/// A unit with its files. Of files that report the same annex of the whole unit the one changed
/// last counts; of those changed in the same second the last by path. Files of different annexes,
/// or of different projects, are parts of one report.
fn reported(name: String, mut files: Vec<Filed>) -> UnitRow {
    files.sort_by(|a, b| {
        let (a, b) = (&a.file, &b.file);
        (b.modified, &b.path).cmp(&(a.modified, &a.path))
    });
    /// Year, annex, project.
    type Report = (Option<i32>, String, Option<String>);
    let mut told: HashSet<Report> = HashSet::new();
    let mut contents = HashSet::new();
    let mut twice = false;
    for Filed { file, reports } in &mut files {
        let year = file.year;
        let reports: Vec<Report> = reports
            .drain(..)
            .map(|(annex, project)| (year, annex, project.as_deref().map(label::normalise)))
            .collect();
        let copy = !contents.insert(file.hash.clone());
        let is_whole = |report: &Report| report.2.is_none();
        let known = |report: &Report| told.contains(report);
        let replaced = reports
            .iter()
            .any(|report| is_whole(report) && known(report))
            || reports.iter().all(known);
        file.counted = !copy && !replaced;
        twice |= !file.counted;
        told.extend(reports);
    }
    let status = match (files.is_empty(), twice) {
        (true, _) => UnitStatus::Missing,
        (false, true) => UnitStatus::Twice,
        (false, false) => UnitStatus::Reported,
    };
    UnitRow {
        id: 0,
        name,
        department: None,
        status,
        nearest: None,
        budget: None,
        files: files.into_iter().map(|filed| filed.file).collect(),
        across: json::Counts::default(),
    }
}

/// Names of the roster that nobody reported under, to be found by names like them.
#[derive(Default)]
struct Nearest {
    names: Vec<(String, String)>,
    /// Pairs of characters, with the names that have them.
    pairs: HashMap<(char, char), Vec<usize>>,
}

impl Nearest {
    fn add(&mut self, name: &str) {
        let key = label::normalise(name);
        for pair in pairs(&key) {
            self.pairs.entry(pair).or_default().push(self.names.len());
        }
        self.names.push((key, name.to_owned()));
    }

    /// The name most like this one, if any is like it at all.
    fn nearest(&self, name: &str) -> Option<String> {
        let key = label::normalise(name);
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for at in pairs(&key)
            .into_iter()
            .filter_map(|pair| self.pairs.get(&pair))
            .flatten()
        {
            *shared.entry(*at).or_default() += 1;
        }
        let mut candidates: Vec<(usize, usize)> = shared.into_iter().collect();
        candidates.sort_by_key(|(at, shared)| (Reverse(*shared), *at));
        candidates.truncate(CANDIDATES);
        let like = candidates
            .into_iter()
            .map(|(at, _)| (label::similarity(&key, &self.names[at].0), Reverse(at)));
        let best = like.filter(|(like, _)| *like >= LIKE_ENOUGH).max();
        best.map(|(_, Reverse(at))| self.names[at].1.clone())
    }

    /// The longest name that stands in a path.
    fn inside(&self, path: &str) -> Option<String> {
        let path = label::normalise(path);
        let names = self
            .names
            .iter()
            .filter(|(key, _)| path.contains(key.as_str()));
        let longest = names.max_by_key(|(key, _)| key.len());
        longest.map(|(_, name)| name.clone())
    }
}

fn pairs(key: &str) -> HashSet<(char, char)> {
    key.chars().zip(key.chars().skip(1)).collect()
}
