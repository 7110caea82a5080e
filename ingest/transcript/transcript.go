// Package transcript turns a lecture transcript, as bytes in one of the file
// formats that captioning tools write, into an ordered list of segments: start,
// end, speaker and clean text.
//
// It owns everything that depends on a file format: the bounded read, the
// character encoding, the decision which format the bytes are in, one parser
// per format, and the one cleaning step that all formats share. It knows
// nothing of lectures, chunks or storage, does no I/O beyond the reader it is
// given, and imports no other package of this module.
//
// The way of a file is straight: read (at most MaxBytes), refuse what is
// binary, decode to UTF-8, detect the format, parse to cues (where rolling
// captions are merged and speaker labels found), then settle the cues (order,
// duplicates) into segments. A new format is one
// new file with a parse function and one line in detect and Parse.
//
// Nothing is dropped in silence. Each line of the source that holds an arrow
// ("-->", in SRT also what is written in its place), and each segment of a JSON
// file, either becomes a segment, or is counted under one of the cue_ keys of
// Transcript.Removed, or is kept as text with a Warning.
package transcript

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxBytes is the largest transcript that Parse reads, in bytes of the file as
// given (before any conversion). Ninety minutes of speech are about 120 kB.
const MaxBytes = 32 << 20

// Format names how a transcript was written. It is decided by content.
type Format string

// The formats that Parse reads.
const (
	SRT  Format = "srt"  // SubRip
	VTT  Format = "vtt"  // WebVTT
	JSON Format = "json" // Whisper's JSON, and what is written like it; JSON Lines too
	Text Format = "text" // plain text, paragraphs separated by blank lines

	Markdown Format = "markdown" // with or without front matter
)

// Segment is one cue of a timed transcript, or one paragraph of an untimed one.
type Segment struct {
	// StartMS and EndMS are milliseconds from the start of the recording,
	// 0 ≤ StartMS ≤ EndMS. Both are 0 where Transcript.Timed is false.
	// Segments may overlap. An end that is a placeholder, such as 99:59:59, is
	// replaced; see mendEnds.
	StartMS, EndMS int64
	// Speaker is the name the file gives for this very segment, or "". Where
	// one cue holds several voices it is their names joined by ", ". It is not
	// carried over to later segments.
	Speaker string
	// Level is 1 to 6 where the segment is a heading of that level (of Markdown,
	// at most maxHeading bytes long), else 0. The title is no segment.
	Level int `json:",omitempty"` // in golden files
	// Text is never empty: valid UTF-8 in NFC on one line, runs of white space
	// folded to one space, free of markup and of invisible characters.
	Text string
}

// Warning is something in the file that a person should look at, and that did
// not stop it from being read. Message never holds words of the transcript.
type Warning struct {
	Line    int // 1-based line in the file; 0: the file as a whole
	Message string
}

// Transcript is what Parse read.
type Transcript struct {
	Format Format
	// Encoding is what the bytes were: "utf-8", "utf-8-bom", "utf-16le",
	// "utf-16be", "windows-1252" or "iso-8859-1".
	Encoding string
	// Title is the file's own title: the words after WEBVTT, a first line
	// "# Title" in plain text or Markdown, or the title in the front matter. ""
	// where it has none.
	Title string
	// Timed is false for plain text and Markdown without time marks, whose times
	// are all 0 and mean nothing. With marks, a segment's times are those of the
	// marks around it.
	Timed bool
	// Segments are in order of StartMS; segments that start together stand as
	// in the file. Plain text keeps the order of the file. Never empty.
	Segments []Segment
	// Removed counts what did not reach Segments, by kind. Kinds with a count
	// of 0 are absent.
	//
	//	control        control, interlinear and noncharacters, one per character
	//	bidi           bidirectional marks, embeddings, overrides and isolates
	//	zero_width     zero-width and other invisible format characters
	//	tag            tag characters (U+E0000 to U+E007F)
	//	variation      variation selectors that follow no character of their own
	//	space          white space other than ASCII, folded to U+0020
	//	markup         tags, style overrides and coordinates
	//	entity         runs of text in which character references were replaced
	//	nfc            segments that were not in NFC
	//	cue_empty      cues without text
	//	cue_duplicate  cues that repeat an earlier one: same times, speaker, text
	//	cue_rolling    cues of rolling captions that show nothing new
	//	rolling_line   lines of rolling captions shown again, with those of cue_rolling
	//	cue_unreadable arrow lines whose times cannot be read, with their text
	//	time_mark      times in brackets that became times of segments
	//	stray_line     lines that belong to no cue
	Removed map[string]int
	// Warnings are ordered by line. Of one kind, the first 20 are listed and
	// one more says how many followed.
	Warnings []Warning
}

// Error says why a file is refused: one sentence for the person who gave the
// file. It never holds words of the transcript.
type Error struct {
	Name    string // the name given to Parse
	Line    int    // 1-based; 0: the file as a whole
	Message string
}

