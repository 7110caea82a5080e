package ingest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
)

// ErrNoCourse says that there is no course of that name.
var ErrNoCourse = errors.New("no such course")

// languageCode is what the schema checks, too.
var languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)

// CreateCourse makes the course if it is not there yet. title and language are taken over where they are not empty;
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
set title = coalesce(nullif($2, ''), courses.title), language = coalesce(nullif($3, ''), courses.language),
    content_version = courses.content_version + case when courses.language <> coalesce(nullif($3, ''), courses.language) then 1 else 0 end
where (courses.title, courses.language) is distinct from
      (coalesce(nullif($2, ''), courses.title), coalesce(nullif($3, ''), courses.language))`, course, title, language)
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	return nil
}

// DropEmptyCourse takes back a CreateCourse that nothing came after: it deletes the course if it has neither lectures nor
// answers nor vectors that were paid for.
func (in *Ingester) DropEmptyCourse(ctx context.Context, course string) error {
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
delete from courses
where course_id = $1
  and not exists (select from lectures where course_id = $1)
  and not exists (select from answers where course_id = $1)
  and not exists (select from staged_vectors where course_id = $1)`, course)
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	return nil
}

func (in *Ingester) courseLanguage(ctx context.Context, course string) (string, error) {
	languages, err := postgres.Collect(ctx, in.DB, course, pgx.RowTo[string],
		`select language from courses where course_id = $1`, course)
	if err != nil {
		return "", fmt.Errorf("course %s: %w", course, err)
	}
	if len(languages) == 0 {
		return "", fmt.Errorf("course %s: %w", course, ErrNoCourse)
	}
	return languages[0], nil
}

// space returns the embedder's space and its number in this database, which it is given on first use.
func (in *Ingester) space(ctx context.Context, course string) (llm.Space, int32, error) {
	space, err := in.Embedder.Space(ctx)
	if err != nil {
		return space, 0, fmt.Errorf("asking for the embedding space: %w", err)
	}
	if space.Dimensions > 4000 {
		return space, 0, fmt.Errorf("the embedding model %s has %d dimensions; at most 4,000 fit a page of the database (ask the model for fewer with LECTERN_EMBED_DIMENSIONS)", space.Model, space.Dimensions)
	}
	var id int32
	err = in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
insert into embedding_spaces (name, model, dimensions)
select $1, $2, $3 where not exists (select from embedding_spaces where name = $1)
on conflict (name) do nothing`, space.Name, space.Model, space.Dimensions); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select space_id from embedding_spaces where name = $1`, space.Name).Scan(&id)
	})
	if err != nil {
		return space, 0, fmt.Errorf("embedding space %s: %w", space.Name, err)
	}
	return space, id, nil
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

// same reports whether ingesting v would give what is published already.
func (a activeVersion) same(v version) bool {
	return a.number > 0 &&
		string(a.sha256) == string(v.sha256[:]) &&
		(v.source.Title == "" || a.title == v.source.Title) &&
		(v.source.Position < 0 || a.position == v.source.Position) &&
		a.splitter == v.splitter && a.analyzer == v.analyzer && a.spaceID == v.spaceID
}

func (a activeVersion) report(lecture string) Report {
	return Report{
		Lecture: lecture, Title: a.title, Version: a.number, Unchanged: true, Timed: a.timed,
		Duration: a.duration, Words: a.words, Chunks: a.chunks, Tokens: a.tokens,
	}
}

func (in *Ingester) active(ctx context.Context, course, lecture string) (activeVersion, error) {
	found, err := postgres.Collect(ctx, in.DB, course, func(row pgx.CollectableRow) (a activeVersion, err error) {
		var ms int64
		err = row.Scan(&a.number, &a.title, &a.position, &a.sha256, &a.splitter, &a.analyzer, &a.spaceID, &a.timed, &ms, &a.words, &a.chunks, &a.tokens)
		a.duration = time.Duration(ms) * time.Millisecond
		return a, err
	}, `
select v.version, l.title, l.position, v.source_sha256, v.splitter, v.analyzer, v.space_id, v.timed, v.duration_ms, v.words, v.chunks, v.tokens
from lectures l
join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
where l.course_id = $1 and l.lecture_id = $2`, course, lecture)
	if err != nil {
		return activeVersion{}, fmt.Errorf("lecture %s/%s: %w", course, lecture, err)
	}
	if len(found) == 0 {
		return activeVersion{}, nil
	}
	return found[0], nil
}
