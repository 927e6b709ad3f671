//! How a letter begins: "Dear Mr. Miller,". Models take the word for an adjective, or leave it out.

/// What a letter says to a name, and to those whom it does not name.
#[derive(Debug)]
pub(crate) struct Salutations {
    /// The word that begins one.
    begins: &'static str,
    /// Between two names, in the source and in the target.
    and: (&'static str, &'static str),
    /// Titles in small letters, without full stop, and what is written before the name in their place.
    titles: &'static [(&'static str, &'static str)],
    /// What is written before a name without a title: whether it is a man's or a woman's is not known.
    plain: &'static str,
    /// Whole salutations behind the word, in small letters.
    readers: &'static [(&'static str, &'static str)],
}

pub(super) const ENGLISH_TO_GERMAN: Salutations = Salutations {
    begins: "Dear",
    and: ("and", "und"),
    titles: &[
        ("mr", "Sehr geehrter Herr"),
        ("mister", "Sehr geehrter Herr"),
        ("mrs", "Sehr geehrte Frau"),
        ("ms", "Sehr geehrte Frau"),
        ("miss", "Sehr geehrte Frau"),
        ("dr", "Guten Tag Dr."),
        ("doctor", "Guten Tag Dr."),
        ("prof", "Guten Tag Prof."),
        ("professor", "Guten Tag Prof."),
    ],
    plain: "Hallo",
    readers: &[
        ("sir or madam", "Sehr geehrte Damen und Herren"),
        ("sir/madam", "Sehr geehrte Damen und Herren"),
        ("madam or sir", "Sehr geehrte Damen und Herren"),
        ("sirs", "Sehr geehrte Damen und Herren"),
        ("ladies and gentlemen", "Sehr geehrte Damen und Herren"),
        ("sir", "Sehr geehrter Herr"),
        ("madam", "Sehr geehrte Dame"),
        ("all", "Hallo zusammen"),
        ("everyone", "Hallo zusammen"),
        ("team", "Liebes Team"),
        ("support team", "Liebes Support-Team"),
        ("customer", "Sehr geehrte Kundin, sehr geehrter Kunde"),
        (
            "valued customer",
            "Sehr geehrte Kundin, sehr geehrter Kunde",
        ),
        ("customers", "Sehr geehrte Kundinnen und Kunden"),
        ("guest", "Sehr geehrter Gast"),
        ("guests", "Liebe Gäste"),
        ("user", "Guten Tag"),
        ("users", "Guten Tag"),
        ("reader", "Liebe Leserin, lieber Leser"),
        ("readers", "Liebe Leserinnen und Leser"),
        ("colleague", "Liebe Kollegin, lieber Kollege"),
        ("colleagues", "Liebe Kolleginnen und Kollegen"),
        ("friend", "Hallo"),
        ("friends", "Liebe Freunde"),
        ("parents", "Liebe Eltern"),
        ("family", "Liebe Familie"),
        ("neighbour", "Liebe Nachbarin, lieber Nachbar"),
        ("neighbor", "Liebe Nachbarin, lieber Nachbar"),
        ("neighbours", "Liebe Nachbarn"),
        ("neighbors", "Liebe Nachbarn"),
        ("passengers", "Sehr geehrte Fahrgäste"),
        ("members", "Liebe Mitglieder"),
        ("visitors", "Liebe Besucherinnen und Besucher"),
        ("tenants", "Liebe Mieterinnen und Mieter"),
        ("residents", "Liebe Anwohnerinnen und Anwohner"),
        ("students", "Liebe Studierende"),
        ("employees", "Liebe Mitarbeiterinnen und Mitarbeiter"),
        ("partners", "Liebe Partnerinnen und Partner"),
        ("subscribers", "Liebe Abonnentinnen und Abonnenten"),
        ("visitor", "Liebe Besucherin, lieber Besucher"),
        ("patient", "Liebe Patientin, lieber Patient"),
        ("patients", "Liebe Patientinnen und Patienten"),
        ("teacher", "Liebe Lehrerin, lieber Lehrer"),
        ("student", "Guten Tag"),
        ("gentlemen", "Sehr geehrte Herren"),
        ("ladies", "Sehr geehrte Damen"),
        ("boss", "Hallo"),
        ("world", "Hallo Welt"),
        ("children", "Liebe Kinder"),
        ("brother", "Lieber Bruder"),
        ("sister", "Liebe Schwester"),
        ("mum and dad", "Liebe Mama, lieber Papa"),
        ("mom and dad", "Liebe Mama, lieber Papa"),
        ("mum", "Liebe Mama"),
        ("mom", "Liebe Mama"),
        ("mother", "Liebe Mutter"),
        ("dad", "Lieber Papa"),
        ("father", "Lieber Vater"),
        ("grandma", "Liebe Oma"),
        ("grandpa", "Lieber Opa"),
        ("god", "Lieber Gott"),
        ("diary", "Liebes Tagebuch"),
        ("santa", "Lieber Weihnachtsmann"),
    ],
};

/// Small words in names.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "da", "di", "du", "la", "le", "ten", "ter", "zu",
];
/// The most names.
const NAMES: usize = 8;
/// What ends a salutation.
const ENDS: &[char] = &[',', ':', '!'];
/// The most words of a name.
const NAME_WORDS: usize = 4;

