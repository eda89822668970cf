//! The same thing more than once: files, tables, indicators, projects.

use std::collections::{HashMap, HashSet};

use super::{MOST_NAMES, Seen};
use crate::batch::store::{AcrossRow, FileRow, Shared, StoreError};
use crate::catalog::AcrossRule;
use crate::label;
use crate::quote::inner;

impl Seen<'_> {
    pub(super) fn reported_twice(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let mut found = Vec::new();
        self.store.each_unit(|unit| {
            let (counted, replaced): (Vec<_>, Vec<_>) =
                unit.files.iter().partition(|file| file.counted);
            // Copies of one file are another finding.
            let differs = replaced
                .iter()
                .any(|file| counted.iter().all(|other| other.hash != file.hash));
            if differs {
                let paths = |files: &[&FileRow]| {
                    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
                    self.list(&paths)
                };
                let (kept, left) = (paths(&counted), paths(&replaced));
                let all = unit.files.len();
                let message = self.say(
                    format!("报送了 {all} 份，计入：{kept}；没有计入：{left}。"),
                    format!("{all} files; counted: {kept}; not counted: {left}."),
                );
                let row = self.about(rule, unit.id, &unit.name, message);
                found.push(AcrossRow {
                    file: counted.first().map(|file| file.id),
                    todo: Some(self.say(
                        "请单位确认以哪一份为准。".to_owned(),
                        "The unit should say which holds.".to_owned(),
                    )),
                    ..row
                });
            }
            Ok::<_, StoreError>(())
        })?;
        self.found.append(&mut found);
        Ok(())
    }

    pub(super) fn copied_indicators(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let shared = self.store.same_indicators()?;
        for group in shared.chunk_by(|a, b| a.what == b.what) {
            self.each_of(rule, group, |seen, own, others| {
                seen.say(
                    format!("{}的绩效指标与{others}的逐行相同。", own.place),
                    format!(
                        "The indicators of {} are those of {others}, row by row.",
                        own.place
                    ),
                )
            });
        }
        Ok(())
    }

    pub(super) fn same_file(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let shared = self.store.same_content()?;
        for group in shared.chunk_by(|a, b| a.what == b.what) {
            let paths: Vec<&str> = group.iter().map(|shared| shared.path.as_str()).collect();
            let files = short(&paths);
            // Once for each unit: files that name none have each their own.
            let mut told = HashSet::new();
            for (at, own) in group.iter().enumerate() {
                if !told.insert(own.unit) {
                    continue;
                }
                // More are not named.
                let others = (0..files.len()).filter(|other| *other != at);
                let files: Vec<&str> = std::iter::once(at)
                    .chain(others.take(MOST_NAMES + 1))
                    .map(|place| files[place])
                    .collect();
                let (first, others) = (self.list(&files[..1]), self.list(&files[1..]));
                let message = self.say(
                    format!("{first}与{others}内容完全相同。"),
                    format!("{first} has the same content as {others}."),
                );
                let row = self.about(rule, own.unit, &own.name, message);
                self.found.push(AcrossRow {
                    file: Some(own.file),
                    todo: Some(self.say(
                        "请确认是否重复报送。".to_owned(),
                        "Please say whether it was handed in twice.".to_owned(),
                    )),
                    ..row
                });
            }
        }
        Ok(())
    }

    /// One finding for each of a group, which names the units of the others.
    fn each_of(
        &mut self,
        rule: &AcrossRule,
        group: &[Shared],
        message: impl Fn(&Self, &Shared, &str) -> String,
    ) {
        // Each name, the first unit that has it, and whether another one has it too.
        let mut named: Vec<(&str, i64, bool)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for shared in group {
            let place = *places.entry(&shared.name).or_insert(named.len());
            match named.get_mut(place) {
                Some((_, unit, others)) => *others |= *unit != shared.unit,
                None => named.push((&shared.name, shared.unit, false)),
            }
        }
        for own in group {
            let others = named
                .iter()
                .filter(|(_, unit, others)| *unit != own.unit || *others);
            // More are not named.
            let names: Vec<&str> = others.take(MOST_NAMES + 1).map(|named| named.0).collect();
            let others = self.list(&names);
            let message = message(self, own, &others);
            let row = self.about(rule, own.unit, &own.name, message);
            self.found.push(AcrossRow {
                file: Some(own.file),
                at: own.at.clone(),
                place: own.place.clone(),
                ..row
            });
        }
    }

    pub(super) fn project_names(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let mut found = Vec::new();
        let mut unit = 0;
        let mut names: HashMap<String, Shared> = HashMap::new();
        self.store.each_project(|project| {
            if project.unit != unit {
                unit = project.unit;
                names.clear();
            }
            let name = label::normalise(&project.what);
            match names.get(&name) {
                // Two in one workbook are found when it is checked.
                Some(first) if first.file != project.file => {
                    let message = self.say(
                        format!(
                            "项目「{}」在「{}」里已经报过。",
                            inner(&project.what),
                            inner(&first.path)
                        ),
                        format!("{} stands in {} already.", project.what, first.path),
                    );
                    let row = self.about(rule, project.unit, &project.name, message);
                    found.push(AcrossRow {
                        file: Some(project.file),
                        at: project.at,
                        place: project.place,
                        ..row
                    });
                }
                Some(_) => {}
                None => {
                    names.insert(name, project);
                }
            }
            Ok::<_, StoreError>(())
        })?;
        self.found.append(&mut found);
        Ok(())
    }
}

/// The names of files where these tell them apart, else their paths.
fn short<'a>(paths: &[&'a str]) -> Vec<&'a str> {
    let names = paths.iter().map(|path| match path.rsplit_once('/') {
        Some((_, name)) => name,
        None => path,
    });
    let names: Vec<&str> = names.collect();
    let apart: HashSet<&&str> = names.iter().collect();
    match apart.len() == names.len() {
        true => names,
        false => paths.to_vec(),
    }
}
