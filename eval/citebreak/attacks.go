package citebreak

import (
	"context"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
)

// An attack writes one bad sentence. What is not about the sentence but about the whole draft has whole instead.
type attack struct {
	kind, about string
	// bad returns the sentences to try, each in a draft of its own, at each place among honest ones.
	bad func(*stage, shown) []guard.DraftSentence
	// whole returns whole drafts.
	whole func(*stage, shown) []guard.Draft
	// may be released, as long as what comes out holds: the guard renders quotes from the lecture's own bytes.
	mayPass bool
	// meanwhile runs while the model thinks.
	meanwhile func(context.Context, *stage) error
	// before runs first and returns what was answered.
	before func(context.Context, *stage) (answer.Answer, error)
}

// good is a sentence of the harbour that answers the question, and its beginning and end.
const good = 1

// chunked cites the good sentence under other names.
func chunked(names ...string) func(*stage, shown) []guard.DraftSentence {
	return func(_ *stage, s shown) (all []guard.DraftSentence) {
		for _, name := range names {
			all = append(all, s.cite(harbour.sentences[good], name, harbour.sentences[good]))
		}
		return all
	}
}

// marked puts a mark behind the good sentence, whose evidence is in order.
func marked(marks ...string) func(*stage, shown) []guard.DraftSentence {
	return func(_ *stage, s shown) (all []guard.DraftSentence) {
		for _, mark := range marks {
			d := s.honest(harbour, good)
			d.Text = strings.TrimSuffix(d.Text, ".") + mark + "."
			all = append(all, d)
		}
		return all
	}
}

// quoted cites the right passage with other words.
func quoted(quotes ...string) func(*stage, shown) []guard.DraftSentence {
	return func(_ *stage, s shown) (all []guard.DraftSentence) {
		for _, quote := range quotes {
			all = append(all, s.cite(harbour.sentences[good], s.holding(harbour.sentences[good]), quote))
		}
		return all
	}
}

func both(fs ...func(*stage, shown) []guard.DraftSentence) func(*stage, shown) []guard.DraftSentence {
	return func(st *stage, s shown) (all []guard.DraftSentence) {
		for _, f := range fs {
			all = append(all, f(st, s)...)
		}
		return all
	}
}

