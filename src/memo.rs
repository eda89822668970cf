//! What was made of a text before: nearly all texts of a filing are those of its form, and stand
//! in every file of a bulk run.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// How many texts are remembered; all are forgotten when there are more.
const MOST: usize = 4096;

/// Longer texts are prose, which does not come again. In bytes.
const LONGEST: usize = 240;

/// Results by text. One a thread: nothing is shared between files but time.
#[derive(Debug)]
pub(crate) struct Memo<T>(HashMap<Box<str>, T, RandomState>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<T: Clone> Memo<T> {
    /// What is remembered of a text.
    pub(crate) fn get(&self, text: &str) -> Option<T> {
        self.0.get(text).cloned()
    }

    /// Remembers what was made of a text.
    pub(crate) fn put(&mut self, text: &str, result: T) {
        if text.len() > LONGEST {
            return;
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(text.into(), result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut memo = Memo::default();
        for number in 0..3 * MOST {
            memo.put(&number.to_string(), number);
            assert!(memo.0.len() <= MOST);
            assert_eq!(memo.get(&number.to_string()), Some(number));
        }
        memo.put(&"长".repeat(LONGEST), 1);
        assert_eq!(memo.get(&"长".repeat(LONGEST)), None);
    }
}
