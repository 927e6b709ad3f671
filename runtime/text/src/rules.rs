//! What is protected: a table of rules, each with examples that a test holds it to.
//!
//! A rule's pattern is a regular expression of ASCII classes, so that all of them together compile fast. Where two
//! match at one place, the earlier rule wins. No pattern runs past a sign that can begin it again, which keeps the
//! search linear.

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

/// A kind of span that comes through unchanged.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) edge: Edge,
    pub(crate) pattern: &'static str,
    /// Texts with the spans that are found in them, in brackets ⟦ ⟧.
    #[cfg_attr(not(test), allow(dead_code, reason = "the test reads it"))]
    pub(crate) examples: &'static [&'static str],
}

const fn rule(
    name: &'static str,
    edge: Edge,
    pattern: &'static str,
    examples: &'static [&'static str],
) -> Rule {
    Rule {
        name,
        edge,
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
        r"```[^`]+```|``[^`]+``|`[^`]+`",
        &["Run ⟦`cargo test`⟧ now.", "a ⟦``x. Y``⟧ b", "one ` tick"],
    ),
    rule(
        "template",
        Edge::Any,
        r"\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}|\$\{\{[^{}]*\}\}|[$#%@]?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|<%[^<>]*%>|\[\[[^\[\]]*\]\]|\$\([^()]*\)|__[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*__|@@[A-Za-z0-9_]+@@",
        &[
            "Hello ⟦{name}⟧!",
            "⟦{{ user.name }}⟧ has ⟦{0}⟧ of ⟦{total:.2f}⟧",
            "⟦${HOME}⟧ and ⟦$(pwd)⟧",
            "⟦{count, plural, one {# file} other {# files}}⟧ left",
            "⟦{{{raw}}}⟧ ⟦<%= name %>⟧ ⟦#{value}⟧ ⟦%{count}⟧ ⟦[[link]]⟧ ⟦__NAME__⟧ ⟦${{ secrets.KEY }}⟧",
            "an open { brace",
        ],
    ),
    rule(
        "printf",
        Edge::Any,
        r"%(?:\([A-Za-z0-9_]+\)|[0-9]+\$)?[-+#0]*(?:[0-9]+|\*)?(?:\.(?:[0-9]+|\*))?(?:hh|h|ll|l|q|j|z|t|L)?[diouxXeEfFgGcspn@]|%%|%L?[0-9]{1,2}",
        &[
            "⟦%s⟧ of ⟦%d⟧",
            "⟦%(name)s⟧ has ⟦%1$s⟧ and ⟦%-5.2f⟧, ⟦%ld⟧, ⟦%@⟧",
            "Copy ⟦%1⟧ to ⟦%2⟧",
            "⟦100%⟧ done",
            "⟦50%⟧ of us",
        ],
    ),
    rule(
        "variable",
        Edge::Word,
        r"\$[A-Za-z_][A-Za-z0-9_]*|%[A-Z_][A-Z0-9_]*%",
        &["Set ⟦$PATH⟧ first.", "in ⟦%APPDATA%⟧ there"],
    ),
    rule(
        "tag",
        Edge::Any,
        r"</?[A-Za-z][A-Za-z0-9:_.-]*(?:\s[^<>]*)?/?>|<!--[^<>]*-->|<!\[CDATA\[|\]\]>|<[?!][A-Za-z][^<>]*>|&lt;/?[A-Za-z][^<>&]*/?&gt;",
        &[
            "a ⟦<b>⟧bold⟦</b>⟧ word⟦<br/>⟧",
            "⟦<a href=\"x y\">⟧link⟦</a>⟧",
            "3 < 5 and 6 > 4",
            "⟦<!-- note -->⟧ text",
            "⟦&lt;b&gt;⟧bold⟦&lt;/b&gt;⟧ ⟦&lt;⟧text",
        ],
    ),
    rule(
        "entity",
        Edge::Any,
        r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});",
        &["Tom ⟦&amp;⟧ Jerry⟦&#39;⟧s", "R & D; more"],
    ),
    // Addresses.
    rule(
        "url",
        Edge::Address,
        r#"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|(?:mailto|tel|data|magnet|urn|doi):|www\.)[^\s<>"“”„»«`{}|\\^]+"#,
        &[
            "See ⟦https://example.org/a?b=c&d=1#e⟧.",
            "(⟦http://a.de/x_(y)⟧)",
            "⟦ftp://h/x⟧, ⟦mailto:a@b.de⟧; ⟦www.example.com⟧!",
            "Is it ⟦https://a.b/c⟧?",
        ],
    ),
    rule(
        "email",
        Edge::Address,
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        &["Write to ⟦max.m+1@mail.example.de⟧."],
    ),
    rule(
        "path",
        Edge::Address,
        r#"[A-Za-z]:\\(?:[^\s"<>|*?:\\]+\\|[A-Z][A-Za-z0-9_()-]*(?: [A-Za-z0-9_()-]+){1,3}\\)*[^\s"<>|*?]*|(?:[A-Za-z0-9_.-]+\\)+[A-Za-z0-9_-]+\.[A-Za-z0-9]{1,6}(?-u:\b{end-half})|\\\\[A-Za-z0-9._-]+\\[^\s"<>|*?]+|(?:~|\.{1,2})?/[A-Za-z0-9_.@+~-]+(?:/[A-Za-z0-9_.@+~*-]+)*/?|~/|\.{1,2}/|[A-Za-z0-9_.@-]+(?:/[A-Za-z0-9_.@*-]+)+(?:\.[A-Za-z0-9]{1,6}|/)(?-u:\b{end-half})"#,
        &[
            "Open ⟦/etc/hosts⟧.",
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
        r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:txt|md|pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|json|jsonl|ya?ml|toml|xml|html?|css|scss|js|mjs|ts|tsx|jsx|rs|py|c|h|cpp|hpp|cs|go|java|kt|rb|php|sh|bat|ps1|exe|dll|so|zip|gz|xz|zst|tar|rar|7z|png|jpe?g|gif|svg|webp|mp[34]|wav|ogg|flac|mkv|avi|log|ini|cfg|conf|lock|sql|db|srt|vtt|po|epub|iso|img|deb|rpm|apk)",
        &[
            "Save ⟦report_2.final.pdf⟧, please.",
            "Edit ⟦Cargo.toml⟧ now.",
        ],
    ),
    rule(
        "domain",
        Edge::Address,
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:com|org|net|io|dev|app|info|gov|edu|eu|de|at|ch|uk|us|fr|nl|it|es|pl|se|no|dk|fi|cz|be|ca|jp|cn|tv|me|ai|xyz|wiki)(?:/[A-Za-z0-9._~/?#@!$&*+=%-]*)?",
        &["Visit ⟦example.com⟧ or ⟦docs.example.io/a?b⟧."],
    ),
    rule(
        "handle",
        Edge::Letters,
        r"[@#][A-Za-z0-9_À-ɏ]+(?:[.-][A-Za-z0-9_À-ɏ]+)*",
        &["⟦@anna_b⟧ likes ⟦#Übung⟧ and ⟦#rust2024⟧.", "ask ⟦@bob⟧."],
    ),
    rule(
        "option",
        Edge::Address,
        r"--?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*(?:=[^\s,;]+)?",
        &["Use ⟦--dry-run⟧ or ⟦-v⟧.", "well-known", "⟦--level=9⟧"],
    ),
    rule(
        "keys",
        Edge::Word,
        r"(?:Ctrl|Control|Alt|Shift|Cmd|Command|Win|Super|Meta|AltGr|Strg|Umschalt|Fn)(?:[+-](?:[A-Z][a-z]+|[A-Z0-9]))+",
        &["Press ⟦Ctrl+Shift+P⟧ now."],
    ),
    rule(
        "identifier",
        Edge::Word,
        r"[A-Za-z_][A-Za-z0-9_]*(?:(?:::|->|\.)[A-Za-z_][A-Za-z0-9_]*)*\(\)|[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)+|[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|_[A-Za-z0-9_]+|[a-z]+[A-Z][A-Za-z0-9]*|[A-Z][a-z]+[A-Z][A-Za-z0-9]*|[A-Z]\+\+|[CF]#|[A-Z]{1,4}&[A-Z]{1,4}",
        &[
            "call ⟦main()⟧ or ⟦std::fs::read⟧",
            "the ⟦user_name⟧ of ⟦iPhone⟧ and ⟦camelCase⟧, ⟦MAX_SIZE⟧",
            "⟦GitHub⟧ and ⟦McDonald⟧, ⟦C++⟧ or ⟦C#⟧",
            "⟦AT&T⟧ does ⟦R&D⟧, Tom & Jerry do not.",
        ],
    ),
    // Numbers with a word or a form of their own.
    rule(
        "label",
        Edge::Translated,
        r"(?:Nos?|nos?|[Pp]p?|[Ff]igs?|[Vv]ols?|[Cc]hap|[Cc]h|[Ss]ec|[Tt]ab|[Ee]q|[Aa]rt|[Pp]ara)\.[ \u{A0}\u{202F}]?[0-9]+(?:[-–][0-9]+)?",
        &[
            "⟦No. 5⟧ is alive, see ⟦p. 12⟧ and ⟦Figs. 2-4⟧.",
            "No. Five is dead. No, 5.",
        ],
    ),
    rule(
        "written date",
        Edge::Translated,
        r"[0-9]{1,2}(?:[-–][0-9]{1,2})?(?:st|nd|rd|th)?[ \u{A0}](?:of[ ])?(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?:,?[ \u{A0}][0-9]{4})?|(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)[ \u{A0}][0-9]{1,2}(?:[-–][0-9]{1,2})?(?:st|nd|rd|th)?(?:,?[ \u{A0}][0-9]{4})?",
        &[
            "On ⟦12 March 2027⟧ or ⟦Mar. 3rd, 1999⟧, the ⟦3rd of May⟧.",
            "⟦May 12-15⟧ is fine. It may 5 times.",
        ],
    ),
    rule(
        "clock",
        Edge::Word,
        r"(?:[0-9]{1,2}(?:[:.][0-9]{2})?[ \u{A0}\u{202F}]?(?:[apAP]\.[ ]?[mM]\.?|[ap]m|[AP]M)?[ \u{A0}\u{202F}]?[-–][ \u{A0}\u{202F}]?)?[0-9]{1,2}(?:[:.][0-9]{2})?[ \u{A0}\u{202F}]?(?:[apAP]\.[ ]?[mM]\.?|[ap]m|[AP]M)",
        &[
            "at ⟦3 p.m.⟧ or ⟦10:30am⟧, ⟦7 PM⟧",
            "open ⟦9-11 a.m.⟧ and ⟦1:30 pm – 5 pm⟧, not at ⟦6 p.m⟧",
        ],
    ),
    rule(
        "date",
        Edge::Word,
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})",
        &[
            "on ⟦2026-11-28⟧ at ⟦2026-11-28T06:30:00Z⟧",
            "am ⟦24.12.2025⟧, ⟦3/14/15⟧",
        ],
    ),
    rule(
        "address",
        Edge::Word,
        r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,7}:(?:[0-9A-Fa-f]{1,4})?|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+|/[0-9]+)?",
        &[
            "ping ⟦192.168.0.1⟧ or ⟦10.0.0.0/8⟧",
            "⟦fe80::1⟧ is ⟦de:ad:be:ef:00:01⟧",
            "id ⟦123e4567-e89b-12d3-a456-426614174000⟧",
        ],
    ),
    rule(
        "price",
        Edge::Word,
        r"(?:(?:US|AU|CA|NZ|HK|A|C|R)?\$|[€£¥₹₽₩₺₴₿฿₫¢])[ \u{A0}\u{202F}]?[-–]?[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*(?:,-|[.]-)?(?:[ \u{A0}]?(?:[kKMB]|bn|mn))?(?:/[a-z]+)?|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|BTC)[ \u{A0}\u{202F}]?[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*|[0-9]+(?:[.,'’\u{A0}\u{202F}][0-9]+)*(?:,-)?[ \u{A0}\u{202F}]?(?:[€£¥₹₽₩₺₴₿฿₫¢$]|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|BTC))",
        &[
            "It costs ⟦€5⟧, ⟦$1,234.56⟧ or ⟦5 €⟧.",
            "⟦1.234,56 €⟧ und ⟦EUR 20⟧, ⟦50 USD⟧, ⟦US$ 3⟧, ⟦£2.5bn⟧, ⟦19,-€⟧",
            "⟦99¢⟧ each",
        ],
    ),
    rule(
        "phone",
        Edge::Word,
        r"\+[0-9]{1,3}(?:[ ./\u{A0}-]?\(?[0-9]+\)?)+|\([0-9]{2,5}\)[ -]?[0-9]{2,}(?:[ -][0-9]{2,})*|0[0-9]{1,4}[ /-][0-9]{2,}(?:[ -][0-9]{2,})*|[0-9]{2,5}(?:-[0-9]{2,5}){2,}|[0-9]{3}-[0-9]{4}",
        &[
            "Call ⟦+49 (0)30 123456⟧ or ⟦(555) 123-4567⟧.",
            "⟦030 1234567⟧, ⟦555-123-4567⟧, ⟦555-0123⟧, ⟦+1-800-555-0199⟧",
        ],
    ),
    rule(
        "time",
        Edge::Word,
        r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,3})?(?: ?[-–] ?[0-9]{1,2}:[0-9]{2})?",
        &["at ⟦10:30⟧ or ⟦7:05:09⟧, ⟦12:00–13:00⟧"],
    ),
    rule(
        "version",
        Edge::Word,
        r"[vV][0-9]+(?:\.[0-9]+)*(?:-[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)?|[0-9]+\.[0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-+][A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*)?",
        &["use ⟦v2⟧, ⟦v1.2.3-rc.1⟧ or ⟦1.95.0⟧."],
    ),
    rule(
        "measure",
        Edge::Word,
        r"[-+−±~≈]?[0-9]+(?:[.,][0-9]+)*[ \u{A0}\u{202F}]?(?:%|‰|°[CF]?|[kMGTPm]?Hz|[kMGT]i?B|[kMG]?bit/s|[kM]?bps|[kmM]?Wh?|[kM]?V|mAh?|Ah|[km]?Pa|hPa|dB|dpi|fps|rpm|px|[kmcdnµμ]?m[²³]|[mk]?g/[lL]|[kmcnµμ]?m/[hs]|km/h|mph|[µμm]?[gl]/d|ppm|[kmµμ]?g|KG|[kmcdnµμ]?m|KM|[mcd]?[lL]|lbs?|oz|ft|t|min|h|s)",
        &[
            "⟦5%⟧ at ⟦20 °C⟧, ⟦100 km/h⟧ and ⟦3.5 GHz⟧ on ⟦12 m²⟧",
            "⟦-4°C⟧ outside, ⟦16GB⟧ inside",
            "⟦5 kg⟧ of it, ⟦12 m⟧ long, ⟦330 ml⟧, 5 more",
        ],
    ),
    rule(
        "code number",
        Edge::Word,
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
        r"[-+−±]?[0-9]{1,3}(?:[ \u{A0}\u{202F}'’][0-9]{3})+(?:[.,][0-9]+)?|[-+−±]?[0-9]+(?:[.,/:–×x-][0-9]+)+|[-+−±]?[.,]?[0-9]{3,}",
        &[
            "⟦1,234⟧ or ⟦1 000 000⟧ and ⟦3.14⟧, ⟦1/2⟧, ⟦10-20⟧, ⟦10–20⟧, ⟦2024⟧",
            "I have 12 of 3.",
            "in ⟦1999⟧.",
        ],
    ),
    // Smileys of ASCII, and lists' arrows.
    rule(
        "smiley",
        Edge::Address,
        r"[:;=8][-o^']?[)(\]\[DPp/\\|*]+|[xX]D|<3+|\^_?\^|-_-|[Oo]_[Oo]|=>|->|<-|<=>|\\o/",
        &["Nice ⟦:-)⟧ and ⟦;)⟧ ⟦<3⟧", "a ⟦->⟧ b"],
    ),
    rule(
        "operator",
        Edge::Any,
        r"&&|\|\||[=!<>]=",
        &["a ⟦&&⟧ b, c ⟦||⟧ d, x ⟦<=⟧ 5"],
    ),
    rule(
        "escape",
        Edge::Any,
        r"\\(?:[A-Za-z]+\{[^{}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[abfnrtv0])",
        &[r"a⟦\n⟧b ⟦\u00E9⟧ ⟦\textbf{x}⟧"],
    ),
];