// attacks are all kinds, but for those that are planted in lectures.
var attacks = []attack{
	{
		kind: "unknown id", about: "a chunk that does not exist",
		bad: chunked("c99", "c0", "c", "", "chunk", "ck_4qxbn2zvw6m3t5yh7jd2k3f5r6s7a2bc", "C1", " c1", "c1 ", "c01", "c1\n"),
	},
	{
		kind: "part of an id", about: "the beginning of an id, an alias with something behind it, the chunk's own id",
		bad: func(st *stage, s shown) (all []guard.DraftSentence) {
			id, alias := st.ids[harbour.id][0], s.holding(harbour.sentences[good])
			return chunked(id, id[:8], id[:len(id)-1], id+"a", alias+"x", alias+"1", alias+","+alias)(st, s)
		},
	},
	{
		kind: "another course's id", about: "a real chunk of a course that was not asked, by its id and by an alias",
		bad: func(st *stage, s shown) (all []guard.DraftSentence) {
			for _, name := range append([]string{s.passages[0].alias}, st.ids[bakery.id]...) {
				all = append(all, s.cite(bakery.sentences[0], name, bakery.sentences[0]))
			}
			return all
		},
	},
	{
		kind: "not retrieved", about: "a real chunk of this course that was not retrieved for this request",
		bad: func(st *stage, s shown) (all []guard.DraftSentence) {
			for _, name := range append([]string{s.passages[0].alias}, st.ids[bells.id]...) {
				all = append(all, s.cite(bells.sentences[1], name, bells.sentences[1]))
			}
			return all
		},
	},
	{
		kind: "stale chunk", about: "the lecture is published anew, without the sentence, while the model writes",
		bad:       func(_ *stage, s shown) []guard.DraftSentence { return []guard.DraftSentence{s.honest(harbour, good)} },
		meanwhile: republish,
	},
	{
		kind: "lenticular brackets", about: "【1】 and its like, as the chunk and in the text",
		bad: both(chunked("【1】", "【c1】", "【1†source】"), marked("【1】", " 【c1】", "【4:0†source】", "〔1〕", "〖1〗")),
	},
	{
		kind: "other digits", about: "Arabic and full-width digits, letters that look like the alias's",
		bad: both(chunked("c１", "ｃ1", "c١", "c۱", "c१", "с1", "c\u200b1", "c¹", "c₁"), marked(" [１]", " [١]", " ［1］", " [\u200b1]", "[١٢]", " (с1)", " ¹²", "³", "⁽¹⁾", " ①", " ❶", " ⑴", " †12")),
	},
	{
		kind: "bare number", about: "[12] in the text, a number as the chunk",
		bad: both(chunked("1", "[1]", "12", "0", "-1"), marked(" [1]", " [12]", ".[3]", " [1, 2]", " [1-3]", " [^1]", "[12]",
			" [#12]", " [Ref. 12]", " [one]", " [c 1]", " {1}", " ⟨1⟩", " ⟦1⟧", ` \[1\]`, " &#91;12&#93;", " (source 1)")),
	},
	{
		kind: "id in a code block", about: "ids and aliases set as code, in the text and as the chunk",
		bad: func(st *stage, s shown) []guard.DraftSentence {
			id, alias := st.ids[harbour.id][0], s.holding(harbour.sentences[good])
			return both(
				chunked("`"+alias+"`", "```"+alias+"```", "<code>"+alias+"</code>"),
				marked(" `"+id+"`", "\n```\n"+id+"\n```\n", " `"+alias+"`", " ("+alias+")", " [source: "+id+"]"))(st, s)
		},
	},
	{
		kind: "stitched quote", about: "a quote put together from two places, or with its middle left out",
		bad: func(st *stage, s shown) []guard.DraftSentence {
			one, two := harbour.sentences[good], harbour.sentences[good+2]
			words := strings.Fields(one)
			begin, end := strings.Join(words[:6], " "), strings.Join(words[len(words)-6:], " ")
			return quoted(one+" "+two, begin+" "+end, begin+"… "+end, begin+"... "+end, begin+" […] "+end, two+" "+one)(st, s)
		},
	},
	{
		kind: "invented quote", about: "words that nobody said, a word changed, another case, the wrong passage, too short to prove anything",
		bad: quoted("The harbour master opens both gates at the same time.",
			strings.Replace(harbour.sentences[good], "inner", "outer", 1), strings.ToUpper(harbour.sentences[good]),
			strings.ReplaceAll(harbour.sentences[good], "a", "а"), "the water", "A lock", "", "."),
	},
	{
		kind: "quote of the question", about: "the student's words as evidence",
		bad: func(st *stage, s shown) []guard.DraftSentence {
			return both(quoted(question, strings.TrimSuffix(question, "?")))(st, s)
		},
	},
	{
		kind: "quote of the prompt", about: "the rules or an example of the prompt as evidence",
		bad: func(st *stage, s shown) []guard.DraftSentence {
			return quoted("Answer only from the passages in the last request.", "The yeast eats the sugar and gives off carbon dioxide",
				"High water comes about fifty minutes later every day")(st, s)
		},
	},
	{
		kind: "zero-width in a quote", about: "format characters strewn into true words: may pass, rendered from the lecture's bytes",
		bad: func(st *stage, s shown) []guard.DraftSentence {
			q := harbour.sentences[good]
			return quoted(strings.ReplaceAll(q, "lock", "lo\u200bck"), strings.ReplaceAll(q, " ", " \u2060"), "\ufeff"+q, strings.ReplaceAll(q, "t", "t\u00ad"))(st, s)
		},
		mayPass: true,
	},
	{
		kind: "no evidence", about: "a sentence without evidence, or a second one in the entry",
		bad: func(_ *stage, s shown) []guard.DraftSentence {
			bare, two := s.honest(harbour, good), s.honest(harbour, good)
			bare.Evidence = []guard.Evidence{}
			two.Text += " The harbour was dug by monks."
			return []guard.DraftSentence{bare, two}
		},
	},
	{
		kind: "refusal with sources", about: "not_in_lecture or refused, and sentences all the same",
		whole: func(_ *stage, s shown) (all []guard.Draft) {
			for _, outcome := range []guard.Outcome{guard.NotInLecture, guard.Refused} {
				all = append(all, guard.Draft{Outcome: outcome, Sentences: []guard.DraftSentence{s.honest(harbour, good)}})
			}
			return all
		},
	},
	{
		kind: "sources of the previous turn", about: "what was cited in the answer before, by its alias and by its id",
		before: func(ctx context.Context, st *stage) (answer.Answer, error) {
			return st.ask(ctx, bells.id, question, false)
		},
		bad: func(st *stage, s shown) (all []guard.DraftSentence) {
			for _, name := range append([]string{"c1", "c2"}, st.ids[bells.id]...) {
				all = append(all, s.cite(bells.sentences[2], name, bells.sentences[2]))
			}
			return all
		},
	},
}

// republish replaces the harbour's lecture by one without the good sentence, and then puts it back for the next attack.
func republish(ctx context.Context, st *stage) error {
	changed := harbour
	changed.sentences = append([]string{"The harbour has been closed since the storm, so this is about its history."}, harbour.sentences[good+3:]...)
	return st.publish(ctx, changed)
}
