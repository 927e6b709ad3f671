//! JSON lines: what is read and written of each.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use anyhow::{Result, anyhow};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The fields that a text is read from, the first that is there.
const TEXT_FIELDS: [&str; 2] = ["source", "text"];

/// What the name of a field of the input begins with where the output has a field of the same name.
const INPUT: &str = "input_";

/// A JSON object of the input, and the text in it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) text: String,
    /// All fields but the text's.
    pub(crate) others: Vec<Field>,
}

/// A field, byte for byte as it was read: numbers keep all their digits.
#[derive(Debug)]
pub(crate) struct Field {
    name: String,
    raw_name: Box<RawValue>,
    value: Box<RawValue>,
}

struct Fields(Vec<Field>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((raw_name, value)) =
                    map.next_entry::<Box<RawValue>, Box<RawValue>>()?
                {
                    let name = serde_json::from_str(raw_name.get());
                    fields.push(Field {
                        name: name.map_err(serde::de::Error::custom)?,
                        raw_name,
                        value,
                    });
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl Record {
    /// A text without other fields.
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            others: Vec::new(),
        }
    }

    /// # Errors
    /// If the line is not a JSON object with a text.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let fields: Result<Fields, _> = serde_json::from_str(line);
        let Fields(mut others) = fields.map_err(|error| {
            if error.is_data() {
                anyhow!("not a JSON object")
            } else {
                anyhow!(error).context("not JSON")
            }
        })?;
        let [first, second] = TEXT_FIELDS;
        let has = |name: &&str| others.iter().any(|field| field.name == *name);
        let Some(name) = TEXT_FIELDS.into_iter().find(has) else {
            return Err(anyhow!("no field {first:?} or {second:?} with the text"));
        };
        // Of several, the last one counts, as for most readers of JSON.
        let texts = others.extract_if(.., |field| field.name == name);
        let text = texts.last().expect("it was found");
        match serde_json::from_str(text.value.get()) {
            Ok(text) => Ok(Self { text, others }),
            Err(_) => Err(anyhow!("the text is not a string")),
        }
    }
}

/// A line of the output: the source first, then what is known of its translation, then the input's other fields as they
/// were. A field of the input that has the name of one of the output is called `input_NAME`; its name goes to `renamed`.
pub(crate) fn line(
    source: &str,
    translation: Map<String, Value>,
    others: &[Field],
    renamed: &mut BTreeSet<String>,
) -> String {
    let mut fields = Map::new();
    fields.insert("source".to_owned(), source.into());
    fields.extend(translation);
    let mut line = serde_json::to_string(&fields).expect("values are JSON");
    line.pop();
    let mut taken: HashSet<&str> = others.iter().map(|field| field.name.as_str()).collect();
    taken.extend(fields.keys().map(String::as_str));
    for field in others {
        line.push(',');
        if fields.contains_key(&field.name) {
            let mut name = format!("{INPUT}{}", field.name);
            while taken.contains(name.as_str()) {
                name.insert_str(0, INPUT);
            }
            line += &Value::from(name).to_string();
            renamed.insert(field.name.clone());
        } else {
            line += field.raw_name.get();
        }
        line.push(':');
        line += field.value.get();
    }
    line + "}"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of a translation into `Hallo.`, and the names that were changed.
    fn translated(line: &str) -> (String, Vec<String>) {
        let record = Record::parse(line).unwrap();
        let mut translation = Map::new();
        translation.insert("translation".to_owned(), "Hallo.".into());
        translation.insert("flags".to_owned(), Value::Array(Vec::new()));
        let mut renamed = BTreeSet::new();
        let line = super::line(&record.text, translation, &record.others, &mut renamed);
        (line, renamed.into_iter().collect())
    }

    #[test]
    fn other_fields_pass_through_in_order() {
        let (line, renamed) = translated(r#"{"z": 1, "text": "Hi.", "a": [null], "z": 2}"#);
        assert_eq!(
            line,
            r#"{"source":"Hi.","translation":"Hallo.","flags":[],"z":1,"a":[null],"z":2}"#
        );
        assert!(renamed.is_empty());
    }

    #[test]
    fn other_fields_pass_through_byte_for_byte() {
        let fields = r#""big":12345678901234567890123,"f":1.10,"e":1E+2,"-":-0,"s":"\u00e9\/é","\u006b":{ "b" : [1.0,  2] }"#;
        let (line, _) = translated(&format!(r#"{{{fields},"text":"Hi."}}"#));
        assert_eq!(
            line,
            format!(r#"{{"source":"Hi.","translation":"Hallo.","flags":[],{fields}}}"#)
        );
    }

    #[test]
    fn fields_with_the_names_of_results_are_renamed() {
        let (line, renamed) = translated(
            r#"{"flags": ["x"], "text": "Hi.", "translation": "old", "input_flags": 1, "confidence": 2}"#,
        );
        assert_eq!(
            line,
            r#"{"source":"Hi.","translation":"Hallo.","flags":[],"input_input_flags":["x"],"input_translation":"old","input_flags":1,"confidence":2}"#
        );
        assert_eq!(renamed, ["flags", "translation"]);
    }

    #[test]
    fn the_source_is_the_text_where_both_are_there_and_the_last_of_several() {
        let record = Record::parse(r#"{"text": "a", "source": "b", "source": "c"}"#).unwrap();
        assert_eq!(record.text, "c");
        assert_eq!(record.others.len(), 1);
    }

    #[test]
    fn what_holds_no_text_is_refused() {
        for line in ["", "[]", "{}", "3", r#"{"text": 3}"#, r#"{"text": "a""#] {
            assert!(Record::parse(line).is_err(), "{line}");
        }
    }
}
