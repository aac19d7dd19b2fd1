//! The files of an image as its layers leave them.

use std::{collections::BTreeMap, ops::Bound};

use crate::verify::machine::Content;

/// How many symbolic links may lie on the way to a file; Linux has the same limit.
const MOST_LINKS: usize = 40;
const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    File(Content),
    /// A symbolic link and what it names.
    Link(Vec<u8>),
    /// A device, a pipe or a socket.
    Special,
}

/// An entry of a layer, as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Node(Node),
    /// Another name for a file that is there already.
    HardLink(Vec<u8>),
}

/// A file of the final image.
pub(super) struct File<'a> {
    pub(super) path: &'a [u8],
    pub(super) content: Content,
    pub(super) layer: usize,
}

/// The paths of an image, without a leading slash; layers are added from the lowest on.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<Vec<u8>, (Node, usize)>,
}

impl Tree {
    /// Adds an entry of the layer at `layer`, or takes away what it hides (OCI image specification, layer.md).
    ///
    /// A path never leaves the image: `..` ends at its root, as when it is unpacked.
    pub(super) fn add(&mut self, layer: usize, path: &[u8], entry: Entry) {
        let path = self.resolve(path);
        let (parent, name) = split(&path);
        if name == OPAQUE {
            self.remove_below(parent, layer);
        } else if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            let hidden = join(parent, hidden);
            if self.nodes.get(&hidden).is_some_and(|(_, from)| *from < layer) {
                self.nodes.remove(&hidden);
            }
            self.remove_below(&hidden, layer);
        } else if let Some(node) = self.node_of(entry) {
            if node != Node::Folder {
                self.remove_below(&path, usize::MAX);
            }
            self.nodes.insert(path, (node, layer));
        }
    }

    /// The regular files, sorted by path.
    pub(super) fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.nodes.iter().filter_map(|(path, (node, layer))| match node {
            Node::File(content) => Some(File {
                path,
                content: *content,
                layer: *layer,
            }),
            _ => None,
        })
    }

    fn node_of(&self, entry: Entry) -> Option<Node> {
        match entry {
            Entry::Node(node) => Some(node),
            // A link to nothing is refused when the layer is unpacked, so that it brings no file.
            Entry::HardLink(target) => self
                .nodes
                .get(&self.resolve(&target))
                .map(|(node, _)| node.clone()),
        }
    }

    fn remove_below(&mut self, folder: &[u8], layer: usize) {
        let start = if folder.is_empty() {
            Vec::new()
        } else {
            join(folder, b"")
        };
        let below = self
            .nodes
            .range((Bound::Included(start.clone()), Bound::Unbounded));
        let below = below
            .take_while(|(path, _)| path.starts_with(&start))
            .filter(|(_, (_, from))| *from < layer);
        let below: Vec<Vec<u8>> = below.map(|(path, _)| path.clone()).collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }

    /// The path without `.`, `..` and symbolic links on the way; the last name is kept even if it is a link.
    fn resolve(&self, path: &[u8]) -> Vec<u8> {
        let mut wanted: Vec<Vec<u8>> = names(path);
        wanted.reverse();
        let mut resolved: Vec<u8> = Vec::new();
        let mut links = 0;
        while let Some(name) = wanted.pop() {
            if name == b".." {
                resolved = split(&resolved).0.to_vec();
                continue;
            }
            let next = join(&resolved, &name);
            match self.nodes.get(&next) {
                Some((Node::Link(target), _)) if !wanted.is_empty() && links < MOST_LINKS => {
                    links += 1;
                    if target.starts_with(b"/") {
                        resolved.clear();
                    }
                    wanted.extend(names(target).into_iter().rev());
                }
                _ => resolved = next,
            }
        }
        resolved
    }
}

fn names(path: &[u8]) -> Vec<Vec<u8>> {
    let names = path
        .split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".");
    names.map(<[u8]>::to_vec).collect()
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        name.to_vec()
    } else {
        [folder, b"/", name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each layer is a list of `path` for a file, `path/` for a folder, `path>target` for a link, `path=target` for a hard link.
    fn check(layers: &[&[&str]], files: &str) {
        let mut tree = Tree::default();
        for (layer, entries) in layers.iter().enumerate() {
            for entry in *entries {
                let (path, entry) = if let Some((path, target)) = entry.split_once('>') {
                    (path, Entry::Node(Node::Link(target.into())))
                } else if let Some((path, target)) = entry.split_once('=') {
                    (path, Entry::HardLink(target.into()))
                } else if entry.ends_with('/') {
                    (*entry, Entry::Node(Node::Folder))
                } else {
                    (*entry, Entry::Node(Node::File(Content::Other)))
                };
                tree.add(layer, path.as_bytes(), entry);
            }
        }
        let found: Vec<_> = tree
            .files()
            .map(|file| format!("{}:{}", String::from_utf8_lossy(file.path), file.layer))
            .collect();
        assert_eq!(found.join(" "), files);
    }

    #[test]
    fn later_layers_replace_and_hide() {
        check(&[&["a", "./b/", "b/c"], &["/b/c"]], "a:0 b/c:1");
        check(&[&["a", "b/c", "b/d"], &["b/.wh.c", ".wh.a"]], "b/d:0");
        check(&[&["b/c", "b/d/e", "bc"], &[".wh.b"]], "bc:0");
        check(&[&["b/c", "b/d/e"], &["b/x", "b/.wh..wh..opq"]], "b/x:1");
        check(&[&["b/c"], &[".wh.b", "b"]], "b:1");
        check(&[&["b/c"], &["b"]], "b:1");
        check(&[&["b/c"], &["b/"]], "b/c:0");
        check(&[&["a"], &["a/"]], "");
        check(&[&["a", "b/c"], &[".wh..wh..opq", "d"]], "d:1");
    }

    #[test]
    fn a_whiteout_hides_nothing_of_its_own_layer() {
        check(&[&["b/c"], &["b/", "b/new", ".wh.b"]], "b/new:1");
    }

    #[test]
    fn links_lead_to_the_real_place() {
        check(
            &[&["usr/lib/x", "lib>usr/lib"], &["lib/.wh.x", "lib/y"]],
            "usr/lib/y:1",
        );
        check(&[&["a/b/", "a/l>/c", "c/"], &["a/l/x"]], "c/x:1");
        check(&[&["a", "b=a", "c=/missing"]], "a:0 b:0");
        check(&[&["l>l"], &["l/x"]], "l/x:1");
        check(&[&["a/b"], &["l>a"], &["l"]], "a/b:0 l:2");
    }

    #[test]
    fn no_path_leaves_the_image() {
        check(&[&["../../a", "b/../../../c", "/"]], "a:0 c:0");
    }
}
