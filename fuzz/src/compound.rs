//! A compound file around one stream, as .xls is stored.

const SECTOR: usize = 512;
const END: u32 = 0xFFFF_FFFE;
const FAT: u32 = 0xFFFF_FFFD;
const FREE: u32 = 0xFFFF_FFFF;

/// Sectors: the tables, the directory, the stream.
pub fn wrap(name: &str, stream: &[u8]) -> Vec<u8> {
    // Shorter streams would be stored in another way.
    let body = stream.len().max(4096).div_ceil(SECTOR);
    let per_table = SECTOR / 4;
    let tables = (body + 1).div_ceil(per_table - 1);
    assert!(tables <= 109, "the input is too long");

    let mut out = vec![0; SECTOR];
    out[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    for (at, half) in [(24, 0x3E_u16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
        out[at..at + 2].copy_from_slice(&half.to_le_bytes());
    }
    let directory = word(tables);
    for (at, word) in [
        (44, word(tables)),
        (48, directory),
        (56, 4096),
        (60, END),
        (68, END),
    ] {
        put(&mut out, at, word);
    }
    for table in 0..109 {
        let word = if table < tables { word(table) } else { FREE };
        put(&mut out, 76 + table * 4, word);
    }

    let mut links = vec![FREE; tables * per_table];
    links[..tables].fill(FAT);
    links[tables] = END;
    for at in 0..body {
        let sector = tables + 1 + at;
        links[sector] = if at + 1 == body {
            END
        } else {
            word(sector + 1)
        };
    }
    out.extend(links.into_iter().flat_map(u32::to_le_bytes));

    let mut entries = vec![0; SECTOR];
    let root = ("Root Entry", 5, END, 0, 1);
    let length = word(body * SECTOR);
    for (at, (name, kind, start, length, child)) in
        [(0, root), (128, (name, 2, word(tables + 1), length, FREE))]
    {
        let entry = &mut entries[at..at + 128];
        for (unit, place) in name.encode_utf16().zip(entry.chunks_exact_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
        entry[64] = u8::try_from(name.len() * 2 + 2).expect("a short name");
        entry[66] = kind;
        entry[67] = 1;
        for (at, word) in [
            (68, FREE),
            (72, FREE),
            (76, child),
            (116, start),
            (120, length),
        ] {
            put(entry, at, word);
        }
    }
    out.extend(entries);
    let from = out.len();
    out.extend(stream);
    out.resize(from + body * SECTOR, 0);
    out
}

fn word(number: usize) -> u32 {
    u32::try_from(number).expect("a short input")
}

fn put(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
}
