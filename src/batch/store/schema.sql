-- Results of bulk runs. docs/database.md explains every table and column to its users.
CREATE TABLE run (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The fields of each form: what `figure.field` stands for.
CREATE TABLE field (
    form   TEXT NOT NULL,
    annex  TEXT NOT NULL,
    field  TEXT NOT NULL,
    number INTEGER NOT NULL,
    label  TEXT NOT NULL,
    unit   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    PRIMARY KEY (form, annex, field)
) WITHOUT ROWID;

CREATE TABLE unit (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    department TEXT,
    status     TEXT NOT NULL,
    nearest    TEXT,
    budget     TEXT
);

CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    path       TEXT NOT NULL UNIQUE,
    opened     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    modified   INTEGER NOT NULL,
    hash       TEXT NOT NULL,
    round      INTEGER NOT NULL,
    status     TEXT NOT NULL,
    error_kind TEXT,
    error      TEXT,
    form       TEXT,
    year       INTEGER,
    unit_name  TEXT,
    unit_key   TEXT NOT NULL,
    unit       INTEGER REFERENCES unit,
    counted    INTEGER NOT NULL DEFAULT 1,
    wrong      INTEGER NOT NULL,
    missing    INTEGER NOT NULL,
    explain    INTEGER NOT NULL,
    explained  INTEGER NOT NULL,
    hint       INTEGER NOT NULL,
    rounding   INTEGER NOT NULL,
    passed     INTEGER NOT NULL,
    unchecked  INTEGER NOT NULL,
    marked     TEXT
);

-- Rules that passed and that could not be applied, as JSON: beside `file`, whose rows stay short.
CREATE TABLE applied (
    file      INTEGER PRIMARY KEY REFERENCES file,
    passed    TEXT NOT NULL,
    unchecked TEXT NOT NULL
);

CREATE TABLE annex (
    file        INTEGER NOT NULL REFERENCES file,
    number      INTEGER NOT NULL,
    annex       TEXT NOT NULL,
    name        TEXT NOT NULL,
    sheet       TEXT NOT NULL,
    range       TEXT NOT NULL,
    project     TEXT,
    score       TEXT,
    rate        TEXT,
    fingerprint TEXT,
    facts       TEXT NOT NULL,
    UNIQUE (file, number)
);

CREATE TABLE finding (
    file       INTEGER NOT NULL REFERENCES file,
    number     INTEGER NOT NULL,
    code       TEXT NOT NULL,
    severity   TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    sheet      TEXT,
    cell       TEXT,
    field      TEXT,
    place      TEXT NOT NULL,
    found      TEXT,
    expected   TEXT,
    difference TEXT,
    working    TEXT,
    message    TEXT NOT NULL,
    todo       TEXT,
    reason     TEXT,
    expired    INTEGER,
    more       TEXT,
    UNIQUE (file, number)
);

-- What is found between submissions; made anew in every run.
CREATE TABLE across (
    number   INTEGER PRIMARY KEY,
    code     TEXT NOT NULL,
    severity TEXT NOT NULL,
    unit     INTEGER REFERENCES unit,
    file     INTEGER REFERENCES file,
    sheet    TEXT,
    cell     TEXT,
    place    TEXT NOT NULL,
    found    TEXT,
    expected TEXT,
    message  TEXT NOT NULL,
    todo     TEXT
);

CREATE INDEX file_of_unit ON file (unit);
CREATE INDEX file_of_key ON file (unit_key, path);
CREATE INDEX annex_of_fingerprint ON annex (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX file_of_hash ON file (hash);

-- Every figure and word of every table, one a row.
CREATE VIEW figure AS
    SELECT file.path, file.unit_name, annex.annex, annex.name AS annex_name,
           annex.number AS table_number, annex.project,
           json_extract(fact.value, '$[0]') AS field,
           json_extract(fact.value, '$[1]') AS row,
           json_extract(fact.value, '$[2]') AS value,
           annex.sheet,
           json_extract(fact.value, '$[3]') AS cell
    FROM annex JOIN file ON file.id = annex.file, json_each(annex.facts) AS fact;

-- Rules that passed, once for each table that they were applied to.
CREATE VIEW passed AS
    SELECT file.path, file.unit_name, rule.value AS code
    FROM applied JOIN file ON file.id = applied.file, json_each(applied.passed) AS rule;

-- Rules that could not be applied, and why.
CREATE VIEW unchecked AS
    SELECT file.path, file.unit_name,
           json_extract(rule.value, '$.code') AS code,
           json_extract(rule.value, '$.reason') AS reason
    FROM applied JOIN file ON file.id = applied.file, json_each(applied.unchecked) AS rule;