// Error returns "name:line: message", or "name: message" for a whole file.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Name, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Message)
}

// Parse reads one transcript. Anything wrong with the file itself is an *Error;
// a failure of r is returned wrapped with the name.
//
// The content decides the format. The extension of name is only a hint: .srt,
// .vtt, .json, .jsonl, .ndjson, .md, .markdown, .txt, .text and no extension at
// all are known and interchangeable, except that a .vtt file without its
// signature must be unmistakable SRT, and that a .srt, .vtt or .json file is
// never read as plain text or Markdown. Under .txt or no extension, text is
// Markdown if it has front matter with a title, two headings, or two bold
// labels. Every other extension is refused, and the message says what the content looks like. An extension is
// a last part of one to eight ASCII letters and digits with at least one
// letter, so "week-1.2" has none.
//
// Parse takes time and memory in proportion to the file, and does not panic.
func Parse(name string, r io.Reader) (*Transcript, error) {
	ext := extension(name)
	raw, err := readAll(r)
	if errors.Is(err, errTooLarge) {
		return nil, &Error{Name: name, Message: tooLargeMessage}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: read transcript: %w", name, err)
	}
	rep := newReport()
	t, problem := parse(ext, raw, rep)
	if problem != nil {
		problem.Name = name
		return nil, problem
	}
	t.Removed = rep.removed
	t.Warnings = rep.warnings()
	return t, nil
}

// parse does Parse's work on the whole file. The Error it returns has no name.
func parse(ext string, raw []byte, rep *report) (*Transcript, *Error) {
	if problem := checkBytes(ext, raw); problem != nil {
		return nil, problem
	}
	doc, problem := decode(raw, rep)
	if problem != nil {
		return nil, problem
	}
	format, problem := detect(ext, doc.text)
	if problem != nil {
		return nil, problem
	}
	if ext != "" && format != Text && format != Markdown && known[ext] != format {
		rep.warn(0, "the file is named ."+ext+" but holds ."+string(format)+" cues, and was read as such.")
	}
	t := &Transcript{Format: format, Encoding: doc.encoding, Timed: true}
	var cues []cue
	switch format {
	case SRT:
		cues = parseSRT(doc.text, rep)
		label(cues)
	case VTT:
		t.Title, cues = parseVTT(doc.text, rep)
		labelUnnamed(cues)
	case JSON:
		if cues, problem = parseWhisper(doc.text, rep); problem != nil {
			return nil, problem
		}
		labelUnnamed(cues)
	case Text:
		t.Title, cues, t.Timed = parseText(doc.text, rep)
	case Markdown:
		t.Title, cues, t.Timed = parseMarkdown(doc.text, rep)
	}
	t.Segments = settle(cues, format != Text && format != Markdown, rep)
	if len(t.Segments) == 0 {
		return nil, nothingLeft(format, rep)
	}
	if problem := unbroken(t); problem != nil {
		return nil, problem
	}
	return t, nil
}

// maxUnbroken is the longest stretch of text without a space, in bytes: some 350,000 kanji, more than a day of speech.
// What has no spaces is cut character by character further on, at 160 bytes of memory for each.
const maxUnbroken = 1 << 20

// unbroken finds text that is not speech in any script.
func unbroken(t *Transcript) *Error {
	for i, s := range t.Segments {
		for rest := s.Text; len(rest) > maxUnbroken; {
			n := strings.IndexByte(rest, ' ')
			if n < 0 {
				n = len(rest)
			}
			if n > maxUnbroken {
				where := fmt.Sprintf("paragraph %d", i+1)
				if t.Timed {
					where = fmt.Sprintf("the cue at %d:%02d", s.StartMS/60000, s.StartMS/1000%60)
				}
				return &Error{Message: where + " holds more than 1 MiB without a space, which nobody says; is this the right file?"}
			}
			rest = rest[min(n+1, len(rest)):]
		}
	}
	return nil
}

// nothingLeft explains a file of a known format that gave no segment.
func nothingLeft(format Format, rep *report) *Error {
	switch {
	case rep.removed[cueUnreadable] > 0:
		return &Error{Line: rep.firstUnreadable, Message: "no cue can be read: the line with --> must hold a start and an end time, " +
			example(format) + "."}
	case rep.firstCut > 0:
		return &Error{Line: rep.firstCut, Message: "no cue can be read: the line " + cutMessage}
	case rep.removed[cueEmpty] > 0:
		return &Error{Message: "the file has cues but none of them holds any text."}
	case format == Text, format == Markdown:
		return &Error{Message: "the file has a title but no text."}
	default:
		return &Error{Message: "the file has no cue: no line holds -->, with a start and an end time around it, " + example(format) + "."}
	}
}

// example shows what a timing line of the format looks like.
func example(format Format) string {
	if format == VTT {
		return "like 00:01:02.500 --> 00:01:05.000"
	}
	return "like 00:01:02,500 --> 00:01:05,000"
}
