//! Reads one layer: a tar archive, plain or compressed with gzip or zstd.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use tar::{Archive, EntryType};

use crate::verify::{
    machine::{HEADER_BYTES, read_content},
    tree::{Entry, Node, Tree},
};

/// Adds the files of a layer to what the layers below have left.
///
/// The compression is told from the bytes, since media types are often wrong.
/// Of each file only the first bytes are looked at, and nothing is unpacked.
pub(super) fn add_layer(tree: &mut Tree, layer: usize, bytes: &mut dyn Read) -> io::Result<()> {
    let mut bytes = BufReader::with_capacity(1 << 16, bytes);
    let start = peek(&mut bytes)?;
    match start {
        [] => Ok(()),
        [0x1f, 0x8b, ..] => add_tar(tree, layer, MultiGzDecoder::new(bytes)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => add_tar(tree, layer, Frames::new(bytes)),
        // A frame to be skipped, as zstd:chunked has them.
        [first, 0x2a, 0x4d, 0x18, ..] if first & 0xf0 == 0x50 => add_tar(tree, layer, Frames::new(bytes)),
        _ => add_tar(tree, layer, bytes),
    }
}

fn peek(bytes: &mut impl BufRead) -> io::Result<&[u8]> {
    bytes.fill_buf()
}

fn add_tar(tree: &mut Tree, layer: usize, bytes: impl Read) -> io::Result<()> {
    for entry in Archive::new(bytes).entries()? {
        let mut entry = entry?;
        let path = entry.path_bytes().into_owned();
        let target = entry.link_name_bytes().unwrap_or_default().into_owned();
        let node = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let mut start = Vec::new();
                entry.by_ref().take(HEADER_BYTES).read_to_end(&mut start)?;
                Entry::Node(Node::File(read_content(&start)))
            }
            EntryType::Directory => Entry::Node(Node::Folder),
            EntryType::Symlink => Entry::Node(Node::Link(target)),
            EntryType::Link => Entry::HardLink(target),
            EntryType::Char | EntryType::Block | EntryType::Fifo => Entry::Node(Node::Special),
            _ => continue,
        };
        tree.add(layer, &path, node);
    }
    Ok(())
}

/// The content of zstd frames that follow one another; the decoder itself ends with the first.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            is_open: false,
        }
    }

    /// Opens the next frame with content; false at the end.
    fn open(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.is_open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(invalid(&error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.is_open || self.open()? {
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one_block = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder
                    .decode_blocks(&mut self.source, one_block)
                    .map_err(|error| invalid(&error))?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.is_open = false;
        }
        Ok(0)
    }
}

fn invalid(error: &FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
