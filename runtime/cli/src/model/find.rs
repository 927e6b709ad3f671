//! Where models are: inside the program, and in folders.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use deshi::{Options, Translator};

const EXTENSION: &str = "deshi";
/// The model that runs where none is asked for.
const DEFAULT_NAME: &str = "en-de";

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// Inside the program.
    Carried(&'static [u8]),
    File(PathBuf),
}

/// A model that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// `en-de` of `en-de.deshi`.
    pub(crate) name: String,
    pub(crate) location: Location,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carried(_) => f.write_str("inside the program"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.name, self.location)
    }
}

impl Found {
    #[cfg(feature = "carried-model")]
    fn carried() -> Option<Self> {
        Some(Self {
            name: DEFAULT_NAME.to_owned(),
            location: Location::Carried(deshi::carried_model()),
        })
    }

    #[cfg(not(feature = "carried-model"))]
    fn carried() -> Option<Self> {
        None
    }

    fn file(path: PathBuf) -> Self {
        let name = path.file_stem().unwrap_or(path.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            location: Location::File(path),
        }
    }

    pub(crate) fn open(&self, options: &Options) -> Result<Translator> {
        match &self.location {
            Location::Carried(bytes) => {
                // It is as trustworthy as the program.
                #[cfg(feature = "verify")]
                let options = &options.clone().verify(None);
                let opened = options.from_static(bytes);
                opened.context("the model inside the program")
            }
            Location::File(path) => {
                let opened = options.open(path);
                opened.with_context(|| format!("the model {} cannot be used", path.display()))
            }
        }
    }

    /// The size of its file.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match &self.location {
            Location::Carried(bytes) => Some(bytes.len() as u64),
            Location::File(path) => path.metadata().ok().map(|metadata| metadata.len()),
        }
    }
}

/// A variable's value, if it is an absolute path: the XDG base directory specification ignores others.
fn absolute(path: impl Into<PathBuf>) -> Option<PathBuf> {
    Some(path.into()).filter(|path| path.is_absolute())
}

/// The user's own folder of models.
fn user_folder() -> Option<PathBuf> {
    let data = env::var_os("XDG_DATA_HOME").and_then(absolute);
    let data = data.or_else(|| Some(env::home_dir()?.join(".local/share")));
    data.map(|data| data.join("deshi"))
}

/// The system's folders of models, and the program's own.
fn shared_folders() -> Vec<PathBuf> {
    let program = env::current_exe().ok();
    let program = program.and_then(|program| Some(program.parent()?.to_owned()));
    let data = env::var_os("XDG_DATA_DIRS").filter(|folders| !folders.is_empty());
    let data = data.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    // There `split_paths` panics.
    let data = if cfg!(target_family = "wasm") {
        Vec::new()
    } else {
        env::split_paths(&data).collect()
    };
    let data = data.into_iter().filter_map(absolute);
    program
        .into_iter()
        .chain(data.map(|data| data.join("deshi")))
        .collect()
}

/// Every folder where models are looked for.
pub(crate) fn folders() -> Vec<PathBuf> {
    user_folder().into_iter().chain(shared_folders()).collect()
}

/// The models of a folder, by name.
fn in_folder(folder: &Path) -> Vec<Found> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut models: Vec<_> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == EXTENSION)
                && path.is_file()
        })
        .map(Found::file)
        .collect();
    models.sort_by(|one, other| one.name.cmp(&other.name));
    models
}

/// Every model that is found. Of two with one name, the first is used: a user's own goes before the carried one, and that
/// before the system's.
pub(crate) fn all() -> Vec<Found> {
    let user = user_folder()
        .into_iter()
        .flat_map(|folder| in_folder(&folder));
    let shared = shared_folders()
        .into_iter()
        .flat_map(|folder| in_folder(&folder));
    user.chain(Found::carried()).chain(shared).collect()
}

/// The first of [`all`] that has this name, found without listing folders.
fn by_name(name: &OsStr) -> Option<Found> {
    let in_folder = |folder: PathBuf| {
        let mut path = folder.join(name).into_os_string();
        path.push(".");
        path.push(EXTENSION);
        Some(PathBuf::from(path))
            .filter(|path| path.is_file())
            .map(Found::file)
    };
    user_folder()
        .and_then(in_folder)
        .or_else(|| Found::carried().filter(|carried| name == carried.name.as_str()))
        .or_else(|| shared_folders().into_iter().find_map(in_folder))
}

/// The model of this name or path; without one, the default.
pub(crate) fn find(asked: Option<PathBuf>) -> Result<Found> {
    let Some(asked) = asked else {
        return default_model();
    };
    let is_name = asked.components().count() == 1 && asked.extension().is_none();
    if !is_name || asked.is_file() {
        return Ok(Found::file(asked));
    }
    match by_name(asked.as_os_str()) {
        Some(found) => Ok(found),
        None => bail!(
            "there is no model {0}; there is {1}. Give --model a file, or put {0}.{EXTENSION} into {2}",
            asked.display(),
            names(&all()),
            places(),
        ),
    }
}

fn default_model() -> Result<Found> {
    if let Some(found) = by_name(DEFAULT_NAME.as_ref()) {
        return Ok(found);
    }
    let mut models = all();
    match models.len() {
        1 => Ok(models.remove(0)),
        0 => bail!(
            "no model was found: give --model FILE, set DESHI_MODEL, or put NAME.{EXTENSION} into {}",
            places()
        ),
        _ => bail!(
            "several models were found: choose one with --model: {}",
            names(&models)
        ),
    }
}

fn names(models: &[Found]) -> String {
    let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn places() -> String {
    let folder = folders().into_iter().next();
    folder.map_or_else(
        || "XDG_DATA_HOME/deshi".to_owned(),
        |folder| folder.display().to_string(),
    )
}
