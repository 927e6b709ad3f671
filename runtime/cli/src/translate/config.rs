//! The arguments, validated: what is to be done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use deshi::Shard;
use deshi_documents::Settings;

use crate::endpoint::Endpoint;
use crate::model::Model;
use crate::usage::{Usage, usage};

use super::args::{Args, DocumentArgs, FileArgs, OnForeign, QualityArgs};
use super::kind::Kind;
use super::resources::Resources;
use super::scope;

/// What is to be done.
pub(crate) struct Config {
    pub(super) model: Model,
    pub(super) work: Work,
    pub(super) output_folder: Option<PathBuf>,
    pub(super) json: bool,
    pub(super) lossy: bool,
    pub(super) raw: bool,
    pub(super) check: bool,
    pub(super) resume: bool,
    pub(super) shard: Option<Shard>,
    pub(super) resources: Resources,
    /// How documents are read.
    pub(super) documents: Settings,
    /// Whether what the files say of their source language counts.
    pub(super) heeds_source_language: bool,
    /// Whether the format is given, so that no text can be taken for another.
    pub(super) has_format: bool,
    /// What a later run must share with this one to go on with its work.
    pub(super) choices: Vec<String>,
}

pub(super) enum Work {
    /// Texts of the command line.
    Texts {
        texts: Vec<String>,
        output: Endpoint,
    },
    Jobs(Vec<Job>),
}

/// One input, and where its translation goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) kind: Kind,
}

impl TryFrom<Args> for Config {
    type Error = anyhow::Error;

    fn try_from(args: Args) -> Result<Self> {
        let choices = choices(&args);
        let Args {
            text,
            files,
            documents,
            quality,
            model,
        } = args;
        let mut model = Model::try_from(model)?;
        model.options = with_quality(model.options, &quality)?;
        let output = files
            .output
            .clone()
            .map_or(Endpoint::StandardOutput, Endpoint::destination);
        let work = if text.is_empty() {
            let jobs = jobs(&files, &documents, &quality, output)?;
            scope::check_files(&files, &documents, &quality, &jobs)?;
            Work::Jobs(jobs)
        } else {
            scope::check_texts(&documents)?;
            Work::Texts {
                texts: text,
                output,
            }
        };
        Ok(Self {
            model,
            work,
            output_folder: files.output_folder,
            json: files.jsonl,
            lossy: files.lossy,
            raw: quality.raw,
            check: quality.check,
            resume: files.resume,
            shard: files.shard,
            resources: Resources {
                glossary: quality.glossary,
                do_not_translate: quality.do_not_translate,
                memory: quality.memory,
            },
            heeds_source_language: !matches!(quality.on_foreign, OnForeign::Translate),
            has_format: documents.format.is_some(),
            documents: settings(documents, quality.paragraphs),
            choices,
        })
    }
}

/// The options that decide what the results are.
fn choices(args: &Args) -> Vec<String> {
    let FileArgs {
        jsonl,
        input_jsonl,
        lossy,
        shard,
        ..
    } = args.files;
    let mut formats = format!("jsonl {jsonl}, input-jsonl {input_jsonl}, lossy {lossy}");
    if let Some(shard) = shard {
        formats += &format!(", shard {shard}");
    }
    vec![
        formats,
        format!("{:?}", args.documents),
        format!("{:?}", args.quality),
        args.model.choices(),
    ]
}

fn with_quality(options: deshi::Options, quality: &QualityArgs) -> Result<deshi::Options> {
    let options = options
        .minimum_confidence(quality.minimum_confidence)
        .map_err(|error| Usage::refused("--minimum-confidence", &error))?;
    Ok(options
        .on_low_confidence(quality.on_low_confidence.into())
        .on_foreign(quality.on_foreign.into())
        .paragraphs(quality.paragraphs))
}

fn settings(documents: DocumentArgs, paragraphs: bool) -> Settings {
    let mut settings = Settings::default();
    settings.paragraphs = paragraphs;
    settings.retranslate = documents.retranslate;
    settings.mark_unreviewed = documents.mark_unreviewed;
    settings.json_keys = documents.json_keys;
    settings.json_keys_kept = documents.keep_json_keys;
    settings
}

fn jobs(
    files: &FileArgs,
    documents: &DocumentArgs,
    quality: &QualityArgs,
    output: Endpoint,
) -> Result<Vec<Job>> {
    let mut sources: Vec<_> = files.input.iter().cloned().map(Endpoint::source).collect();
    let job = |source: Endpoint, destination| -> Result<Job> {
        let kind = Kind::of(&source, files, documents, quality)?;
        kind.check_output(&source, &destination, files)?;
        Ok(Job {
            source,
            destination,
            kind,
        })
    };
    if files.shard.is_some() && (sources.len() > 1 || sources[0].path().is_none()) {
        usage!("--shard takes one file: give -i the name of one that can be read at any place");
    }
    if let Some(folder) = &files.output_folder {
        return in_folder(folder, sources, job);
    }
    if sources.len() > 1 {
        usage!(
            "there are {} input files: give --output-folder FOLDER for their translations",
            sources.len()
        );
    }
    let source = sources.pop().unwrap_or(Endpoint::StandardInput);
    if files.resume && (source.path().is_none() || output.path().is_none()) {
        usage!("--resume takes files: give -i and -o names other than -");
    }
    Ok(vec![job(source, output)?])
}

/// A job for each source, whose result has the same name in this folder.
fn in_folder(
    folder: &Path,
    sources: Vec<Endpoint>,
    job: impl Fn(Endpoint, Endpoint) -> Result<Job>,
) -> Result<Vec<Job>> {
    let mut taken: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut jobs = Vec::new();
    for source in sources {
        let Some((path, name)) = source
            .path()
            .and_then(|path| Some((path.to_owned(), path.file_name()?)))
        else {
            usage!("--output-folder takes files: {source} has no name");
        };
        let output = folder.join(name);
        if let (Ok(source), Ok(output)) = (path.canonicalize(), output.canonicalize())
            && source == output
        {
            usage!(
                "--output-folder {}: {} would take its own place; choose another folder",
                folder.display(),
                path.display()
            );
        }
        if let Some(other) = taken.insert(output.clone(), path.clone()) {
            usage!(
                "{} and {} would both be written to {}; translate them in two runs",
                other.display(),
                path.display(),
                output.display()
            );
        }
        jobs.push(job(source, Endpoint::File(output))?);
    }
    Ok(jobs)
}
