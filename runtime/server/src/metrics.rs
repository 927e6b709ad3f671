//! [`Metrics`]: counters, for Prometheus.

use deshi::Translation;
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder,
};

use crate::config::Access;

/// The histogram's bounds in seconds: from a short sentence to a file.
const TIMES: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0,
];

/// Counters. Their labels contain nothing that a client sends.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    time: HistogramVec,
    characters: IntCounterVec,
    sentences: IntCounterVec,
    doubtful: IntCounterVec,
    running: IntGauge,
    waiting: IntGauge,
}

impl Metrics {
    pub(crate) const CONTENT_TYPE: &str = TEXT_FORMAT;

    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let pair = ["source", "target"];
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels);
            registered(&registry, counter.expect("the name and labels are valid"))
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help).expect("the name is valid");
            registered(&registry, gauge)
        };
        let time = HistogramOpts::new(
            "deshi_http_request_duration_seconds",
            "Time from a request's headers to its answer",
        );
        let time = HistogramVec::new(time.buckets(TIMES.to_vec()), &["endpoint"]);
        Self {
            requests: counter(
                "deshi_http_requests_total",
                "Requests",
                &["endpoint", "status"],
            ),
            time: registered(&registry, time.expect("the name and labels are valid")),
            characters: counter("deshi_characters_total", "Characters translated", &pair),
            sentences: counter("deshi_sentences_total", "Sentences translated", &pair),
            doubtful: counter(
                "deshi_doubtful_sentences_total",
                "Sentences whose translation has a flag",
                &pair,
            ),
            running: gauge("deshi_translations_running", "Translations that run"),
            waiting: gauge(
                "deshi_translations_waiting",
                "Translations that wait for a thread",
            ),
            registry,
        }
    }

    pub(crate) fn add_request(&self, access: Access) {
        let status = access.status.to_string();
        let labels = [access.endpoint, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        let time = self.time.with_label_values(&[access.endpoint]);
        time.observe(access.time.as_secs_f64());
    }

    /// Adds a translation by the model of this pair.
    pub(crate) fn add_translation(&self, pair: [&str; 2], translation: &Translation) {
        let sentences = &translation.sentences;
        let characters = sentences
            .iter()
            .map(|sentence| sentence.source.chars().count());
        let doubtful = sentences
            .iter()
            .filter(|sentence| sentence.flags.doubtful());
        for (counter, more) in [
            (&self.characters, characters.sum()),
            (&self.sentences, sentences.len()),
            (&self.doubtful, doubtful.count()),
        ] {
            counter.with_label_values(&pair).inc_by(more as u64);
        }
    }

    /// All metrics, in Prometheus's text format. `load`: how many translations run, and how many wait.
    pub(crate) fn text(&self, load: (usize, usize)) -> String {
        self.running.set(load.0 as i64);
        self.waiting.set(load.1 as i64);
        let text = TextEncoder::new().encode_to_string(&self.registry.gather());
        text.expect("the names are valid")
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    let registered = registry.register(Box::new(collector.clone()));
    registered.expect("each name is registered once");
    collector
}
