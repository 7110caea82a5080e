package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// languageCode is what the schema checks, too.
var languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)

// CreateCourse makes the course if it is not there yet, or not there any more. title and language are taken over where they are not empty;
// a new course without them is named by its id and is English.
func (in *Ingester) CreateCourse(ctx context.Context, course, title, language string) error {
	if !postgres.ValidCourseID(course) {
		return fmt.Errorf("%q cannot name a course: use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or a digit", course)
	}
	if language != "" && !languageCode.MatchString(language) {
		return fmt.Errorf("course %s: %q is not a language: use an ISO 639 code of two or three small letters, such as en, de or ja", course, language)
	}
	title = cleanTitle(title)
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
insert into courses (course_id, title, language)
values ($1, coalesce(nullif($2, ''), $1), coalesce(nullif($3, ''), 'en'))
on conflict (course_id) do update
set title = coalesce(nullif($2, ''), courses.title), language = coalesce(nullif($3, ''), courses.language), deleted_at = null,
    content_version = courses.content_version + case when courses.language <> coalesce(nullif($3, ''), courses.language) then 1 else 0 end
where courses.deleted_at is not null
   or (courses.title, courses.language) is distinct from
      (coalesce(nullif($2, ''), courses.title), coalesce(nullif($3, ''), courses.language))`, course, title, language)
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	return nil
}

// DropEmptyCourse takes back a CreateCourse that nothing good came after: it deletes the course, and the jobs that failed
// in it, if no lecture of it was ever published, nothing is pending and nobody has asked or paid for anything.
func (in *Ingester) DropEmptyCourse(ctx context.Context, course string) error {
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		if _, err := lockLectures(ctx, tx, course, nil); err != nil {
			return err
		}
		var empty bool
		err := tx.QueryRow(ctx, `
select not exists (select from lectures where course_id = $1 and last_version > 0)
   and not exists (select from ingest_jobs where course_id = $1 and finished_at is null)
   and not exists (select from answers where course_id = $1)
   and not exists (select from staged_vectors where course_id = $1)
from courses
where course_id = $1
for update`, course).Scan(&empty)
		if err != nil || !empty {
			return ignoreNoRows(err)
		}
		if _, err := tx.Exec(ctx, `delete from ingest_jobs where course_id = $1`, course); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from lectures where course_id = $1`, course); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from courses where course_id = $1`, course)
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	return nil
}

// A derivation is what a version is made with, besides its source. The zero value is none.
type derivation struct {
	split    SplitConfig
	analyzer *lexical.Analyzer
	space    llm.Space
	spaceID  int32
}

// Reasons why there is no derivation.
var (
	errNoSpace   = errors.New("the embedding model does not say what its vectors are")
	errTooWide   = errors.New("vectors of more than 4,000 dimensions do not fit a page of the database; ask the model for fewer with LECTERN_EMBED_DIMENSIONS")
	errEmbedding = errors.New("embedding failed")
)

// derivation says with what versions of the course are made at present.
func (in *Ingester) derivation(ctx context.Context, course string) (derivation, error) {
	language, err := in.courseLanguage(ctx, course)
	if err != nil {
		return derivation{}, err
	}
	analyzer, err := lexical.NewAnalyzer(language)
	if err != nil {
		return derivation{}, fmt.Errorf("course %s: %w", course, err)
	}
	space, err := in.Embedder.Space(ctx)
	if err != nil {
		return derivation{}, fmt.Errorf("%w: %w: %w", errEmbedding, errNoSpace, err)
	}
	if space.Dimensions > 4000 {
		return derivation{}, fmt.Errorf("%s has %d dimensions: %w", space.Model, space.Dimensions, errTooWide)
	}
	id, err := in.spaceID(ctx, course, space)
	return derivation{split: cmp.Or(in.Splitter, DefaultSplit), analyzer: analyzer, space: space, spaceID: id}, err
}

func (in *Ingester) courseLanguage(ctx context.Context, course string) (string, error) {
	type directory struct {
		Language string
		Deleted  bool
	}
	found, err := postgres.Collect(ctx, in.DB, course, pgx.RowToStructByPos[directory],
		`select language, deleted_at is not null from courses where course_id = $1`, course)
	switch {
	case err != nil:
		return "", fmt.Errorf("course %s: %w", course, err)
	case len(found) == 0:
		return "", fmt.Errorf("course %s: %w", course, ErrNoCourse)
	case found[0].Deleted:
		return "", fmt.Errorf("course %s: %w", course, ErrDeleted)
	}
	return found[0].Language, nil
}

// spaceID is the space's number in this database, which it is given on first use and keeps.
func (in *Ingester) spaceID(ctx context.Context, course string, space llm.Space) (int32, error) {
	in.mu.Lock()
	id, known := in.spaces[space.Name]
	in.mu.Unlock()
	if known {
		return id, nil
	}
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
insert into embedding_spaces (name, model, dimensions)
select $1, $2, $3 where not exists (select from embedding_spaces where name = $1)
on conflict (name) do nothing`, space.Name, space.Model, space.Dimensions); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select space_id from embedding_spaces where name = $1`, space.Name).Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("embedding space %s: %w", space.Name, err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.spaces == nil {
		in.spaces = map[string]int32{}
	}
	in.spaces[space.Name] = id
	return id, nil
}

// activeVersion is what is published now; number 0: nothing.
type activeVersion struct {
	number   int
	title    string
	position int
	sha256   []byte
	splitter string
	analyzer string
	spaceID  int32
	timed    bool
	duration time.Duration
	words    int
	chunks   int
	tokens   int
}

func (a activeVersion) report(lecture string) Report {
	return Report{
		Lecture: lecture, Title: a.title, Version: a.number, Unchanged: true, Timed: a.timed,
		Duration: a.duration, Words: a.words, Chunks: a.chunks, Tokens: a.tokens,
	}
}

func (in *Ingester) active(ctx context.Context, course, lecture string) (activeVersion, error) {
	found, err := postgres.Collect(ctx, in.DB, course, scanActive, activeSQL, course, lecture)
	if err != nil {
		return activeVersion{}, fmt.Errorf("lecture %s/%s: %w", course, lecture, err)
	}
	if len(found) == 0 {
		return activeVersion{}, nil
	}
	return found[0], nil
}

const activeSQL = `
select v.version, l.title, l.position, v.source_sha256, v.splitter, v.analyzer, v.space_id, v.timed, v.duration_ms, v.words, v.chunks, v.tokens
from lectures l
join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
where l.course_id = $1 and l.lecture_id = $2`

func scanActive(row pgx.CollectableRow) (a activeVersion, err error) {
	var ms int64
	err = row.Scan(&a.number, &a.title, &a.position, &a.sha256, &a.splitter, &a.analyzer, &a.spaceID, &a.timed, &ms, &a.words, &a.chunks, &a.tokens)
	a.duration = time.Duration(ms) * time.Millisecond
	return a, err
}

func ignoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