impl Salutations {
    /// The length of the salutation at the beginning of a text, with the sign behind it, and its translation.
    pub(crate) fn at_start(&self, text: &str) -> Option<(usize, String)> {
        let (begins, rest) = text.split_at_checked(self.begins.len())?;
        let capitals = begins == self.begins.to_ascii_uppercase();
        if begins != self.begins && !capitals {
            return None;
        }
        let rest = rest.strip_prefix(' ')?;
        let first = rest.find(ENDS).unwrap_or(rest.len());
        // "Dear Anna, Tom and Lisa,": its end is behind the last name.
        let ends = rest.match_indices(ENDS).take(NAMES).map(|(at, _)| at);
        let ends: Vec<usize> = ends.filter(|&at| at > first).collect();
        let several = ends.into_iter().rev().find_map(|end| {
            let list = format!(" {} ", self.and.0);
            let all = rest[..end].contains(&list);
            Some((end, self.to_names(&rest[..end]).filter(|_| all)?))
        });
        let (end, mut translation) = match several {
            Some(several) => several,
            None => {
                let reader = rest[..first].trim();
                let known = |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(reader);
                let found = match self.readers.iter().find(known) {
                    Some((_, target)) => (*target).to_owned(),
                    None => self.to_names(reader)?,
                };
                (first, found)
            }
        };
        if capitals {
            // "DEAR Anna": only the word is stressed.
            if rest[..end].contains(char::is_lowercase) {
                return None;
            }
            translation = translation.to_uppercase();
        }
        let sign = rest[end..].chars().next();
        translation.extend(sign);
        let length = text.len() - rest.len() + end + sign.map_or(0, char::len_utf8);
        Some((length, translation))
    }

    /// "Mr. Miller", "Anna and Tom", "Mr. and Mrs. Miller".
    fn to_names(&self, reader: &str) -> Option<String> {
        let reader = reader.replace(',', " , ");
        let words: Vec<&str> = reader.split_whitespace().collect();
        let is_and = |word: &&str| word.eq_ignore_ascii_case(self.and.0) || *word == "&";
        let people: Vec<&[&str]> = words.split(|word| is_and(word) || *word == ",").collect();
        // What is between them: commas, then "and".
        let mut joints = words.iter().filter(|word| is_and(word) || **word == ",");
        // The name of a couple comes with the second title.
        let shared = people.last()?.split_first()?.1;
        let mut greetings: Vec<String> = Vec::new();
        for (at, person) in people.iter().enumerate() {
            let (first, others) = person.split_first()?;
            let title = first.trim_end_matches('.');
            let title = self
                .titles
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(title));
            let name = match title {
                Some(_) if others.is_empty() => shared,
                Some(_) => others,
                None => person,
            };
            // "{name}", "%s": what is filled in.
            let is_name = |word: &str| {
                word.starts_with(char::is_uppercase) || word.starts_with(['{', '%', '[', '$'])
            };
            let mut named = name.iter().filter(|word| !PARTICLES.contains(*word));
            if name.len() > NAME_WORDS
                || !named.all(|word| is_name(word))
                || !name.last().is_some_and(|last| is_name(last))
            {
                return None;
            }
            let name = name.join(" ");
            match title {
                Some((_, greeting)) => greetings.push(format!("{greeting} {name}")),
                None if at == 0 => greetings.push(format!("{} {name}", self.plain)),
                None => greetings.push(name),
            }
        }
        let begins_small = |greeting: &str| {
            let mut letters = greeting.chars();
            letters
                .next()
                .map(|first| first.to_lowercase().chain(letters).collect::<String>())
        };
        let (first, others) = greetings.split_first()?;
        let mut all = first.clone();
        for (other, person) in others.iter().zip(&people[1..]) {
            let joint = joints.next().is_some_and(|word| *word == ",");
            let titled = other.len() > person.join(" ").len();
            match titled.then(|| begins_small(other)).flatten() {
                Some(other) => all = format!("{all}, {other}"),
                None if joint => all = format!("{all}, {other}"),
                None => all = format!("{all} {} {other}", self.and.1),
            }
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salutation_is_translated_up_to_its_sign() {
        for (text, length, expected) in [
            ("Dear Anna, thank you", 10, "Hallo Anna,"),
            ("Dear Mr. Miller,", 16, "Sehr geehrter Herr Miller,"),
            ("Dear Ms Lee: the order", 12, "Sehr geehrte Frau Lee:"),
            ("Dear Dr. Maria Stone,", 21, "Guten Tag Dr. Maria Stone,"),
            ("Dear Anna and Tom,", 18, "Hallo Anna und Tom,"),
            (
                "Dear Mr. and Mrs. Miller, we",
                25,
                "Sehr geehrter Herr Miller, sehr geehrte Frau Miller,",
            ),
            ("Dear all,", 9, "Hallo zusammen,"),
            (
                "Dear Anna, Tom and Lisa, we",
                24,
                "Hallo Anna, Tom und Lisa,",
            ),
            ("Dear Anna, Tom and I will come,", 10, "Hallo Anna,"),
            ("Dear Mr. {name},", 16, "Sehr geehrter Herr {name},"),
            (
                "Dear Mr. van der Berg,",
                22,
                "Sehr geehrter Herr van der Berg,",
            ),
            ("DEAR MR. MILLER, YOUR", 16, "SEHR GEEHRTER HERR MILLER,"),
            (
                "Dear Customer",
                13,
                "Sehr geehrte Kundin, sehr geehrter Kunde",
            ),
        ] {
            let found = ENGLISH_TO_GERMAN.at_start(text);
            assert_eq!(found, Some((length, expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn other_sentences_are_not_salutations() {
        for text in [
            "Dear me, what a mess!",
            "Dear oh dear.",
            "Dear",
            "Dear ,",
            "Dear and,",
            "Dear Mr.,",
            "Dear Anna works here.",
            "My dear Anna,",
            "Dear Anna Bell Mary Jane Smith,",
        ] {
            assert_eq!(ENGLISH_TO_GERMAN.at_start(text), None, "{text}");
        }
    }
}
