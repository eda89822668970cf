//! What goes through the pipes between a process and its workers: a mark, two lengths, what is
//! said, and a file.

use std::io::{self, Read, Write};

const MARK: [u8; 4] = *b"gouj";

/// What is said, and a file with it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Message {
    /// As JSON.
    pub head: Vec<u8>,
    /// The bytes of a workbook; empty where there is none.
    pub body: Vec<u8>,
}

pub(super) fn write(out: &mut impl Write, head: &[u8], body: &[u8]) -> io::Result<()> {
    out.write_all(&MARK)?;
    out.write_all(&(head.len() as u64).to_le_bytes())?;
    out.write_all(&(body.len() as u64).to_le_bytes())?;
    out.write_all(head)?;
    out.write_all(body)?;
    out.flush()
}

/// The next message; none at the end. One whose parts are longer than `longest` is out of order.
pub(super) fn read(input: &mut impl Read, longest: u64) -> io::Result<Option<Message>> {
    let mut start = Vec::with_capacity(20);
    input.take(20).read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(None);
    }
    let length = |at: usize| {
        let bytes = start
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_le_bytes)
    };
    match (start.strip_prefix(&MARK), length(4), length(12)) {
        (Some(_), Some(head), Some(body)) if head <= longest && body <= longest => {
            Ok(Some(Message {
                head: exactly(input, head)?,
                body: exactly(input, body)?,
            }))
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn exactly(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    // Reserved at once: growing would take twice the memory of a large file.
    let mut bytes = Vec::new();
    let capacity = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?;
    bytes
        .try_reserve_exact(capacity)
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST: u64 = 64;

    proptest! {
        /// A worker that was taken over by its file may say anything.
        #[test]
        fn whatever_is_said_ends_in_a_message_within_bounds_or_an_error(
            starts in any::<bool>(),
            head in 0..80_u64,
            body in 0..80_u64,
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut said = Vec::new();
            if starts {
                said.extend(MARK);
                said.extend(head.to_le_bytes());
                said.extend(body.to_le_bytes());
            }
            said.extend(&rest);
            match read(&mut said.as_slice(), LONGEST) {
                Ok(None) => prop_assert!(said.is_empty()),
                Ok(Some(message)) => {
                    prop_assert!(message.head.len() as u64 <= LONGEST);
                    prop_assert!(message.body.len() as u64 <= LONGEST);
                    let mut again = Vec::new();
                    write(&mut again, &message.head, &message.body)?;
                    prop_assert!(said.starts_with(&again));
                }
                Err(_) => prop_assert!(!starts || head > LONGEST || body > LONGEST || rest.len() < (head + body) as usize),
            }
        }
    }

    #[test]
    fn messages_arrive_as_they_were_sent_and_then_end() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"{}", b"PK\x03\x04").unwrap();
        write(&mut pipe, b"", b"").unwrap();
        let mut input = pipe.as_slice();
        let first = read(&mut input, 64).unwrap().unwrap();
        assert_eq!(
            (first.head.as_slice(), first.body.as_slice()),
            (b"{}".as_slice(), b"PK\x03\x04".as_slice())
        );
        assert_eq!(read(&mut input, 64).unwrap(), Some(Message::default()));
        assert_eq!(read(&mut input, 64).unwrap(), None);
    }

    #[test]
    fn what_breaks_off_or_is_no_message_is_an_error() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"{}", b"file").unwrap();
        for length in 1..pipe.len() {
            assert!(read(&mut &pipe[..length], 64).is_err(), "{length}");
        }
        assert!(read(&mut b"memory allocation of 7 bytes failed".as_slice(), 64).is_err());
        let mut huge = MARK.to_vec();
        huge.extend([0xFF; 16]);
        assert!(read(&mut huge.as_slice(), 64).is_err());
    }
}
