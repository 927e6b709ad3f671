//! JSON lines: what is read and written of each.

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value};

/// The fields that a text is read from, the first that is there.
const TEXT_FIELDS: [&str; 2] = ["source", "text"];

/// A JSON object of the input, and the text in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) text: String,
    /// All fields but the text's.
    pub(crate) others: Map<String, Value>,
}

impl Record {
    /// A text without other fields.
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            others: Map::new(),
        }
    }

    /// # Errors
    /// If the line is not a JSON object with a text.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line).context("not JSON")?;
        let Value::Object(mut others) = value else {
            return Err(anyhow!("not a JSON object"));
        };
        let found = TEXT_FIELDS
            .into_iter()
            .find_map(|field| others.shift_remove(field));
        let [first, second] = TEXT_FIELDS;
        match found {
            Some(Value::String(text)) => Ok(Self { text, others }),
            Some(_) => Err(anyhow!("the text is not a string")),
            None => Err(anyhow!("no field {first:?} or {second:?} with the text")),
        }
    }
}

/// A line of the output: the source first, then what is known of its translation, then the input's other fields as they
/// were.
pub(crate) fn line(
    source: &str,
    translation: Map<String, Value>,
    others: Map<String, Value>,
) -> String {
    let mut fields = Map::new();
    fields.insert("source".to_owned(), source.into());
    fields.extend(translation);
    for (name, value) in others {
        fields.entry(name).or_insert(value);
    }
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_fields_pass_through_in_order() {
        let record =
            Record::parse(r#"{"z": 1, "text": "Hi.", "translation": "old", "a": [null]}"#).unwrap();
        let mut translation = Map::new();
        translation.insert("translation".to_owned(), "Hallo.".into());
        assert_eq!(
            line(&record.text, translation, record.others),
            r#"{"source":"Hi.","translation":"Hallo.","z":1,"a":[null]}"#
        );
    }

    #[test]
    fn what_holds_no_text_is_refused() {
        for line in ["", "[]", "{}", r#"{"text": 3}"#, r#"{"text": "a""#] {
            assert!(Record::parse(line).is_err(), "{line}");
        }
    }
}
