//! Relationships and content types: who refers to whom (ECMA-376 Part 2).

use std::collections::{BTreeSet, HashSet};

use super::error::PatchError;
use super::outline::{Node, Outline};
use super::package::Package;
use super::splice::{Splices, attribute};
use crate::read::container::normal;
use crate::read::xlsx::{self, RELATIONSHIPS, bare, folder, rels_of, resolve};

/// The content types part.
const TYPES: &str = "[Content_Types].xml";

/// One relationship.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) id: String,
    /// The last step of its type, the same in Transitional and Strict.
    pub(super) kind: String,
    /// The part it leads to, normalised; an address where it is external.
    pub(super) target: String,
    pub(super) external: bool,
}

/// The relationships of `part` ("" for the package).
pub(super) fn links(package: &mut Package<'_>, part: &str) -> Result<Vec<Link>, PatchError> {
    let rels = rels_of(part);
    let Some(text) = package.text(&rels)? else {
        return Ok(Vec::new());
    };
    let outline = Outline::new(&text, &rels, 1, package.limits())?;
    has_root(&outline, &rels, "Relationships")?;
    let own = format!("{}Relationship", outline.prefix);
    let is_plain = |node: &Node| {
        let tag = outline.tag(node);
        let mut attributes = tag.attributes().into_iter();
        tag.name() == own && attributes.all(|attribute| !attribute.0.starts_with("xmlns"))
    };
    // In another namespace it is none, or one for some programs.
    if !relationships(&outline).all(is_plain) {
        return Err(PatchError::layout(&rels, "Relationship"));
    }
    Ok(parse(&outline, part))
}

/// Refuses a list under another root: others may take it for none.
fn has_root(outline: &Outline<'_>, part: &str, local: &'static str) -> Result<(), PatchError> {
    if bare(outline.tag(outline.root()).name()) == local {
        return Ok(());
    }
    Err(PatchError::layout(part, local))
}

fn parse(outline: &Outline<'_>, part: &str) -> Vec<Link> {
    relationships(outline)
        .map(|node| link(outline, node, part))
        .collect()
}

fn relationships<'o>(outline: &'o Outline<'_>) -> impl Iterator<Item = &'o Node> {
    outline
        .top()
        .filter(|node| bare(outline.tag(node).name()) == "Relationship")
}

fn link(outline: &Outline<'_>, node: &Node, part: &str) -> Link {
    let tag = outline.tag(node);
    let target = tag.value("Target");
    let external = tag.get("TargetMode") == Some("External");
    Link {
        id: tag.value("Id"),
        kind: xlsx::kind(&tag.value("Type")).to_owned(),
        target: if external {
            target
        } else {
            resolve(folder(part), &target)
        },
        external,
    }
}

/// Adds a relationship of `part` and gives its id.
pub(super) fn add_link(
    package: &mut Package<'_>,
    part: &str,
    kind: &str,
    target: &str,
) -> Result<String, PatchError> {
    let rels = rels_of(part);
    if !package.has(&rels) {
        let empty = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <Relationships xmlns=\"{}\"></Relationships>",
            RELATIONSHIPS[0]
        );
        package.put(&rels, empty)?;
    }
    package.edit(&rels, 1, |outline| {
        let links = parse(outline, part);
        let used: HashSet<&str> = links.iter().map(|link| link.id.as_str()).collect();
        // Behind the others, as a rule; there are fewer links than numbers.
        let id = (links.len() + 1..)
            .map(|number| format!("rId{number}"))
            .find(|id| !used.contains(id.as_str()))
            .unwrap_or_default();
        let xml = format!(
            "<{}Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"/{}\"/>",
            outline.prefix,
            attribute(target)
        );
        let (range, with) = outline.append(outline.root(), &xml);
        let mut splices = Splices::default();
        splices.replace(range, with);
        Ok((Some(splices.apply(outline.text, &rels)?), id))
    })
}

