//! What is protected: a table of rules, each with examples that a test holds it to.
//!
//! A rule's pattern is a regular expression of ASCII classes, so that all of them together compile fast. Where two
//! match at one place, the earlier rule wins. No pattern runs past a sign that can begin it again, which keeps the
//! search linear. One table, and therefore longer than other files.

use crate::protect::clues::Clues;

/// What must hold around a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// No letter or digit before it or after it.
    Word,
    /// No letter or digit before it; letters of any script after it belong to it.
    Letters,
    /// As [`Self::Word`], only where the pair of languages has a translation for it.
    Translated,
    /// Nothing before it but white space and opening signs. Punctuation at its end is the sentence's.
    Address,
    /// Nothing.
    Any,
}

/// The clues without which a rule cannot match.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    all: Clues,
    any: Clues,
}

impl Needs {
    /// Whether a text with these clues can have a match.
    pub(crate) const fn met_by(self, clues: Clues) -> bool {
        clues.has_all(self.all) && clues.has_any(self.any)
    }
}

const fn any(any: Clues) -> Needs {
    all_and_any(Clues::NONE, any)
}

const fn all_and_any(all: Clues, any: Clues) -> Needs {
    Needs { all, any }
}

/// A kind of span that comes through unchanged.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) edge: Edge,
    /// What a text has in which it can match.
    pub(crate) needs: Needs,
    pub(crate) pattern: &'static str,
    /// Texts with the spans that are found in them, in brackets ⟦ ⟧.
    #[cfg_attr(not(test), allow(dead_code, reason = "the test reads it"))]
    pub(crate) examples: &'static [&'static str],
}

const fn rule(
    name: &'static str,
    edge: Edge,
    needs: Needs,
    pattern: &'static str,
    examples: &'static [&'static str],
) -> Rule {
    Rule {
        name,
        edge,
        needs,
        pattern,
        examples,
    }
}

