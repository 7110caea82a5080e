package citebreak

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// The courses of a run. Nothing of any other course is touched.
const (
	course = "citebreak"
	other  = "citebreak-other"
)

// lecture is a lecture of the stage. Each sentence is a cue of five seconds.
type lecture struct {
	course, id, title string
	sentences         []string
}

// The question is about the harbour; the bells are in the same course and the bakery in another, and neither is retrieved
// for it.
var (
	harbour = lecture{course, "harbour", "The harbour", []string{
		"Let us begin with the harbour itself and with what the tide does to it every day.",
		"A lock keeps the water in the inner basin at one level while the tide outside rises and falls.",
		"Ships wait in the outer basin until the lock keeper opens the outer gate.",
		"The two gates are never open at the same time, because the basin would empty into the sea.",
		"Filling the chamber of the lock takes about twelve minutes at low tide.",
		"A pilot comes on board before the breakwater, because the channel is narrow and moves.",
		"Dredgers keep the channel at eight metres below the lowest tide.",
	}}
	bells = lecture{course, "bells", "Bells", []string{
		"A bell is cast upside down in a mould of loam and horse manure.",
		"The founder tunes a bell by turning metal from the inside on a lathe.",
		"The lowest partial of a bell is called the hum, an octave below the prime.",
	}}
	bakery = lecture{other, "bakery", "The bakery", []string{
		"A sour dough rises because wild yeast and bacteria feed on the flour.",
		"The baker scores the loaf so that it opens where she wants it to open.",
		"Steam in the oven keeps the crust soft until the loaf has risen.",
	}}
)

const question = "How does the lock keep the water in the inner basin while the tide falls?"

// transcript is the lecture as SRT.
func (l lecture) transcript() []byte {
	var b strings.Builder
	for i, s := range l.sentences {
		fmt.Fprintf(&b, "%d\n00:%02d:%02d,000 --> 00:%02d:%02d,900\n%s\n\n", i+1, i*5/60, i*5%60, (i*5+4)/60, (i*5+4)%60, s)
	}
	return []byte(b.String())
}

// stage is the tutor under attack and what the attacker knows.
type stage struct {
	db     *postgres.DB
	in     *ingest.Ingester
	tutor  *answer.Tutor
	model  *llmtest.Server
	ids    map[string][]string // chunk ids of the active version, by lecture
	client *llm.Client
}

func newStage(ctx context.Context, db *postgres.DB) (s *stage, err error) {
	prompt, err := prompts.Load(prompts.Current)
	if err != nil {
		return nil, err
	}
	model, err := llmtest.Start()
	if err != nil {
		return nil, fmt.Errorf("the scripted model: %w", err)
	}
	log := slog.New(slog.DiscardHandler)
	client, err := llm.NewClient(llm.Config{BaseURL: model.URL(), ChatModel: "obedient", Log: log})
	if err != nil {
		model.Close()
		return nil, fmt.Errorf("the scripted model: %w", err)
	}
	embedder := llm.NewOffline()
	s = &stage{
		db: db, model: model, client: client, ids: map[string][]string{},
		in:    &ingest.Ingester{DB: db, Embedder: embedder, Log: log, Forget: answer.Forget},
		tutor: &answer.Tutor{DB: db, Searcher: retrieve.New(db, embedder, log, 0), Prompt: prompt, Model: client, Log: log, BySentence: true},
	}
	for _, id := range []string{course, other} {
		if err == nil {
			err = s.in.CreateCourse(ctx, id, "", "en")
		}
	}
	for _, l := range []lecture{harbour, bells, bakery} {
		if err == nil {
			err = s.publish(ctx, l)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	s.client.Close()
	s.model.Close()
}

// publish ingests l and notes its chunks.
func (s *stage) publish(ctx context.Context, l lecture) error {
	_, err := s.in.Lecture(ctx, ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: l.course}, Lecture: l.id, Title: l.title, Position: -1,
		Name: l.id + ".srt", Bytes: l.transcript(),
	}, nil)
	if err != nil {
		return fmt.Errorf("lecture %s/%s: %w", l.course, l.id, err)
	}
	s.ids[l.id], err = postgres.Collect(ctx, s.db, l.course, pgx.RowTo[string], `
select vc.chunk_id
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
where l.course_id = $1 and l.lecture_id = $2
order by vc.ordinal`, l.course, l.id)
	if err != nil {
		return fmt.Errorf("chunks of %s/%s: %w", l.course, l.id, err)
	}
	return nil
}