/// Takes out the relationships of `part` that `drop` picks.
pub(super) fn remove_links(
    package: &mut Package<'_>,
    part: &str,
    mut drop: impl FnMut(&Link) -> bool,
) -> Result<(), PatchError> {
    let rels = rels_of(part);
    if !package.has(&rels) {
        return Ok(());
    }
    let left = package.edit(&rels, 1, |outline| {
        let mut splices = Splices::default();
        let mut left = false;
        for node in relationships(outline) {
            if drop(&link(outline, node, part)) {
                splices.remove(node.span());
            } else {
                left = true;
            }
        }
        left |= splices.is_empty();
        Ok((Some(splices.apply(outline.text, &rels)?), left))
    })?;
    if !left {
        package.remove(&rels);
    }
    Ok(())
}

/// Gives `part` its content type. An extension's default is set where there is none.
pub(super) fn add_type(
    package: &mut Package<'_>,
    part: &str,
    kind: &str,
    by_extension: bool,
) -> Result<(), PatchError> {
    package.edit(TYPES, 1, |outline| {
        has_root(outline, TYPES, "Types")?;
        let extension = part.rsplit('.').next().unwrap_or_default();
        let default = outline.top().find(|node| {
            bare(outline.tag(node).name()) == "Default"
                && outline
                    .tag(node)
                    .value("Extension")
                    .eq_ignore_ascii_case(extension)
        });
        let mut splices = Splices::default();
        match default {
            Some(node) if by_extension && outline.tag(node).value("ContentType") == kind => {}
            // Defaults go first, overrides last: taking an override out and putting it back
            // then gives the same text whatever else was added.
            None if by_extension && !outline.root().is_empty() => splices.insert(
                outline.root().open.end,
                format!(
                    "<{}Default Extension=\"{extension}\" ContentType=\"{kind}\"/>",
                    outline.prefix
                ),
            ),
            _ => {
                let xml = format!(
                    "<{}Override PartName=\"/{}\" ContentType=\"{kind}\"/>",
                    outline.prefix,
                    attribute(part)
                );
                let (range, with) = outline.append(outline.root(), &xml);
                splices.replace(range, with);
            }
        }
        if splices.is_empty() {
            return Ok((None, ()));
        }
        Ok((Some(splices.apply(outline.text, TYPES)?), ()))
    })
}

/// Takes a part out, its content type with it.
pub(super) fn remove_part(package: &mut Package<'_>, part: &str) -> Result<(), PatchError> {
    package.remove(part);
    package.edit(TYPES, 1, |outline| {
        let mut splices = Splices::default();
        for node in outline.top() {
            let name = outline.tag(node).get("PartName").map(normal);
            if name.is_some_and(|name| name == normal(part)) {
                splices.remove(node.span());
            }
        }
        if splices.is_empty() {
            return Ok((None, ()));
        }
        Ok((Some(splices.apply(outline.text, TYPES)?), ()))
    })
}

/// Names for new parts: free among the entries, and among what any relationship leads to, as a
/// dangling one would silently take possession of the new part.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(package: &mut Package<'_>) -> Result<Self, PatchError> {
        let mut taken: BTreeSet<String> = package.names().into_iter().collect();
        let rels: Vec<String> = taken
            .iter()
            .filter(|name| name.ends_with(".rels"))
            .cloned()
            .collect();
        for name in rels {
            // `a/_rels/b.rels` belongs to `a/b`. One that cannot be read takes no names.
            let source = name.replacen("_rels/", "", 1);
            let source = source.strip_suffix(".rels").unwrap_or_default().to_owned();
            match links(package, &source) {
                Ok(links) => taken.extend(
                    links
                        .into_iter()
                        .filter(|link| !link.external)
                        .map(|link| normal(&link.target)),
                ),
                Err(PatchError::Encoding(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { taken })
    }

    /// The first free name `stem` + number + `.extension`.
    pub(super) fn pick(&mut self, stem: &str, extension: &str) -> String {
        let mut number = 1u32;
        loop {
            let name = format!("{stem}{number}.{extension}");
            if self.taken.insert(normal(&name)) {
                return name;
            }
            number += 1;
        }
    }
}
