//! Symbols: tokens in place of spans of text that the model must not change, such as links.
//!
//! ```
//! use deshi_core::vocabulary::{FIRST_SYMBOL, SymbolSet};
//!
//! let set: SymbolSet = [FIRST_SYMBOL + 3, 500, FIRST_SYMBOL].into_iter().collect();
//! assert!(set.tokens().eq([FIRST_SYMBOL, FIRST_SYMBOL + 3]));
//! ```

use super::FIRST_BYTE;
use crate::Token;

/// How many symbols a vocabulary has: `<s0>` to `<s7>`.
pub const SYMBOLS: u32 = 8;
/// The id of `<s0>`. The symbols take the ids of the bytes 0xF5 to 0xFC, which never occur in UTF-8.
pub const FIRST_SYMBOL: Token = FIRST_BYTE + 0xF5;
/// The character of `<s0>` in text (U+E000, private use); those of the other symbols follow.
pub const FIRST_SYMBOL_CHARACTER: char = '\u{E000}';

/// The character of a symbol; `None` for every other token.
pub fn symbol_character(id: Token) -> Option<char> {
    let index = index(id)?;
    char::from_u32(u32::from(FIRST_SYMBOL_CHARACTER) + index)
}

/// Which symbol a token is: 0 to 7.
const fn index(id: Token) -> Option<u32> {
    match id.checked_sub(FIRST_SYMBOL) {
        Some(index) if index < SYMBOLS => Some(index),
        _ => None,
    }
}

/// A set of symbols, as a bit mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct SymbolSet(u8);

impl SymbolSet {
    /// No symbol.
    pub const EMPTY: Self = Self(0);
    /// Every symbol.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether a token is a symbol of the set.
    pub const fn contains(self, token: Token) -> bool {
        match index(token) {
            Some(index) => self.0 >> index & 1 == 1,
            None => false,
        }
    }

    /// Removes a token's symbol; other tokens change nothing.
    pub const fn remove(&mut self, token: Token) {
        if let Some(index) = index(token) {
            self.0 &= !(1 << index);
        }
    }

    /// The symbols that are not in the set.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// The first symbol of the set, alone; no symbol if it is empty.
    #[must_use]
    pub const fn first(self) -> Self {
        Self(self.0 & self.0.wrapping_neg())
    }

    /// Whether no symbol is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many symbols are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The symbols' ids, ascending.
    pub fn tokens(self) -> impl Iterator<Item = Token> {
        (FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS).filter(move |&token| self.contains(token))
    }
}

/// Collects the symbols among some tokens.
impl FromIterator<Token> for SymbolSet {
    fn from_iter<T: IntoIterator<Item = Token>>(tokens: T) -> Self {
        let bits = tokens.into_iter().filter_map(index);
        Self(bits.fold(0, |set, index| set | 1 << index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_symbols_and_nothing_else() {
        assert_eq!(SYMBOLS, u8::BITS, "a bit for each symbol");
        for mask in 0..=u8::MAX {
            let set = SymbolSet(mask);
            assert_eq!(set.tokens().count(), set.len());
            assert_eq!(set.tokens().collect::<SymbolSet>(), set);
            for token in FIRST_SYMBOL - 3..FIRST_SYMBOL + SYMBOLS + 3 {
                let bit = token.wrapping_sub(FIRST_SYMBOL);
                let expected = bit < SYMBOLS && mask & (1 << bit) != 0;
                assert_eq!(set.contains(token), expected, "{mask:b}, {token}");
                let mut without = set;
                without.remove(token);
                assert!(!without.contains(token));
                assert_eq!(without.len(), set.len() - usize::from(expected));
                let first = set.tokens().next();
                assert_eq!(set.first().tokens().next(), first);
                assert!(set.first().len() <= 1);
                assert_eq!(set.complement().contains(token), bit < SYMBOLS && !expected);
            }
        }
    }
}
