//! Nouns with their articles.

/// A noun of the domain. German nouns have a gender and a genitive.
pub struct Noun {
    /// In English.
    pub english: &'static str,
    /// In German.
    pub german: &'static str,
    /// The ending of the German genitive.
    genitive: &'static str,
    gender: Gender,
}

#[derive(Clone, Copy)]
enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

const fn masculine(english: &'static str, german: &'static str) -> Noun {
    Noun {
        english,
        german,
        genitive: "s",
        gender: Gender::Masculine,
    }
}

const fn feminine(english: &'static str, german: &'static str) -> Noun {
    Noun {
        english,
        german,
        genitive: "",
        gender: Gender::Feminine,
    }
}

const fn neuter(english: &'static str, german: &'static str) -> Noun {
    Noun {
        english,
        german,
        genitive: "s",
        gender: Gender::Neuter,
    }
}

/// Appliances that can be switched on and off.
pub const APPLIANCES: [Noun; 20] = [
    masculine("oven", "Backofen"),
    masculine("fridge", "Kühlschrank"),
    masculine("freezer", "Gefrierschrank"),
    masculine("dishwasher", "Geschirrspüler"),
    feminine("washing machine", "Waschmaschine"),
    masculine("dryer", "Trockner"),
    feminine("coffee machine", "Kaffeemaschine"),
    feminine("microwave", "Mikrowelle"),
    neuter("hob", "Kochfeld"),
    feminine("extractor hood", "Dunstabzugshaube"),
    masculine("kettle", "Wasserkocher"),
    masculine("toaster", "Toaster"),
    feminine("heating", "Heizung"),
    feminine("air conditioner", "Klimaanlage"),
    masculine("vacuum cleaner", "Staubsauger"),
    feminine("lamp", "Lampe"),
    neuter("light", "Licht"),
    neuter("radio", "Radio"),
    masculine("fan", "Ventilator"),
    feminine("alarm system", "Alarmanlage"),
];

/// Parts of appliances.
pub const PARTS: [Noun; 12] = [
    feminine("door", "Tür"),
    masculine("filter", "Filter"),
    feminine("drawer", "Schublade"),
    masculine("water tank", "Wassertank"),
    masculine("lid", "Deckel"),
    feminine("drum", "Trommel"),
    feminine("drip tray", "Abtropfschale"),
    neuter("display", "Display"),
    neuter("grid", "Gitter"),
    masculine("sensor", "Sensor"),
    feminine("pump", "Pumpe"),
    feminine("battery", "Batterie"),
];

/// Rooms with appliances.
pub const ROOMS: [Noun; 8] = [
    feminine("kitchen", "Küche"),
    neuter("living room", "Wohnzimmer"),
    neuter("bedroom", "Schlafzimmer"),
    neuter("bathroom", "Badezimmer"),
    masculine("cellar", "Keller"),
    feminine("garage", "Garage"),
    masculine("hall", "Flur"),
    neuter("office", "Büro"),
];

/// Names of programs, as printed on a dial.
pub const PROGRAMS: [(&str, &str); 11] = [
    ("Cotton", "Baumwolle"),
    ("Wool", "Wolle"),
    ("Quick wash", "Kurzwäsche"),
    ("Delicates", "Feinwäsche"),
    ("Synthetics", "Pflegeleicht"),
    ("Hot air", "Heißluft"),
    ("Top and bottom heat", "Ober- und Unterhitze"),
    ("Grill", "Grill"),
    ("Defrost", "Auftauen"),
    ("Steam", "Dampf"),
    ("Night", "Nacht"),
];

impl Noun {
    /// The German noun with its article. `case` is the masculine form of the article: der, den,
    /// dem, des.
    pub fn with_article(&self, case: &str) -> String {
        let article = match (case, self.gender) {
            ("der", Gender::Masculine) => "der",
            ("der" | "den", Gender::Feminine) => "die",
            ("der" | "den", Gender::Neuter) => "das",
            ("den", Gender::Masculine) => "den",
            ("dem", Gender::Masculine | Gender::Neuter) => "dem",
            ("dem" | "des", Gender::Feminine) => "der",
            ("des", Gender::Masculine | Gender::Neuter) => "des",
            // "in" and "dem" are contracted.
            ("im", Gender::Masculine | Gender::Neuter) => "im",
            ("im", Gender::Feminine) => "in der",
            (other, _) => unreachable!("unknown case {other:?}"),
        };
        let ending = if case == "des" { self.genitive } else { "" };
        format!("{article} {}{ending}", self.german)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_gender_and_case() {
        let [oven, machine, light] = [&APPLIANCES[0], &APPLIANCES[4], &APPLIANCES[16]];
        for (noun, case, expected) in [
            (oven, "der", "der Backofen"),
            (oven, "den", "den Backofen"),
            (oven, "dem", "dem Backofen"),
            (oven, "des", "des Backofens"),
            (machine, "den", "die Waschmaschine"),
            (machine, "dem", "der Waschmaschine"),
            (machine, "des", "der Waschmaschine"),
            (light, "den", "das Licht"),
            (light, "des", "des Lichts"),
            (&ROOMS[0], "im", "in der Küche"),
            (&ROOMS[1], "im", "im Wohnzimmer"),
        ] {
            assert_eq!(noun.with_article(case), expected);
        }
    }
}
