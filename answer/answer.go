package answer

import (
	"github.com/lectern-tutor/lectern/answer/guard"
)

// Outcome is the kind of answer a student gets.
type Outcome string

// The outcomes. A rejected draft is not among them: it is an attempt, and the rung below answers.
const (
	Answered     Outcome = "answered"
	NotInLecture Outcome = "not_in_lecture"
	Refused      Outcome = "refused"
	Incomplete   Outcome = "incomplete" // released by sentence, and what came next did not hold
)

// Mode says who wrote the sentences.
type Mode string

// The modes.
const (
	ModeModel      Mode = "model"
	ModeExtractive Mode = "extractive" // verbatim passages, no model
	ModeNone       Mode = "none"       // a refusal that no model was asked for
)

// What an answer says besides its sentences.
const (
	MessageNotInLecture = "I don't have that in this lecture."
	MessageRefused      = "I can't help with that one, but I'm glad to explain what the lecture says about it."
	MessageIncomplete   = "The answer breaks off here: what came next could not be verified."
	MessageExtractive   = "These are the closest passages, word for word."
)

// An Answer is what a student receives. The JSON is the API's.
type Answer struct {
	ID        string     `json:"answer_id" doc:"Names the stored evidence of this answer." example:"an_k3v7q2m4x5z6a7b2c3d4e5f6g7"`
	Course    string     `json:"course" doc:"The course that was asked."`
	Outcome   Outcome    `json:"outcome" enum:"answered,not_in_lecture,refused,incomplete" doc:"answered has sentences; incomplete, a stream that had to stop, those that were sent; the others have none."`
	Mode      Mode       `json:"mode" enum:"model,extractive,none" doc:"Who wrote the sentences: a model, nobody (verbatim passages), or there are none."`
	Message   string     `json:"message" doc:"A plain sentence beside the outcome; empty when a model answered."`
	Sentences []Sentence `json:"sentences" doc:"In the order they are to be read. Each has at least one citation."`
	// Judged are the guard's names: number, entity, polarity, support.
	Judged   []string  `json:"judged" doc:"Which checks held the sentences against their quotes beyond finding the quotes: number, entity, polarity, support. Empty where there is nothing to judge, and in a language that they do not know: there each quote was found, and what the sentence makes of it was not judged."`
	Attempts []Attempt `json:"attempts" doc:"The rungs that were tried, in order. Rejected drafts are named by their codes, never shown."`
	Prompt   Prompt    `json:"prompt" doc:"The prompt that was in force."`
	Model    string    `json:"model" doc:"The model as it named itself; empty when none was called."`
	Usage    Usage     `json:"usage"`
	Timings  Timings   `json:"timings_ms" doc:"Milliseconds by stage."`
}

// Sentence is a verified sentence.
type Sentence struct {
	Text      string     `json:"text"`
	Citations []Citation `json:"citations" doc:"What proves it, at least one."`
}

// Citation is a quote that was found in a chunk, byte for byte.
type Citation struct {
	Course  string `json:"course"`
	Lecture string `json:"lecture"`
	Title   string `json:"lecture_title"`
	Version int    `json:"version" doc:"Of the lecture. The citation resolves to this version even after a re-ingest."`
	ChunkID string `json:"chunk_id"`
	Quote   string `json:"quote" doc:"The lecture's own words."`
	StartMS *int64 `json:"start_ms" doc:"When the quote's first cue begins, in ms; null in a lecture without times."`
	EndMS   *int64 `json:"end_ms" doc:"When its last cue ends."`

	start, end int // bytes of the quote in the chunk's text
}

// Attempt is a rung of the ladder that ran.
type Attempt struct {
	Mode    string   `json:"mode" enum:"model,repair,extractive"`
	Verdict string   `json:"verdict" enum:"pass,rejected,failed" doc:"rejected: the guard found something. failed: there was no draft to judge."`
	Codes   []string `json:"codes" doc:"Why it was not a pass."`
}

// Prompt identifies a prompt version by its name and the hash of its files.
type Prompt struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

// Usage is what the answer cost.
type Usage struct {
	ModelCalls       int    `json:"model_calls" doc:"Requests made to the model, retries included."`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	CostMicroUSD     *int64 `json:"cost_microusd" doc:"Millionths of a US dollar; null when the model's price is not known."`
}

// Timings are milliseconds by stage. Model is the sum over all calls.
type Timings struct {
	Retrieve float64 `json:"retrieve"`
	Model    float64 `json:"model"`
	Guard    float64 `json:"guard"`
	Total    float64 `json:"total"`
}

// Retrieved is a passage that was found for this request, as the student's client hears of it before the answer.
type Retrieved struct {
	Alias   string           `json:"alias" doc:"The passage's name in this request's prompt."`
	Lecture string           `json:"lecture"`
	Title   string           `json:"lecture_title"`
	Version int              `json:"version"`
	StartMS *int64           `json:"start_ms"`
	EndMS   *int64           `json:"end_ms"`
	Chunks  []RetrievedChunk `json:"chunks"`
}

// RetrievedChunk says why a chunk is in a passage.
type RetrievedChunk struct {
	ID          string   `json:"id"`
	Score       float64  `json:"score" doc:"Fused score; 0 for a neighbour of a chunk that was found."`
	LexicalRank int      `json:"lexical_rank,omitempty"`
	VectorRank  int      `json:"vector_rank,omitempty"`
	Distance    *float64 `json:"distance,omitempty"`
}

// attempt is an Attempt with what is stored of it and not shown.
type attempt struct {
	Attempt
	findings         []guard.Finding
	doubts           []guard.Finding // of a draft that passed: what a person should look at
	judged           *judged         // nil: there was nothing to judge
	draft            []byte
	reasoning        string // what the model thought first; never part of an answer
	finishReason     string
	model            string
	promptTokens     int
	completionTokens int
	durationMS       int64
}