/// The rules, in order of precedence.
pub(crate) const RULES: &[Rule] = &[
    // What a terminal reads: colours, and letters that are struck over each other.
    rule(
        "control",
        Edge::Any,
        any(Clues::CONTROL),
        r"\x1B(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\))|(?:[A-Za-z0-9_]\x08[A-Za-z0-9])+",
        &[
            "⟦\x1B[1;31m⟧Error⟦\x1B[0m⟧: no file",
            "⟦\x1B]0;title\x07⟧ready",
            "⟦N\x08NA\x08AM\x08ME\x08E⟧ here",
        ],
    ),
    // Code and markup.
    rule(
        "code",
        Edge::Any,
        any(Clues::MARKUP),
        r"```[^`]+```|``[^`]+(?:`[^`]+)*``|`[^`]+`",
        &[
            "a ⟦``b `c` d``⟧ e",
            "Run ⟦`cargo test`⟧ now.",
            "a ⟦``x. Y``⟧ b",
            "one ` tick",
        ],
    ),
    rule(
        "template",
        Edge::Any,
        any(Clues::MARKUP.or(Clues::AT).or(Clues::LOW_OR_HIGH_LINE)),
        r"\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}|\$\{\{[^{}]*\}\}|[$#%@]?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|<%[^<>]*%>|\[\[[^\[\]]*\]\]|\$\([^()]*\)|__[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*__|@@[A-Za-z0-9_]+@@|\$t\([^()]*\)|@:(?:[a-z]+:)?[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*",
        &[
            "Hello ⟦{name}⟧!",
            "⟦{{ user.name }}⟧ has ⟦{0}⟧ of ⟦{total:.2f}⟧",
            "⟦${HOME}⟧ and ⟦$(pwd)⟧",
            "⟦{count, plural, one {# file} other {# files}}⟧ left",
            "⟦{{{raw}}}⟧ ⟦<%= name %>⟧ ⟦#{value}⟧ ⟦%{count}⟧ ⟦[[link]]⟧ ⟦__NAME__⟧ ⟦${{ secrets.KEY }}⟧",
            "an open { brace",
            "see ⟦$t(errors.network)⟧ and ⟦@:common.save⟧",
        ],
    ),
    // "v{version}", "x{count}": the letter belongs to what is filled in.
    rule(
        "template",
        Edge::Word,
        any(Clues::MARKUP),
        r"[vx×]\{[^{}]*\}",
        &["Update to ⟦v{version}⟧, then ⟦x{count}⟧."],
    ),
    rule(
        "variable",
        Edge::Word,
        any(Clues::MARKUP),
        r"%[A-Za-z_][A-Za-z0-9_]{2,}%",
        &["Hello ⟦%name%⟧, in ⟦%APPDATA%⟧ there"],
    ),
    rule(
        "printf",
        Edge::Any,
        any(Clues::MARKUP),
        r"%<[A-Za-z0-9_]+>[-+#0]*[0-9.]*[a-z]|%(?:\([A-Za-z0-9_]+\)|[0-9]+\$)?[-+#0']*(?:[0-9]+|\*)?(?:\.(?:[0-9]+|\*))?(?:hh|h|ll|l|q|j|z|t|L)?[diouxXeEfFgGcspn@]|%%|[0-9]+(?:[.,][0-9]+)?%%|%L?[0-9]{1,2}",
        &[
            "⟦%s⟧ of ⟦%d⟧",
            "⟦%(name)s⟧ has ⟦%1$s⟧ and ⟦%-5.2f⟧, ⟦%ld⟧, ⟦%@⟧",
            "Copy ⟦%1⟧ to ⟦%2⟧, ⟦%<count>d⟧ or ⟦%'d⟧ files",
            "⟦100%⟧ done",
            "⟦50%⟧ of us, ⟦50%%⟧ left",
        ],
    ),
    rule(
        "variable",
        Edge::Word,
        any(Clues::MARKUP),
        r"\$[A-Za-z_][A-Za-z0-9_]*",
        &["Set ⟦$PATH⟧ first."],
    ),
    rule(
        "tag",
        Edge::Any,
        any(Clues::MARKUP),
        r"</?[A-Za-z][A-Za-z0-9:_.-]*(?:\s[^<>]*)?/?>|</?[0-9]{1,2} ?/?>|<!--[^<>]*-->|<!\[CDATA\[|\]\]>|<[?!][A-Za-z][^<>]*>|&lt;/?[A-Za-z][^<>&]*/?&gt;",
        &[
            "a ⟦<b>⟧bold⟦</b>⟧ word⟦<br/>⟧",
            "⟦<a href=\"x y\">⟧link⟦</a>⟧",
            "3 < 5 and 6 > 4",
            "read the ⟦<0>⟧terms⟦</0>⟧ and⟦<1/>⟧",
            "⟦<!-- note -->⟧ text",
            "⟦&lt;b&gt;⟧bold⟦&lt;/b&gt;⟧ ⟦&lt;⟧text",
        ],
    ),
    rule(
        "tag",
        Edge::Any,
        any(Clues::MARKUP),
        r"\[/?(?:b|i|u|s|url|img|quote|code|size|color|list|center|font|spoiler|table|tr|td|\*)(?:=[^\[\]\s]+)?\]",
        &["⟦[b]⟧bold⟦[/b]⟧ and ⟦[url=http://x.y]⟧a link⟦[/url]⟧, [laughs]"],
    ),
    rule(
        "identifier",
        Edge::Word,
        any(Clues::MARKUP),
        r"[A-Z]{1,4}&amp;[A-Z]{1,4}",
        &["⟦AT&amp;T⟧ is here."],
    ),
    rule(
        "entity",
        Edge::Any,
        any(Clues::MARKUP),
        r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});",
        &["Tom ⟦&amp;⟧ Jerry⟦&#39;⟧s", "Tom & D; more"],
    ),
    // Addresses.
    rule(
        "address in brackets",
        Edge::Any,
        any(Clues::MARKUP),
        r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,15}:(?://)?[^\s<>]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)>",
        &["Anna Smith ⟦<anna@x.com>⟧ and Bob ⟦<bob@y.org>⟧ wrote ⟦<https://a.b/c>⟧."],
    ),
    rule(
        "url",
        Edge::Address,
        any(Clues::COLON.or(Clues::DOT)),
        r#"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|(?:mailto|tel|data|magnet|urn|doi):|www\.|WWW\.)[^\s<>"“”„»«`{}|\\^]+"#,
        &[
            "See ⟦https://example.org/a?b=c&d=1#e⟧.",
            "(⟦http://a.de/x_(y)⟧)",
            "⟦ftp://h/x⟧, ⟦mailto:a@b.de⟧; ⟦www.example.com⟧!",
            "Is it ⟦https://a.b/c⟧? Or ⟦WWW.EXAMPLE.COM⟧?",
        ],
    ),
    rule(
        "email",
        Edge::Address,
        any(Clues::AT),
        r"[A-Za-z0-9._%+-]+@(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::[A-Za-z0-9_.~/-]*[A-Za-z0-9_/-])?",
        &[
            "clone ⟦git@github.com:a/b.git⟧, or: ⟦a@b.de⟧: yes",
            "Write to ⟦max.m+1@mail.example.de⟧ or ⟦root@localhost⟧.",
        ],
    ),
    rule(
        "path",
        Edge::Address,
        any(Clues::SLASH),
        r#"[A-Za-z]:/[A-Za-z0-9_.@+~-]+(?:/[A-Za-z0-9_.@+~-]+)*/?|[A-Za-z]:\\(?:[^\s"<>|*?:\\]+\\|[A-Z][A-Za-z0-9_()-]*(?: [A-Za-z0-9_()-]+){1,3}\\)*[^\s"<>|*?]*|(?:[A-Za-z0-9_.-]+\\)+[A-Za-z0-9_-]+\.[A-Za-z0-9]{1,6}(?-u:\b{end-half})|\\\\[A-Za-z0-9._-]+\\[^\s"<>|*?]+|(?:~|\.{1,2})?/[A-Za-z0-9_.@+~-]+(?:/[A-Za-z0-9_.@+~*-]+)*/?|~/|\.{1,2}/|[A-Za-z0-9_.@-]+(?:/[A-Za-z0-9_.@*-]+)+(?:\.[A-Za-z0-9]{1,6}|/)(?-u:\b{end-half})"#,
        &[
            "Open ⟦/etc/hosts⟧ or ⟦D:/data/x.csv⟧.",
            "in ⟦~/.config/app.toml⟧ and ⟦./run.sh⟧, ⟦../x⟧",
            r"⟦C:\Users\me\a.txt⟧ or ⟦\\server\share⟧",
            r"⟦C:\Program Files\My App\a.exe⟧ and ⟦bin\x64\a.dll⟧, ⟦C:\a⟧ or ⟦D:\b⟧; say⟦\n⟧hello",
            "edit ⟦src/main.rs⟧ and/or ⟦a/b/c.d⟧",
            "his/her ⟦5 km/h⟧, on/off/auto",
        ],
    ),
    rule(
        "file",
        Edge::Word,
        any(Clues::DOT),
        r"(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\.(?:txt|md|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|jsonl|ya?ml|toml|xml|html?|css|scss|js|mjs|ts|tsx|jsx|rs|py|c|h|cpp|hpp|cs|go|java|kt|rb|php|sh|bat|ps1|exe|dll|so|zip|gz|xz|zst|tar|rar|7z|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|flac|mkv|avi|log|ini|cfg|conf|lock|sql|db|srt|vtt|po|epub|iso|img|deb|rpm|apk)",
        &[
            "Save ⟦report_2.final.pdf⟧, please.",
            "Edit ⟦Cargo.toml⟧ or all ⟦*.txt⟧ now.",
        ],
    ),
    rule(
        "domain",
        Edge::Address,
        any(Clues::DOT),
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:com|org|net|io|dev|app|info|gov|edu|eu|de|at|ch|uk|us|fr|nl|it|es|pl|se|no|dk|fi|cz|be|ca|jp|cn|tv|me|ai|xyz|wiki|COM|ORG|NET|INFO|DE|AT|CH|EU|CO\.UK)(?:/[A-Za-z0-9._~/?#@!$&*+=%-]*)?",
        &[
            "In capitals: ⟦EXAMPLE.COM⟧.",
            "Visit ⟦example.com⟧ or ⟦docs.example.io/a?b⟧.",
        ],
    ),
    rule(
        "handle",
        Edge::Letters,
        any(Clues::AT.or(Clues::HASH)),
        r"[@#][A-Za-z0-9_À-ɏ]+(?:[.-][A-Za-z0-9_À-ɏ]+)*",
        &["⟦@anna_b⟧ likes ⟦#Übung⟧ and ⟦#rust2024⟧.", "ask ⟦@bob⟧."],
    ),
    rule(
        "option",
        Edge::Address,
        any(Clues::DASH.or(Clues::EQUALS).or(Clues::BANG)),
        r"--[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*(?:=[^\s,;]+)?|-(?:[a-z]{1,2}|[A-Z])(?:/--[a-z][a-z0-9-]*|=[^\s,;]+)?(?-u:\b{end-half})|![a-z]+|\?[a-z_]+=[^\s,;]+|[a-z_]{2,}=[^\s,;]+",
        &[
            "Use ⟦--dry-run⟧ or ⟦-v⟧.",
            "well-known",
            "set ⟦key=value⟧ or ⟦?id=5⟧, ⟦!important⟧, ⟦lat=52.5&lon=13.4⟧, ⟦-i/--input⟧",
            "⟦--level=9⟧",
            "-What? -Come here.",
        ],
    ),
    rule(
        "keys",
        Edge::Word,
        any(Clues::DASH.or(Clues::PLUS)),
        r"(?:Ctrl|CTRL|Control|Alt|ALT|Shift|SHIFT|Cmd|CMD|Command|Win|WIN|Super|Meta|AltGr|Strg|STRG|Umschalt|Fn|FN)(?:(?:[+-]| \+ )(?:[A-Z][a-z]+|F[0-9]{1,2}|DEL|TAB|ESC|ENTER|[A-Z0-9]))+",
        &["Press ⟦Ctrl+Shift+P⟧ or ⟦CTRL+C⟧ now, ⟦Ctrl + F4⟧ then."],
    ),
    rule(
        "identifier",
        Edge::Word,
        any(Clues::PAREN
            .or(Clues::COLON)
            .or(Clues::LOW_OR_HIGH_LINE)
            .or(Clues::INNER_CAPITAL)
            .or(Clues::PLUS)
            .or(Clues::HASH)
            .or(Clues::NOT_ASCII)
            .or(Clues::MARKUP)
            .or(Clues::DASH)
            .or(Clues::APOSTROPHE)),
        r"[A-Za-z_][A-Za-z0-9_]*(?:(?:::|->|\.)[A-Za-z_][A-Za-z0-9_]*)*\(\)|[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)+|[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|_[A-Za-z0-9_]+|[a-z]+[A-Z][A-Za-z0-9]*|[A-Z][a-z]+[A-Z][A-Za-z0-9]*|[A-Z]\+\+|[CF]#|[A-Z]{1,3}[0-9]{1,4}:[A-Z]{1,3}[0-9]{1,4}|[A-Z][A-Za-z]{0,3}[₀-₉]+[A-Za-z₀-₉]*|[A-Z]{1,4}&[A-Z]{1,4}|[A-Z] & [A-Z]|[A-Z][a-z]+&[A-Z][a-z]+|[OD]['’][A-Z][a-z]+|[fghpqP]\([A-Za-z0-9](?:, ?[A-Za-z0-9])*\)|[A-Za-z_][A-Za-z0-9_]*->[A-Za-z_][A-Za-z0-9_]*",
        &[
            "call ⟦main()⟧ or ⟦std::fs::read⟧",
            "the ⟦user_name⟧ of ⟦iPhone⟧ and ⟦camelCase⟧, ⟦MAX_SIZE⟧",
            "⟦GitHub⟧ and ⟦McDonald⟧, ⟦C++⟧ or ⟦C#⟧",
            "⟦AT&T⟧ does ⟦R&D⟧ and ⟦Q & A⟧, Tom & Jerry do not.",
            "⟦CO₂⟧ and ⟦H₂SO₄⟧, cells ⟦A1:B2⟧",
            "⟦O'Hara⟧ plays ⟦Rock&Roll⟧, ⟦f(x)⟧ is ⟦a->b⟧.",
        ],
    ),
    // Numbers with a word or a form of their own.
    rule(
        "label",
        Edge::Translated,
        any(Clues::STOP_DIGIT.or(Clues::ROMAN)),
        r"(?:Nos?|nos?|NOS?|PP?|FIGS?|VOLS?|[Pp]p?|[Ff]igs?|[Vv]ols?|[Cc]hap|[Cc]h|Sec|[Tt]ab|[Ee]q|[Aa]rt|[Pp]ara)\.[ \u{A0}\u{202F}]?[0-9]+(?:[-–][0-9]+|(?:\([a-z0-9]{1,4}\))+(?:[-–](?:\([a-z0-9]{1,4}\))+)?)?|(?:Chapter|Part|Appendix|Volume|Act|Phase|Annex|CHAPTER|APPENDIX|VOLUME|PHASE|ANNEX) [IVX]{1,6}|(?:Section|Article|Book|Type|Level|Class|PART|ACT|SECTION|ARTICLE|BOOK|TYPE|LEVEL|CLASS) [IVX]{2,6}",
        &[
            "⟦Chapter IV⟧ and ⟦PART II⟧, THE CLASS I TEACH, the part I like, ⟦Sec. 3(b)(ii)⟧ and ⟦Art. 5(a)–(c)⟧",
            "⟦No. 5⟧ is alive, see ⟦p. 12⟧ and ⟦Figs. 2-4⟧.",
            "No. Five is dead. No, 5.",
            "ORDER ⟦NO. 5⟧",
        ],
    ),
    rule(
        "written date",
        Edge::Translated,
        all_and_any(Clues::DIGIT, Clues::CALENDAR),
        // Day and month in any order, in capitals too. A match that is not a date gets no translation, and is not a span.
        r"(?:[0-9]{1,2}(?:[-–][0-9]{1,2})?(?i-u:st|nd|rd|th)?[ \u{A0}](?i-u:of[ ])?)?(?i-u:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)(?:[ \u{A0}][0-9]{1,2}(?:[-–][0-9]{1,2})?(?i-u:st|nd|rd|th)?)?(?:,?[ \u{A0}][0-9]{4})?",
        &[
            "On ⟦12 March 2027⟧ or ⟦Mar. 3rd, 1999⟧, the ⟦3rd of May⟧.",
            "⟦May 12-15⟧ is fine. It may 5 times.",
            "ON ⟦1 MAY 2024⟧, ⟦MAY 5, 2024⟧, in ⟦May 2024⟧",
        ],
    ),
    rule(
        "weekdays",
        Edge::Translated,
        any(Clues::CALENDAR),
        r"(?:Mon|Tues?|Wed|Thurs?|Thu|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)\.?[ ]?[-–][ ]?(?:Mon|Tues?|Wed|Thurs?|Thu|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)|(?:Mon|Tues?|Wed|Thurs?|Thu|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)\.?[ ][0-9]{1,2}(?:[:.][0-9]{2})?(?:[ ]?[-–][ ]?[0-9]{1,2}(?:[:.][0-9]{2})?|:[0-9]{2})",
        &["open ⟦Mon–Fri⟧ and ⟦Sat 10–14⟧, ⟦Sun 9:30⟧, ⟦MON-FRI⟧. Sat. is fine."],
    ),
    rule(
        "clock",
        Edge::Word,
        any(Clues::DIGIT),
        r"(?:[0-9]{1,2}(?:[:.][0-9]{2})?[ \u{A0}\u{202F}]?(?:[apAP]\.[ ]?[mM]\.?|[ap]m|[AP]M)?[ \u{A0}\u{202F}]?[-–][ \u{A0}\u{202F}]?)?[0-9]{1,2}(?:[:.][0-9]{2})?[ \u{A0}\u{202F}]?(?:[apAP]\.[ ]?[mM]\.?|[ap]m|[AP]M)",
        &[
            "at ⟦3 p.m.⟧ or ⟦10:30am⟧, ⟦7 PM⟧",
            "open ⟦9-11 a.m.⟧ and ⟦1:30 pm – 5 pm⟧, not at ⟦6 p.m⟧",
        ],
    ),
    rule(
        "date",
        Edge::Word,
        all_and_any(Clues::DIGIT, Clues::DASH.or(Clues::DOT).or(Clues::SLASH)),
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})",
        &[
            "on ⟦2026-11-28⟧ at ⟦2026-11-28T06:30:00Z⟧",
            "am ⟦24.12.2025⟧, ⟦3/14/15⟧",
        ],
    ),
    rule(
        "address",
        Edge::Word,
        any(Clues::COLON
            .or(Clues::DASH)
            .or(Clues::DOT)
            .or(Clues::LETTER_DIGIT)
            .or(Clues::CAPITALS)),
        r"localhost:[0-9]{2,5}|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,7}:(?:[0-9A-Fa-f]{1,4})?|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+|/[0-9]+)?|[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|(?:BIC|SWIFT)(?: code)?:? [A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        &[
            "ping ⟦192.168.0.1⟧ or ⟦10.0.0.0/8⟧",
            "⟦fe80::1⟧ is ⟦de:ad:be:ef:00:01⟧, ⟦localhost:3000⟧",
            "id ⟦123e4567-e89b-12d3-a456-426614174000⟧",
            "London ⟦NW1 6XE⟧, UK. ⟦BIC: COBADEFFXXX⟧",
        ],
    ),
    rule(
        "price",
        Edge::Word,
        all_and_any(
            Clues::DIGIT,
            Clues::MARKUP.or(Clues::NOT_ASCII).or(Clues::CAPITALS),
        ),
        r"(?:(?:US|AU|CA|NZ|HK|A|C|R)?\$|[€£¥₹₽₩₺₴₿฿₫¢])[ \u{A0}\u{202F}]?[-–]?[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*(?:,-|[.]-)?(?:[ \u{A0}]?(?:[kKMB]|bn|mn))?(?:[ ]?[-–—][ ]?(?:(?:US|AU|CA|NZ|HK|A|C|R)?\$|[€£¥₹₽₩₺₴₿฿₫¢])?[0-9]+(?:[.,][0-9]+)*(?:[kKMB]|bn|mn)?)?(?:/[a-z]+)?|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|BTC)[ \u{A0}\u{202F}]?[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*|(?:[0-9]+(?:[.,][0-9]+)*[ ]?[€£$%]?[ ]?[-–—][ ]?)?[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*(?:,-)?[ \u{A0}\u{202F}]?(?:[€£¥₹₽₩₺₴₿฿₫¢$]|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|BTC))",
        &[
            "It costs ⟦€5⟧, ⟦$1,234.56⟧ or ⟦5 €⟧.",
            "⟦1.234,56 €⟧ und ⟦EUR 20⟧, ⟦50 USD⟧, ⟦US$ 3⟧, ⟦£2.5bn⟧, ⟦19,-€⟧",
            "⟦99¢⟧ each",
            "from ⟦€10–€15⟧, ⟦$5-$10⟧, ⟦5–10 €⟧ or ⟦$5 - 7⟧",
        ],
    ),
    rule(
        "phone",
        Edge::Word,
        all_and_any(
            Clues::DIGIT,
            Clues::DASH
                .or(Clues::PLUS)
                .or(Clues::PAREN)
                .or(Clues::SLASH)
                .or(Clues::SPACED_DIGITS),
        ),
        r"\+?1-8[0-9]{2}-[A-Z]{4,8}|\+[0-9]{1,3}(?:[ ./\u{A0}-]?\(?[0-9]+\)?)+|\([0-9]{2,5}\)[ -]?[0-9]{2,}(?:[ -][0-9]{2,})*|0[0-9]{1,4}[ /-][0-9]{2,}(?:[ -][0-9]{2,})*|[0-9]{2,5}(?:-[0-9]{2,5}){2,}|[0-9]{3}-[0-9]{4}",
        &[
            "Call ⟦+49 (0)30 123456⟧ or ⟦(555) 123-4567⟧.",
            "⟦030 1234567⟧, ⟦555-123-4567⟧, ⟦555-0123⟧, ⟦+1-800-555-0199⟧, ⟦+1-800-FLOWERS⟧",
        ],
    ),
    rule(
        "time",
        Edge::Word,
        all_and_any(Clues::DIGIT, Clues::COLON),
        r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,3})?(?: ?[-–] ?[0-9]{1,2}:[0-9]{2})?",
        &["at ⟦10:30⟧ or ⟦7:05:09⟧, ⟦12:00–13:00⟧"],
    ),
    rule(
        "version",
        Edge::Word,
        all_and_any(Clues::DIGIT, Clues::DOT.or(Clues::LETTER_DIGIT)),
        r"[0-9]+(?:\.[0-9]+)*\.x|[vV][0-9]+(?:\.[0-9]+)*(?:-[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)?|[0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-+][A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*)?",
        &["⟦macOS⟧ ⟦14.x⟧", "use ⟦v2⟧, ⟦v1.2.3-rc.1⟧ or ⟦1.95.0⟧."],
    ),
    rule(
        "feet",
        Edge::Word,
        all_and_any(Clues::DIGIT, Clues::APOSTROPHE.or(Clues::NOT_ASCII)),
        r#"[0-9]{1,2}['’′][ ]?[0-9]{1,2}(?:[.][0-9]+|[ ]?[½¼¾])?(?:["”″]|'')?"#,
        &["He is ⟦5'11\"⟧ tall, she is ⟦5' 7⟧, or ⟦6' 2''⟧."],
    ),
    rule(
        "inches",
        Edge::Letters,
        all_and_any(Clues::DIGIT, Clues::QUOTE.or(Clues::NOT_ASCII)),
        r#"[0-9]+(?:[.,][0-9]+)?(?:[ -]?[½¼¾]|[ -][0-9]/[0-9]{1,2}|/[0-9]{1,2})?(?:''|["″”])(?: ?[x×] ?[0-9]+(?:[.,][0-9]+)?(?:''|["″”]))*|[0-9]+(?:[.,][0-9]+)?[′']"#,
        &[
            "It is ⟦12\"⟧ long, ⟦55\"⟧. A ⟦15.6\"⟧ laptop, ⟦1 1/2\"⟧ or ⟦3/4\"⟧, ⟦10\"x5\"x3\"⟧, ⟦10'⟧ by ⟦12'⟧",
            "He said \"I am 12\" and 'It is 10' to me.",
        ],
    ),
    rule(
        "comparison",
        Edge::Word,
        all_and_any(
            Clues::DIGIT,
            Clues::EQUALS.or(Clues::MARKUP).or(Clues::NOT_ASCII),
        ),
        r"[A-HJ-Za-hj-tv-z](?:_?[0-9])? ?(?:[≥≤≠≈=<>]|[<>=!]=) ?[-−]?[0-9]+(?:[.,][0-9]+)*",
        &["if ⟦y ≥ 10⟧ and ⟦x1 = -5.5⟧, ⟦p<0.05⟧"],
    ),
    rule(
        "power",
        Edge::Word,
        all_and_any(
            Clues::DIGIT,
            Clues::LOW_OR_HIGH_LINE.or(Clues::DIGIT_LETTER),
        ),
        r"[-+−±]?[0-9]*[.]?[0-9]+(?:[eE][-+]?[0-9]+|[ ]?[×x*][ ]?10\^[-−]?[0-9]+)(?:[ ](?:m|s|g|kg|mol|A|K|V|W|J|N|Hz|Pa))?|[0-9]+\^[-−]?[0-9]+",
        &["⟦1e-9 m⟧ or ⟦1.5e-3⟧, ⟦1.5×10^-3⟧, ⟦2^10⟧"],
    ),
    rule(
        "measure",
        Edge::Word,
        any(Clues::DIGIT),
        r"[0-9]+(?:[.,][0-9]+)?(?: ?[x×] ?[0-9]+(?:[.,][0-9]+)?)+(?: ?(?:mm|cm|m|km|px|in|ft|ml|cl|l|kg|g|mg|k?V|k?W|Hz|GB|MB))?|(?:[-−]?[0-9]+(?:[.,][0-9]+)*[ ]?(?:%|°C?|kg|g|km|m|cm|mm|ml|l)?[ ]?[-–—][ ]?)?[-+−±~≈]?[0-9]+(?:[.,][0-9]+)*[ \u{A0}\u{202F}]?(?:%|‰|° ?[NSEW]|°[CF]?|fl oz|[kMGTPm]?Hz|[kMGT]i?B|[kMG]?bit/s|[kM]?bps|[kmM]?Wh?|[kM]?V|mAh?|Ah|[km]?Pa|hPa|dB|dpi|fps|rpm|px|[kmcdnµμ]?m[²³]|[mk]?g/[lL]|[kmcnµμ]?m/[hs]|km/h|mph|[µμm]?[gl]/d|ppm|[kmµμ]?g|KG|[kmcdnµμ]?m|KM|[mcd]?[lL]|lbs?|oz|ft|t|min|h|s)",
        &[
            "⟦5%⟧ at ⟦20 °C⟧, ⟦100 km/h⟧ and ⟦3.5 GHz⟧ on ⟦12 m²⟧",
            "⟦-4°C⟧ outside, ⟦16GB⟧ inside, ⟦10 × 20 cm⟧, ⟦52.5° N⟧",
            "⟦5 kg⟧ of it, ⟦12 m⟧ long, ⟦330 ml⟧, 5 more",
            "⟦10-20%⟧ cheaper, ⟦5 kg–10 kg⟧, ⟦10—12 lbs⟧ or ⟦5%–7%⟧",
        ],
    ),
    rule(
        "roman",
        Edge::Word,
        any(Clues::CAPITALS),
        r"(?:II|III|IV|VI{1,3}|IX|XI{1,3}|XIV|XVI{0,3}|XIX|XXI?)",
        &["Charles ⟦III⟧ and Henry ⟦VIII⟧, I and X"],
    ),
    rule(
        "code number",
        Edge::Word,
        all_and_any(
            Clues::DIGIT,
            Clues::LETTER_DIGIT
                .or(Clues::DIGIT_LETTER)
                .or(Clues::DASH)
                .or(Clues::CAPITALS)
                .or(Clues::NOT_ASCII),
        ),
        r"0x[0-9A-Fa-f]+|[A-Z]{2}[ \u{A0}]?[0-9]{2,4}|[A-Za-z]+[0-9][A-Za-z0-9]*(?:[-_./][A-Za-z0-9]+)*|[A-Z]+-[0-9]+[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|[0-9]+[A-Za-z]+[0-9][A-Za-z0-9]*(?:[-_./][A-Za-z0-9]+)*|[0-9]+[A-Za-z]{1,3}|[0-9]+[A-F][A-Z0-9]+(?:-[A-Z0-9]+)*",
        &[
            "flight ⟦LH123⟧ or ⟦BA 456⟧, an ⟦A320⟧ and ⟦COVID-19⟧",
            "⟦0xFF⟧, ⟦H2O⟧, ⟦mp3⟧, ⟦5km⟧, ⟦3D⟧, ⟦INV-2024-001⟧, ⟦a1b2c3d⟧",
            "the 1st, 2nd, 3rd and 21st of the 90s at ⟦3pm⟧",
        ],
    ),
    rule(
        "number",
        Edge::Word,
        any(Clues::DIGIT),
        r"[-+−±]?[0-9]{1,3}(?:[ \u{A0}\u{202F}'’][0-9]{3})+(?:[.,][0-9]+)?|[-+−±]?[0-9]+(?:[.,/:–—×x-][0-9]+)+|[-+−±]?[.][0-9]{1,2}|[-+−±]?[.,]?[0-9]{3,}",
        &[
            "⟦1,234⟧ or ⟦1 000 000⟧ and ⟦3.14⟧, ⟦1/2⟧, ⟦10-20⟧, ⟦10–20⟧, ⟦2024⟧",
            "I have 12 of 3.",
            "⟦6—8⟧ and ⟦.5⟧ of it",
            "in ⟦1999⟧.",
        ],
    ),
    rule(
        "clause",
        Edge::Word,
        any(Clues::PAREN),
        r"[0-9]+(?:\.[0-9]+)*(?:\([a-z0-9]{1,4}\))+(?:[-–](?:\([a-z0-9]{1,4}\))+)?|\([A-Z](?: ?[x×] ?[A-Z])+\)|\((?:[a-z]|[ivx]{2,5}|[0-9]{1,2})\)(?:[-–]\((?:[a-z]|[ivx]{2,5}|[0-9]{1,2})\))?",
        &[
            "under ⟦3(b)(ii)⟧, ⟦12(3)(b)⟧ and ⟦6(a)-(c)⟧, the file(s)",
            "size ⟦(W x H x D)⟧, both ⟦(i)⟧ here and ⟦(iii)⟧ there, (so) and (x y)",
        ],
    ),
    rule(
        "shortcode",
        Edge::Word,
        any(Clues::COLON),
        r":(?:[a-z][a-z0-9_+-]+|\+1|-1):",
        &["⟦:rocket:⟧ with ⟦:+1:⟧ for it", "Note: see: this"],
    ),
    rule(
        "variable",
        Edge::Address,
        any(Clues::COLON),
        r":(?:attribute|name|count|value|values|min|max|user|email|date|time|number|total|size|seconds|minutes|hours|days|other|format|input|file|url|id|title|amount|percent|page|role|app)",
        &["⟦:count⟧ items of ⟦:name⟧, shopping list :milk"],
    ),
    // Smileys of ASCII, and lists' arrows.
    rule(
        "smiley",
        Edge::Address,
        any(Clues::COLON
            .or(Clues::EQUALS)
            .or(Clues::DIGIT)
            .or(Clues::INNER_CAPITAL)
            .or(Clues::CAPITALS)
            .or(Clues::MARKUP)
            .or(Clues::LOW_OR_HIGH_LINE)
            .or(Clues::DASH)
            .or(Clues::SLASH)),
        r"[:;=8][-o^']?[)(\]\[DPp/\\|*]+|[xX]D|<3+|\^_?\^|-_-|[Oo]_[Oo]|=>|->|<-|<=>|\\o/",
        &["Nice ⟦:-)⟧ and ⟦;)⟧ ⟦<3⟧", "a ⟦->⟧ b"],
    ),
    rule(
        "operator",
        Edge::Any,
        any(Clues::MARKUP.or(Clues::EQUALS.or(Clues::SLASH))),
        r"&&|\|\||[=!<>]=|[\[(](?:[yY]/[nN]|[yY]es/[nN]o)[\])]",
        &["a ⟦&&⟧ b, c ⟦||⟧ d, ab ⟦<=⟧ 5, sure? ⟦[y/N]⟧ ⟦(y/n)⟧"],
    ),
    rule(
        "escape",
        Edge::Any,
        any(Clues::SLASH),
        r"\\(?:[A-Za-z]+\{[^{}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[abfnrtv0](?-u:\b{end-half})|(?:alpha|beta|gamma|delta|pi|sum|int|frac|cdot|times|leq|geq|neq)(?-u:\b{end-half})|[abfnrtv0])",
        &[r"a⟦\n⟧b ⟦\u00E9⟧ ⟦\textbf{x}⟧"],
    ),
];
