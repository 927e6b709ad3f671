//! What the layer needs from a model.

/// A model that translates one clean sentence at a time.
pub trait Model {
    /// What can go wrong.
    type Error;

    /// Private-use characters that the model copies: each that occurs once in a sentence occurs once in its translation.
    /// The layer puts them in the place of protected spans and inline marks. Empty for a model without symbols; the layer
    /// then checks the translation, and translates the text around a damaged span in pieces.
    fn symbols(&self) -> &[char] {
        &[]
    }

    /// Whether the vocabulary has a piece for the character. Characters without one are protected.
    fn knows(&self, character: char) -> bool;

    /// How many tokens the sentence has in this model's vocabulary.
    fn count_tokens(&self, sentence: &str) -> usize;

    /// The longest sentence that the model translates well, in tokens. Longer ones are cut at clauses.
    fn maximum_tokens(&self) -> usize;

    /// Translates sentences, each as if it were alone. Returns one translation per sentence, in order.
    ///
    /// # Errors
    /// If the model cannot run.
    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Self::Error>;
}

impl<M: Model + ?Sized> Model for &M {
    type Error = M::Error;

    fn symbols(&self) -> &[char] {
        (**self).symbols()
    }

    fn knows(&self, character: char) -> bool {
        (**self).knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        (**self).count_tokens(sentence)
    }

    fn maximum_tokens(&self) -> usize {
        (**self).maximum_tokens()
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Self::Error> {
        (**self).translate(sentences)
    }
}

/// A model's translation of one sentence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SentenceTranslation {
    /// The text, with the symbols of the source.
    pub text: String,
    /// Sum of the tokens' natural log-probabilities, the end's included.
    pub log_probability: f32,
    /// How many tokens that sum is of, the end included.
    pub tokens: usize,
    /// Whether a bound on the length cut it off.
    pub truncated: bool,
    /// Whether the model repeated itself and was stopped.
    pub repeated: bool,
    /// Symbols that the model did not place, appended at the end.
    pub appended_symbols: usize,
}
